"""A user gets a profile as soon as it is saved."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from tests.hosts.profile_crm.models import Company, Employee, Member


@receiver(post_save, sender=Member)
def make_profile(instance: Member, created: bool, **kwargs: Any) -> None:
    if created:
        company, _ = Company.objects.get_or_create(name="Main")
        Employee.objects.create(user=instance, company=company)

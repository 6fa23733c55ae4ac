"""Fill the CRM with the demo's offices and people. What is there already stays as it is."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from example_project.demo.staff import LOGINS, OFFICES, STAFF, Key, Person
from example_project.hr.models import CustomUser, Department, Designation, Office


class Command(BaseCommand):
    """``manage.py seed_crm``"""

    help = "Create the demo's offices, departments, designations and staff. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", default="", help=f"Password of {', '.join(LOGINS)}; nobody else can log in.")

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        """Create what is missing."""
        known = set(CustomUser.objects.values_list("username", flat=True))
        lookups = {
            "office": _named(Office, OFFICES),
            "department": _named(Department, [person.department for person in STAFF]),
            "designation": _named(Designation, [person.designation for person in STAFF]),
        }
        new = [(number, person) for number, person in enumerate(STAFF, 1) if person.username not in known]
        for number, person in new:
            places = {name: found[getattr(person, name)] for name, found in lookups.items()}
            CustomUser.objects.create(**_account(person, number), **places)
        if options["password"]:
            _let_in(options["password"])
        if options["verbosity"]:
            self.stdout.write(f"{len(new)} people created, {len(STAFF) - len(new)} were there.")


def _named(model: Any, names: Any) -> dict[str, Any]:
    return {name: model.objects.get_or_create(name=name)[0] for name in dict.fromkeys(names)}


def _account(person: Person, number: int) -> dict[str, Any]:
    """The fields of an account. People found by another key have no biometric id, those found by none no key."""
    numbered = f"E-{number:04}" if person.key in (Key.BIOMETRIC, Key.USERNAME) else None
    return {
        "username": person.username,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": f"{person.username}@crm.example",
        "role": person.role,
        "is_staff": person.role == "ceo",
        "is_superuser": person.role == "ceo",
        "password": make_password(None),
        "biometric_id": person.terminal_id if person.key is Key.BIOMETRIC else "",
        "employee_id": person.terminal_id if person.key is Key.EMPLOYEE else numbered,
    }


def _let_in(password: str) -> None:
    for user in CustomUser.objects.filter(username__in=LOGINS):
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])

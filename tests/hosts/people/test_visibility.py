"""Whom somebody may see, by the setting alone."""

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from attendance_devices.hosts.current import current_host
from attendance_devices.services.access.visibility import scope_of
from tests.builders.crm import HAS_PROFILES, employee, setting

pytestmark = pytest.mark.django_db
LOOKUP = "employee__company__name" if HAS_PROFILES else "office__name"


def at(user: Any, office: str) -> Any:
    """The user, in this office; empty for none."""
    model, owner = ("profile_crm.Company", "employee") if HAS_PROFILES else ("hr.Office", "")
    row = apps.get_model(model).objects.get_or_create(name=office)[0] if office else None
    person = getattr(user, owner) if owner else user
    setattr(person, "company" if HAS_PROFILES else "office", row)
    person.save()
    return user


@pytest.fixture
def four(settings: Any) -> tuple[Any, Any, Any, Any]:
    settings.ATTENDANCE_DEVICES = setting(VISIBLE="office", OFFICE_LOOKUP=LOOKUP)
    return (
        at(employee("1", username="asha"), "North"),
        at(employee("2", username="bilal"), "North"),
        at(employee("3", username="chen"), "South"),
        at(employee("4", username="dora"), ""),
    )


def seen(viewer: Any) -> set[str] | None:
    keys = scope_of(viewer).keys
    users = get_user_model()._base_manager
    return None if keys is None else set(users.filter(pk__in=keys).values_list("username", flat=True))


def test_by_default_everybody_is_seen() -> None:
    assert "VISIBLE" not in project.ATTENDANCE_DEVICES
    assert seen(employee("1")) is None


def test_an_office_sees_itself(four: Any) -> None:
    asha, bilal, chen, _ = four
    assert seen(asha) == seen(bilal) == {"asha", "bilal"}
    assert seen(chen) == {"chen"}


def test_whoever_belongs_to_none_sees_nobody_else(four: Any) -> None:
    at(employee("5", username="emil"), "")
    assert seen(four[3]) == {"dora"}


def test_a_superuser_sees_everybody(four: Any) -> None:
    four[0].is_superuser = True
    assert seen(four[0]) is None


def test_a_stranger_sees_nobody(four: Any) -> None:
    del four
    assert seen(AnonymousUser()) == set()


def test_without_its_lookup_everybody_sees_only_themselves(four: Any, settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(VISIBLE="department")
    assert seen(four[0]) == {"asha"}


def test_it_is_asked_in_two_questions(four: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        current_host().visible_employees(four[0])

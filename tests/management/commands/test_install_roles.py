"""``install_roles``."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from tests.builders.crm import nothing_is_written

pytestmark = pytest.mark.django_db


def said(*options: str) -> str:
    out = StringIO()
    call_command("install_roles", *options, stdout=out)
    return out.getvalue()


def test_the_groups_are_made_and_told() -> None:
    text = said()
    assert "viewer     Attendance viewer: installed; sees who is here" in text
    assert "Attendance HR officer was given" in text
    assert Group.objects.count() == 3


def test_show_tells_what_each_would_be_given_and_writes_nothing() -> None:
    with nothing_is_written():
        text = said("--show")
    assert "not installed" in text and "attendance_devices.view_dashboard" in text


def test_what_people_changed_is_told() -> None:
    said()
    group = Group.objects.get(name="Attendance viewer")
    group.permissions.set(Permission.objects.filter(codename__in=["view_dashboard", "export_attendance"]))
    group.name = "Reception"
    group.save()
    Group.objects.get(name="Attendance HR officer").delete()

    text = said("--show")

    assert "installed as 'Reception'" in text
    assert "+ attendance_devices.export_attendance, granted by a person" in text
    assert "- attendance_devices.view_processedattendance, taken away by a person" in text
    assert "install_roles --again officer makes it again" in text
    assert "Attendance HR officer was given" in said("--again", "officer")


def test_as_json() -> None:
    found: Any = json.loads(said("--format", "json"))
    assert [one["state"] for one in found["roles"]] == ["installed"] * 3 and len(found["done"]) == 3


def test_a_group_that_was_there_before_is_named() -> None:
    Group.objects.create(name="Attendance viewer")
    assert "made by a person" in said() and "is left alone" in said()


def test_a_database_that_was_never_migrated_is_told_so() -> None:
    Permission.objects.filter(codename="view_dashboard").delete()
    with pytest.raises(CommandError, match=r"Run manage.py migrate") as refused:
        said()
    assert refused.value.returncode == 1

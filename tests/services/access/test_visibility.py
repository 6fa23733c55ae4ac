"""Whom a viewer may see: the CRM's word, whatever kind of keys it names."""

import subprocess
import sys

import pytest

from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.access.visibility import EVERYBODY, VisibleEmployees, scope_of
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import at, device, employee, host, mapped, punched, setting

pytestmark = pytest.mark.django_db


class OwnOnly(DeclaredHost):
    """A person sees nobody else."""

    def visible_employees(self, viewer):
        return [viewer.pk]


class Rubbish(DeclaredHost):
    """Names keys that no user can have."""

    def visible_employees(self, viewer):
        return [viewer.pk, "nobody", "", "0x", None]


def two_days():
    where = device()
    users = [employee("1"), employee("2")]
    for number, user in enumerate(users, start=1):
        mapped(where, str(number), user)
        punched(where, (str(number), at("09:00")))
    derive_pending()
    return users


def test_by_default_everybody_is_seen():
    one, two = two_days()
    scope = scope_of(one)
    assert scope == EVERYBODY
    assert scope.sees(two.pk)
    assert scope.only(ProcessedAttendance.objects.all()).count() == 2


@pytest.mark.parametrize("kind", [OwnOnly, Rubbish])
def test_the_host_says_whom(kind, settings):
    one, two = two_days()
    settings.ATTENDANCE_DEVICES = setting(HOST=host(kind))
    scope = scope_of(one)
    assert scope.sees(one.pk)
    assert not scope.sees(two.pk)
    assert [row.user_id for row in scope.only(ProcessedAttendance.objects.all())] == [one.pk]


def test_nobody_is_nobody():
    two_days()
    assert VisibleEmployees(keys=frozenset()).only(ProcessedAttendance.objects.all()).count() == 0


def test_two_scopes_are_told_apart_alike_in_every_process():
    code = (
        "from attendance_devices.services.access.visibility import VisibleEmployees;"
        "import sys; sys.stdout.write(VisibleEmployees(keys=frozenset({'1', '2', 'x'})).mark)"
    )
    prelude = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; django.setup();"
    other = subprocess.run([sys.executable, "-c", prelude + code], capture_output=True, text=True, check=True).stdout
    assert other == VisibleEmployees(keys=frozenset({"x", "2", "1"})).mark
    assert other not in (VisibleEmployees(keys=frozenset({"1"})).mark, EVERYBODY.mark)

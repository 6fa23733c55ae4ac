"""Old punches go, and nobody's day changes for it."""

from datetime import date, timedelta
from typing import Any

import pytest

from attendance_devices.models import Device, ESSLAttendanceLog, ForgottenPunch
from attendance_devices.services.cleanup import clean_up, plan_clean_up
from attendance_devices.services.run import run
from attendance_devices.simulators.zkteco import SimulatedPunch
from tests.services.house import (
    MONDAY,
    at,
    crm_rows,
    days,
    employee,
    nothing_is_written,
    on_the_wall,
    our_rows,
    people,
    setting,
    taps,
    terminal,
)

pytestmark = pytest.mark.django_db
KEEP = 30


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=KEEP)


def worked(key: str, *when: date) -> list[SimulatedPunch]:
    """From nine to five on each of these days."""
    return taps(*[(key, at(clock, day)) for day in when for clock in ("09:00", "17:00")])


def whole_run(gate: Device) -> None:
    """Read everything, map, derive and post."""
    Device.objects.filter(pk=gate.pk).update(last_reconciled=None)
    found = run([gate], fetch=True, map_people=True, create=False, since=MONDAY - timedelta(days=30))
    assert not found.failures
    assert not any(one.missing for one in found.collects)


def test_old_punches_go_and_the_next_whole_read_changes_nothing() -> None:
    employee("7")
    machine = terminal(
        people(("7", "")), taps(*[("7", at(clock, day)) for day in days(5) for clock in ("09:00", "17:00")])
    )
    with on_the_wall(machine) as gate:
        whole_run(gate)
        rows, crm = our_rows(), crm_rows()
        assert len(crm) == 5

        with nothing_is_written():
            plan = plan_clean_up()
        done = clean_up()
        whole_run(gate)

    assert plan == done
    assert (done.punches, done.days, done.held, done.errors) == (10, 5, {}, ())
    assert not ESSLAttendanceLog.objects.exists()
    assert ForgottenPunch.objects.count() == 10
    assert (our_rows(), crm_rows()) == (rows, crm)

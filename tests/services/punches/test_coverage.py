"""Which terminals could have seen whom, and how far each was read."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.days.absences import Employment
from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog
from attendance_devices.services.punches.coverage import Newcomer, PersonCoverage, Unsaved, coverage_of
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched, setting
from tests.builders.staff import LONG_AGO, ONE_DAY, gate, known, moment, read
from tests.hosts.own.models import Contract

pytestmark = pytest.mark.django_db


def watch_of(user: Any, unsaved: Unsaved | None = None) -> PersonCoverage:
    return coverage_of({user.pk}, unsaved or Unsaved())[user.pk]


def test_only_terminals_in_use_that_list_the_person() -> None:
    gates = [gate(name) for name in ("Gone", "Ignored", "Off", "Here", "Other")]
    asha = known("7", *gates[:4])
    DeviceUser.objects.filter(device=gates[0]).update(on_device=False)
    DeviceUser.objects.filter(device=gates[1]).update(ignored=True)
    Device.objects.filter(name="Off").update(is_active=False)
    assert [one.place for one in watch_of(asha).readings] == ["Here"]


def test_how_far_it_was_read_and_since_when_it_tells() -> None:
    where, silent = gate(timezone="Asia/Tokyo"), device("Silent")
    asha = known("7", where, silent)
    read(where)
    found = {one.place: one for one in watch_of(asha).readings}
    assert found["Gate"].until == moment("20:00")
    assert found["Gate"].since == at("09:00", LONG_AGO).replace(tzinfo=where.zone)
    assert found["Gate"].zone.key == "Asia/Tokyo"
    assert (found["Silent"].since, found["Silent"].until) == (None, None)


def test_nonsense_of_a_clock_is_no_beginning() -> None:
    where = gate()
    asha = known("7", where)
    punched(where, ("7", datetime(2000, 1, 1, 9)), ("stranger", datetime(2004, 1, 1, 9)), ("7", datetime(2099, 1, 1)))
    found = watch_of(asha)
    assert found.readings[0].since == moment("09:00", LONG_AGO)
    assert found.since == LONG_AGO
    assert len(found.doubtful) == 2


def test_a_zone_that_is_none_is_read_as_the_sites() -> None:
    asha = known("7", gate())
    Device.objects.update(timezone="Mars/Base")
    assert watch_of(asha).readings[0].zone.key != "Mars/Base"


def test_the_first_day_is_that_of_employment_else_that_of_the_first_punch(settings: Any) -> None:
    asha = known("7", gate())
    assert watch_of(asha).since == LONG_AGO
    settings.ATTENDANCE_DEVICES = setting(JOINED_LOOKUP="contract__joined")
    assert watch_of(asha).since == LONG_AGO
    Contract.objects.create(user=asha, joined=MONDAY)
    assert watch_of(asha).since == MONDAY
    assert watch_of(asha).employment == Employment(joined=MONDAY)


def test_the_office_is_that_of_the_crm_else_of_all_the_terminals(settings: Any) -> None:
    north, south = gate("North", office="North"), gate("South", office="South")
    asha, both = known("7", north), known("8", north, south)
    assert (watch_of(asha).unit, watch_of(both).unit) == (Unit(office="North"), Unit())
    settings.ATTENDANCE_DEVICES = setting(OFFICE_LOOKUP="contract__office", DEPARTMENT_LOOKUP="contract__department")
    Contract.objects.create(user=asha, office="Lahore", department="Sales")
    Contract.objects.create(user=both, department="Sales")
    assert watch_of(asha).unit == Unit(office="Lahore", department="Sales")
    assert watch_of(both).unit == Unit(department="Sales")


def test_somebody_without_a_terminal_is_watched_by_none() -> None:
    found = watch_of(employee("7"))
    assert (found.readings, found.since, found.doubtful, found.unit) == ([], None, (), Unit())


def test_what_a_dry_run_heard_counts_as_if_it_were_stored() -> None:
    where, other = device("Gate"), gate("Other")
    asha = employee("7")
    new = Newcomer("bilal (new)")
    heard = [
        ESSLAttendanceLog(device=where, user_id=who, device_time=at("09:00", day), review=review, received_at=now)
        for who, day, review, now in (
            (asha.pk, MONDAY, "", moment("20:00")),
            (asha.pk, MONDAY - ONE_DAY, "", moment("20:00")),
            (new, MONDAY, "future", moment("20:00")),
        )
    ]
    unsaved = Unsaved(
        logs=heard,
        read={where.pk: moment("20:00")},
        told={where.pk: moment("09:00"), other.pk: moment("10:00")},
        enrolled={asha.pk: {where.pk, other.pk}, new: {where.pk}},
    )
    found = coverage_of({asha.pk, new}, unsaved)
    assert found[asha.pk].since == MONDAY - ONE_DAY
    first, second = found[asha.pk].readings
    assert (first.since, first.until) == (moment("09:00"), moment("20:00"))
    assert (second.since, second.until) == (moment("09:00", LONG_AGO), None)
    assert (found[new].since, found[new].doubtful) == (None, [moment("20:00")])


def test_whom_a_terminal_would_list_no_more_it_does_not_watch() -> None:
    where, other = gate(), gate("Other")
    asha = known("7", where, other)
    found = watch_of(asha, Unsaved(unlisted={(where.pk, asha.pk)}))
    assert [one.place for one in found.readings] == ["Other"]


def test_a_hundred_people_cost_the_queries_of_one(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(OFFICE_LOOKUP="contract__office", JOINED_LOOKUP="contract__joined")
    where, counts = gate(), []
    for amount in (1, 100):
        users = [employee(f"{amount}-{number}") for number in range(amount)]
        for number, user in enumerate(users):
            mapped(where, f"{amount}-{number}", user)
        with CaptureQueriesContext(connection) as queries:
            found = coverage_of({user.pk for user in users})
        counts.append((len(found), len(queries)))
    assert counts == [(1, 5), (100, 5)]


def test_a_secret_that_cannot_be_decrypted_stops_nobodys_day() -> None:
    asha = known("7", gate())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_devices_device SET comm_key = 'spoilt'")
    assert len(watch_of(asha).readings) == 1


def test_days_are_of_the_clock_that_showed_them() -> None:
    where = gate(timezone="Pacific/Kiritimati")
    asha = known("7", where, first=None)
    punched(where, ("7", datetime(2024, 1, 8, 1)))
    stored = ESSLAttendanceLog.objects.get(biometric_id="7").punch_time
    assert stored.astimezone(UTC).date() == date(2024, 1, 7)
    assert watch_of(asha).since == MONDAY

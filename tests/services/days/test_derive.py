"""Days from punches, on stored rows.

Covers: services/punches/pending_days, services/workers/locks.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.hosts.base import Host
from attendance_devices.models import Device, ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.services.days import derive as module
from attendance_devices.services.days.derive import derive, derive_pending
from attendance_devices.services.mapping.match import claim_logs
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    days,
    device,
    employee,
    examples,
    host,
    mapped,
    our_rows,
    punched,
    setting,
    statements,
)
from tests.builders.long_shifts import LongShift, night_shift

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
HOUR = timedelta(hours=1)


def test_a_company_without_any_shift_gets_check_in_check_out_and_present() -> None:
    gate, asha = device(office="North"), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:04:12")), ("7", at("13:00")), ("7", at("17:30")))

    result = derive_pending()

    row = ProcessedAttendance.objects.get()
    assert (result.created, result.changed, result.removed) == (1, 0, 0)
    assert (row.user_id, row.date, row.shift, row.status) == (asha.pk, MONDAY, "", "present")
    assert row.check_in == at("09:04:12").replace(tzinfo=ZONE)
    assert row.check_out == at("17:30").replace(tzinfo=ZONE)
    assert (row.worked, row.punch_count) == (timedelta(hours=8, minutes=25, seconds=48), 3)
    assert (row.device_name, row.office, row.posting_state) == ("Gate", "North", PostAction.NEW)


def test_a_single_punch_is_a_missing_check_out() -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", at("09:00")))

    derive_pending()

    row = ProcessedAttendance.objects.get()
    assert (row.status, row.check_out, row.worked) == ("missing_check_out", None, timedelta(0))


def test_late_data_changes_the_day_it_belongs_to_and_the_crm_has_to_be_told_again() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:00")), ("7", at("09:00", TUESDAY)))
    derive_pending()
    ProcessedAttendance.objects.update(posting_state=PostAction.CREATE)
    before = ProcessedAttendance.objects.get(date=TUESDAY)

    punched(gate, ("7", at("17:00")))
    result = derive_pending()

    assert (result.created, result.changed) == (0, 1)
    assert ProcessedAttendance.objects.get(date=MONDAY).posting_state == PostAction.NEW
    after = ProcessedAttendance.objects.get(date=TUESDAY)
    assert (after.posting_state, after.derived_at) == (PostAction.CREATE, before.derived_at)


def test_a_night_over_midnight_is_one_day() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    night_shift(asha)
    punched(gate, ("7", at("21:55")), ("7", at("06:05", TUESDAY)), ("7", at("22:01", TUESDAY)))

    derive_pending()

    assert [(row.date, row.shift, row.worked) for row in ProcessedAttendance.objects.order_by("date")] == [
        (MONDAY, "night", timedelta(hours=8, minutes=10)),
        (TUESDAY, "night", timedelta(0)),
    ]


def test_a_morning_that_arrives_late_completes_the_night_before() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    night_shift(asha)
    punched(gate, ("7", at("22:00")))
    derive_pending()

    punched(gate, ("7", at("06:00", TUESDAY)))
    derive_pending()

    row = ProcessedAttendance.objects.exclude(status="no_data").get()
    assert (row.date, row.worked) == (MONDAY, 8 * HOUR)


def test_a_shift_given_afterwards_moves_the_morning_to_the_night_it_belongs_to() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("22:00")), ("7", at("06:00", TUESDAY)))
    derive_pending()
    assert ProcessedAttendance.objects.count() == 2

    night_shift(asha)
    result = derive({(asha.pk, MONDAY), (asha.pk, TUESDAY)})

    assert (result.changed, result.removed) == (2, 0)
    night, morning = ProcessedAttendance.objects.order_by("date")
    assert (night.worked, morning.status) == (8 * HOUR, "no_data")
    assert morning.status_reason == "Gate was never read"


def test_punches_that_wait_for_a_person_make_no_row() -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", datetime(2099, 1, 1, 9)), ("7", datetime(2000, 1, 1, 9)))

    derive_pending()

    assert not ProcessedAttendance.objects.exists()
    assert not PendingDay.objects.exists()
    assert ESSLAttendanceLog.objects.exclude(review="").count() == 2


def test_a_clock_that_jumped_to_2099_costs_no_rule_for_every_day_until_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(Host, "shift_rules", lambda self, people, span: asked.append(len(span)) or {})
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    night_shift(asha)
    punched(gate, ("7", at("22:00")), ("7", datetime(2099, 1, 1, 9)))

    derive_pending()

    assert asked
    assert max(asked) < 30
    assert ProcessedAttendance.objects.get().shift == "night"


def test_the_same_pin_on_two_devices_is_two_people() -> None:
    north, south = device("North"), device("South")
    asha, bilal = employee("7", "Asha"), employee("8", "Bilal")
    mapped(north, "7", asha)
    mapped(south, "7", bilal)
    punched(north, ("7", at("09:00")), ("7", at("17:00")))
    punched(south, ("7", at("09:00")), ("7", at("18:00")))

    derive_pending()

    worked = {row.user_id: (row.worked, row.device_name) for row in ProcessedAttendance.objects.all()}
    assert worked == {asha.pk: (8 * HOUR, "North"), bilal.pk: (9 * HOUR, "South")}


def test_deleting_all_rows_and_deriving_again_gives_identical_rows() -> None:
    north, south = device("North"), device("South", office="S")
    for number in range(5):
        user = employee(str(number))
        mapped(north, str(number), user)
        mapped(south, str(number), user)
        if number == 3:
            night_shift(user)
    for day in days(6):
        for number in range(5):
            punched(north, (str(number), at(f"0{number + 4}:00", day)), (str(number), at("12:00", day)))
            punched(south, (str(number), at(f"1{number + 4}:30:07", day)), (str(number), at("12:00", day)))
    derive_pending()
    before = our_rows()
    touched = set(ProcessedAttendance.objects.values_list("user_id", "date"))
    assert len(before) >= 30

    ProcessedAttendance.objects.all().delete()
    derive(touched)
    assert our_rows() == before
    assert derive(touched).unchanged == len(touched)


def test_a_kill_between_store_and_derive_leaves_the_day_to_the_next_run() -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", at("09:00")))
    assert list(PendingDay.objects.values_list("date", flat=True)) == [MONDAY]

    derive_pending()

    assert ProcessedAttendance.objects.count() == 1
    assert not PendingDay.objects.exists()


def test_an_error_within_a_batch_leaves_its_days_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", at("09:00")))

    def fail(rows: object) -> None:
        message = "the power went"
        raise RuntimeError(message)

    with monkeypatch.context() as broken:
        broken.setattr(module, "_write", fail)
        with pytest.raises(RuntimeError):
            derive_pending()
    assert PendingDay.objects.exists()

    assert derive_pending().created == 1


def test_an_unknown_user_who_is_mapped_a_week_later_gets_all_earlier_punches() -> None:
    gate = device()
    punched(gate, *[("7", at("09:00", day)) for day in days(7)])
    derive_pending()
    assert not ProcessedAttendance.objects.exists()

    gate.users.update(system_user=employee("7").pk)
    claim_logs({gate.pk})
    derive_pending()

    assert list(ProcessedAttendance.objects.order_by("date").values_list("date", flat=True)) == days(7)


def test_a_traveller_loses_no_punch_between_two_zones() -> None:
    east = device("East", timezone="Asia/Karachi")
    west = device("West", timezone="Europe/Dublin")
    asha = employee("7")
    mapped(east, "7", asha)
    mapped(west, "7", asha)
    punched(east, ("7", at("09:00")))
    punched(west, ("7", at("20:00")), ("7", at("23:30")), ("7", at("09:00", TUESDAY)))

    derive_pending()

    rows = ProcessedAttendance.objects.order_by("date")
    assert [(row.date, row.punch_count) for row in rows] == [(MONDAY, 3), (TUESDAY, 1)]
    assert rows[0].check_out == at("23:30").replace(tzinfo=ZoneInfo("Europe/Dublin"))


def test_a_first_punch_abroad_that_arrives_late_derives_the_day_before_again() -> None:
    east, west = device("East", timezone="Asia/Karachi"), device("West", timezone="Europe/Dublin")
    asha = employee("7")
    mapped(east, "7", asha)
    mapped(west, "7", asha)
    punched(west, ("7", at("09:00")), ("7", at("17:00")), ("7", at("23:30")))
    derive_pending()

    punched(east, ("7", at("12:00", TUESDAY)))
    derive_pending()

    rows = ProcessedAttendance.objects.order_by("date").values_list("date", "punch_count")
    assert list(rows) == [(MONDAY, 2), (TUESDAY, 2)]


def test_a_zone_that_was_spoilt_later_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    gate, other = device(), device("Other")
    mapped(gate, "7", employee("7"))
    mapped(other, "8", employee("8"))
    punched(gate, ("7", at("09:00")))
    punched(other, ("8", at("09:00")))
    Device.objects.filter(pk=gate.pk).update(timezone="Mars/Olympus")

    assert derive_pending().created == 2
    assert "unknown time zone 'Mars/Olympus'" in caplog.text


def test_a_shift_of_the_crm_may_be_called_anything(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(LongShift))
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", at("09:30")), ("7", at("17:00")))

    derive_pending()

    row = ProcessedAttendance.objects.get()
    assert (row.shift, row.late) == ("n" * 100, HOUR / 2)


def test_fractions_of_a_second_do_not_change_a_row_for_ever() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:00:00.250000")), ("7", at("17:00:00.900000")))
    derive_pending()

    assert derive({(asha.pk, MONDAY)}).unchanged == 1
    assert ProcessedAttendance.objects.get().worked == 8 * HOUR


def test_a_month_of_a_hundred_people_costs_the_queries_of_a_day_of_ten() -> None:
    gate = device()
    users = [employee(str(number)) for number in range(40)]
    for number, user in enumerate(users):
        mapped(gate, str(number), user)
    batches = [days(1), days(24, MONDAY + timedelta(days=10))]
    counts = []
    for people, dates in ((users[:10], batches[0]), (users, batches[1])):
        punched(
            gate,
            *[(str(users.index(u)), at(clock, day)) for u in people for day in dates for clock in ("09:00", "17:00")],
        )
        with CaptureQueriesContext(connection) as queries:
            result = derive_pending()
        counts.append((result.created, statements(queries)))

    assert [created for created, _ in counts] == [10, 960]
    assert counts[0][1] == counts[1][1] <= 16


def test_days_beyond_a_batch_are_derived_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_DAYS", 2)
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, *[("7", at("09:00", day)) for day in days(5)])

    assert derive_pending().created == 5
    assert derive({(asha.pk, day) for day in days(5)}).unchanged == 5


def test_nothing_to_derive_is_nothing() -> None:
    assert derive(set()).created == derive_pending().created == 0


if connection.vendor != "sqlite":  # in memory that is one connection; test_run does it with processes on a file

    @pytest.mark.django_db(transaction=True)
    def test_four_derives_at_once_make_every_day_once_and_right() -> None:
        gate, asha = device(), employee("7")
        mapped(gate, "7", asha)
        for clock in ("09:00", "12:00", "17:00"):
            punched(gate, *[("7", at(clock, day)) for day in days(10)])

        def work(number: int) -> int:
            del number
            try:
                return derive_pending().created
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            created = list(pool.map(work, range(4)))

        assert sum(created) == 10
        assert [row.worked for row in ProcessedAttendance.objects.all()] == [8 * HOUR] * 10
        assert not PendingDay.objects.exists()


class AnySplit(TestCase):
    """However punches come, the rows are the same."""

    @settings(max_examples=examples(10), suppress_health_check=[HealthCheck.too_slow])
    @given(
        seconds=st.lists(st.integers(0, 5 * 86_400), min_size=1, max_size=12, unique=True),
        data=st.data(),
    )
    def test_any_order_and_split_of_punches_gives_the_same_rows(self, seconds: list[int], data: st.DataObject) -> None:
        north, south = device("North"), device("South", timezone="Europe/Dublin")
        asha = employee("7")
        mapped(north, "7", asha)
        mapped(south, "7", asha)
        if data.draw(st.booleans()):
            night_shift(asha)
        start = datetime.combine(MONDAY, time(0))
        for offset in data.draw(st.permutations(seconds)):
            punched(north if offset % 3 else south, ("7", start + timedelta(seconds=offset)))
            if data.draw(st.booleans()):
                derive_pending()
        around = {(asha.pk, MONDAY + timedelta(days=number)) for number in range(-3, 9)}
        derive_pending()
        derive(around)
        found = our_rows()

        ProcessedAttendance.objects.all().delete()
        derive(around)

        assert our_rows() == found
        counted = sum(row.punch_count for row in ProcessedAttendance.objects.all())
        assert counted <= len(seconds)


def test_a_day_that_the_crm_was_told_of_while_it_was_being_removed_is_withdrawn_instead() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:00")))
    derive_pending()
    ESSLAttendanceLog.objects.update(review="future")
    rows = module.plan_derive({(asha.pk, MONDAY)})
    assert len(rows.remove) == 1
    ProcessedAttendance.objects.update(host_pk="5")

    module._write(rows)
    derive_pending()

    assert ProcessedAttendance.objects.get().status == "withdrawn"

"""A device whose zone was wrong: the wall stays, the instants move, and the days follow."""

from datetime import UTC, date, datetime, timedelta

import pytest

from attendance_devices.domain.punches.punch import Punch
from attendance_devices.models import ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.services.collection.edit_device import apply_time_zone
from attendance_devices.services.collection.import_rows import store_punches
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched

pytestmark = pytest.mark.django_db
NIGHT = date(2024, 11, 3)


def test_the_wall_clock_stays_and_the_instant_moves() -> None:
    gate = device(timezone="UTC")
    punched(gate, ("7", at("09:00")))
    gate.timezone = "Asia/Karachi"
    gate.save()
    assert apply_time_zone(gate) == 1
    log = ESSLAttendanceLog.objects.get()
    assert (log.device_time, log.punch_time) == (at("09:00"), datetime(2024, 1, 8, 4, tzinfo=UTC))


def test_the_days_of_mapped_people_are_derived_again() -> None:
    gate = device(timezone="UTC")
    asha = employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:00")), ("7", at("18:00")))
    derive_pending()
    gate.timezone = "Asia/Karachi"
    gate.save()
    apply_time_zone(gate)
    assert set(PendingDay.objects.values_list("user", "date")) == {(asha.pk, MONDAY)}
    derive_pending()
    assert ProcessedAttendance.objects.get().check_in == datetime(2024, 1, 8, 4, tzinfo=UTC)


def test_a_zone_that_changes_nothing_touches_nothing() -> None:
    gate = device(timezone="UTC")
    punched(gate, ("7", at("09:00")))
    assert apply_time_zone(gate) == 0
    assert not PendingDay.objects.exists()


def test_the_repeated_hour_of_the_new_zone_is_told_by_the_order_of_the_log() -> None:
    gate = device(timezone="UTC")
    for clock in ("00:50", "01:30", "01:59"):
        punched(gate, ("7", at(clock, NIGHT)))
    punched(gate, ("8", at("01:30", NIGHT)))
    gate.timezone = "America/New_York"
    gate.save()
    apply_time_zone(gate)
    logs = ESSLAttendanceLog.objects.order_by("pk")
    assert [log.fold for log in logs] == [0, 0, 0, 1]
    assert logs[3].punch_time - logs[1].punch_time == timedelta(hours=1)


def test_many_punches_are_moved_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attendance_devices.services.collection.edit_device.CHUNK", 3)
    gate = device(timezone="UTC")
    punched(gate, *((str(n), at("09:00")) for n in range(8)))
    gate.timezone = "Asia/Kathmandu"
    gate.save()
    assert apply_time_zone(gate) == 8


def test_a_punch_that_is_now_in_the_future_waits_for_a_person() -> None:
    gate = device(timezone="Asia/Karachi")
    shown = datetime.now(gate.zone).replace(tzinfo=None)
    punched(gate, ("7", shown))
    gate.timezone = "UTC"
    gate.save()
    apply_time_zone(gate)
    assert ESSLAttendanceLog.objects.get().review == "future"


def test_what_came_in_a_file_later_keeps_its_pass_and_does_not_confuse_the_log() -> None:
    gate = device(timezone="America/New_York")
    punched(gate, ("7", at("00:50", NIGHT)), ("7", at("01:30", NIGHT)), ("7", at("09:00", NIGHT)))
    store_punches(gate, [Punch("7", at("01:30", NIGHT), fold=1)])
    punched(gate, ("7", at("17:00", NIGHT)))
    gate.timezone = "America/Chicago"
    gate.save()
    assert apply_time_zone(gate) == 5
    night = ESSLAttendanceLog.objects.filter(device_time=at("01:30", NIGHT)).order_by("pk")
    assert [(log.source, log.fold) for log in night] == [("poll", 0), ("file", 1)]
    assert night[1].punch_time - night[0].punch_time == timedelta(hours=1)


def test_a_terminal_that_is_only_carried_by_hand_has_its_passes_told_by_the_order_of_its_files() -> None:
    gate = device(timezone="UTC")
    store_punches(gate, [Punch("7", at(clock, NIGHT)) for clock in ("00:50", "01:30", "01:50", "01:10", "02:05")])
    gate.timezone = "America/New_York"
    gate.save()
    apply_time_zone(gate)
    assert list(ESSLAttendanceLog.objects.order_by("pk").values_list("fold", flat=True)) == [0, 0, 0, 1, 0]

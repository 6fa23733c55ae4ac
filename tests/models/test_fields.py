"""Fields keep what they are given: instants, wall clocks, ids."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model

from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, ProcessedAttendance

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
FIRST = datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK, fold=0)
SECOND = datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK, fold=1)


def log(at: datetime, shown: datetime = datetime(2024, 11, 3, 1, 30), fold: int = 0) -> ESSLAttendanceLog:
    device, _ = Device.objects.get_or_create(name="Gate", address="127.0.0.1")
    row = ESSLAttendanceLog.objects.create(
        device=device, biometric_id="7", device_time=shown, fold=fold, punch_time=at, received_at=at
    )
    row.refresh_from_db()
    return row


def test_the_two_passes_of_the_repeated_hour_stay_an_hour_apart() -> None:
    first, second = log(FIRST), log(SECOND, fold=1)
    assert second.punch_time - first.punch_time == timedelta(hours=1)
    assert (first.punch_time, second.punch_time) == (FIRST.astimezone(UTC), SECOND.astimezone(UTC))


def test_instants_are_found_by_their_value() -> None:
    log(FIRST)
    assert ESSLAttendanceLog.objects.filter(punch_time=FIRST.astimezone(UTC)).count() == 1
    assert ESSLAttendanceLog.objects.filter(punch_time__gt=FIRST).count() == 0
    assert ESSLAttendanceLog.objects.filter(punch_time__lt=SECOND).count() == 1


def test_a_wall_clock_is_kept_as_it_was_shown_even_in_an_hour_that_does_not_exist() -> None:
    shown = datetime(2024, 3, 10, 2, 30)
    row = log(FIRST, shown)
    assert row.device_time == shown
    assert row.device_time.tzinfo is None
    assert ESSLAttendanceLog.objects.filter(device_time__range=(shown, shown)).count() == 1


@pytest.mark.parametrize("value", [datetime(2024, 1, 1, tzinfo=UTC), 20240101, "2024-01-01T00:00:00Z"])
def test_a_wall_clock_refuses_what_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="a naive datetime is expected"):
        ESSLAttendanceLog._meta.get_field("device_time").get_prep_value(value)


def test_a_wall_clock_as_text_is_itself_again() -> None:
    field = ESSLAttendanceLog._meta.get_field("device_time")
    row = log(FIRST, datetime(2024, 3, 10, 2, 30))
    assert field.to_python(field.value_to_string(row)) == row.device_time


def test_ids_that_differ_in_case_zeros_or_blanks_are_different_ids() -> None:
    device = Device.objects.create(name="Gate", address="127.0.0.1")
    for who in ("7", "07", "7 ", "a", "A", "é", "e"):
        DeviceUser.objects.create(device=device, device_user_id=who)
    assert DeviceUser.objects.filter(device_user_id="7").count() == 1
    assert DeviceUser.objects.filter(device_user_id__in=["a", "e"]).count() == 2


def test_nothing_secret_is_in_the_text_of_a_device() -> None:
    device = Device.objects.create(name="Gate", address="127.0.0.1", comm_key="4711", password="hush")
    assert "4711" not in f"{device!r} {device}"
    assert "hush" not in f"{device!r} {device}"


def test_durations_are_cut_to_whole_seconds() -> None:
    user = get_user_model().objects.create(username="asma")
    zero = timedelta(0)
    day = ProcessedAttendance.objects.create(
        user=user,
        date="2026-01-01",
        worked=timedelta(hours=8, microseconds=999_999),
        late=zero,
        early=zero,
        overtime=zero,
        punch_count=2,
        status="present",
        derived_at=FIRST,
    )
    day.refresh_from_db()
    assert day.worked == timedelta(hours=8)

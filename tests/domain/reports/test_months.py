"""Months of the calendar, and what days add up to."""

from datetime import UTC, date, datetime, timedelta

import pytest

from attendance_devices.domain.dashboard.board import StoredDay
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.reports.months import Month, MonthDay, sum_month, whole_day

HOUR = timedelta(hours=1)


def at(hour: int) -> datetime:
    return datetime(2026, 5, 4, hour, tzinfo=UTC)


def spent(
    status: DayStatus = DayStatus.PRESENT,
    came: int | None = 9,
    left: int | None = 18,
    *,
    late: int = 0,
    shift: str = "",
) -> MonthDay:
    stored = StoredDay(
        status=status,
        check_in=None if came is None else at(came),
        check_out=None if left is None else at(left),
        late=timedelta(minutes=late),
    )
    worked = HOUR * (left - came) if came is not None and left is not None else timedelta(0)
    return MonthDay(stored=stored, worked=worked, overtime=timedelta(minutes=5), shift=shift)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-1",
        "2026-00",
        "2026-13",
        "26-01",
        "2026-01-01",
        "2004-12",
        "9000-01",
        "\u0662026-01",
        "2026-0a",
    ],
)
def test_what_is_no_month_has_no_name(text: str) -> None:
    assert Month.named(text) is None


@pytest.mark.parametrize(("text", "last"), [("2024-02", 29), ("2026-02", 28), ("2005-01", 31), ("8999-12", 31)])
def test_a_month_knows_its_days_and_its_neighbours(text: str, last: int) -> None:
    month = Month.named(text)
    assert month is not None
    assert (str(month), len(month.days), month.last.day) == (text, last, last)
    assert month.before.after == month.after.before == month == Month.of(month.last)
    assert month.days[-1] == month.last and month.days[0] == month.first


def test_weeks_begin_where_the_reader_begins_them() -> None:
    november = Month.of(date(2026, 11, 5))
    assert november.first.weekday() == 6
    assert (november.blanks(0), november.blanks(6), november.blanks(5)) == (6, 0, 1)


def test_the_shifts_of_a_day_are_one_day() -> None:
    early, late = spent(came=6, left=10, shift="Early"), spent(DayStatus.LATE, came=14, left=18, late=9, shift="Late")
    day = whole_day([early, late])
    assert (day.check_in, day.check_out, day.worked, day.overtime) == (at(6), at(18), 8 * HOUR, timedelta(minutes=10))
    assert (day.shift, day.is_late, day.came) == ("Early, Late", True, True)
    assert whole_day([early]) is early


def test_a_shift_that_nobody_came_to_beside_one_that_somebody_did_is_a_day_here() -> None:
    day = whole_day([spent(DayStatus.ABSENT, None, None), spent(came=14)])
    assert (day.came, day.check_in) == (True, at(14))


def test_sums() -> None:
    found = sum_month(
        [
            spent(),
            spent(DayStatus.LATE, late=20),
            spent(DayStatus.MISSING_CHECK_OUT, left=None, late=20),
            spent(DayStatus.ABSENT, None, None),
            spent(DayStatus.ABSENT, 9, 10, late=3),
            spent(DayStatus.NO_DATA, None, None),
            spent(DayStatus.ON_LEAVE, None, None),
            spent(DayStatus.WORKED_HOLIDAY),
        ],
        at(9) + timedelta(days=2),
    )
    assert (found.days, found.late, found.absent, found.missing, found.unknown) == (4, 2, 2, 1, 1)
    assert (found.worked, found.overtime) == (28 * HOUR, timedelta(minutes=40))
    assert sum_month([], at(9)).worked == timedelta(0)


@pytest.mark.parametrize(
    ("status", "came", "hours", "missing"),
    [
        (DayStatus.MISSING_CHECK_OUT, 9, 3, 0),
        (DayStatus.MISSING_CHECK_OUT, 9, 14, 1),
        (DayStatus.MISSING_CHECK_IN, None, 3, 1),
    ],
    ids=["while the person may be at work", "when that is over", "of a check-in at any time"],
)
def test_a_check_is_missing_once_it_is_too_late_for_it(
    status: DayStatus, came: int | None, hours: int, missing: int
) -> None:
    assert sum_month([spent(status, came, None)], at(9) + hours * HOUR).missing == missing

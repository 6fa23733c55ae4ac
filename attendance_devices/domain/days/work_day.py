"""What a day's punches mean. The same function derives the row and answers "why?"."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from attendance_devices.domain.days.absences import Calendar, NoPunchStatus, status_without_punch
from attendance_devices.domain.days.numbers import DayNumbers, day_numbers
from attendance_devices.domain.days.pairing import COUNTED, DayPunch, PairedDay, PunchRole, PunchUse, pair_punches
from attendance_devices.domain.days.status import DayStatus, is_expected, outliers, status
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround, ShiftWindow, shift_window


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDay:
    """One shift of one person's day. Instants are aware; durations are elapsed time, exact to the second."""

    date: date
    shift: ShiftRule
    window: ShiftWindow
    check_in: datetime | None
    check_out: datetime | None
    is_auto_out: bool
    """Was the check-out written by the shift's rule, because there was none?"""
    auto_out_due: datetime | None
    """When a check-out that is missing so far will be written by that rule."""
    stretches: Sequence[ShiftWindow]
    """The valid pairs, in order."""
    numbers: DayNumbers
    punch_count: int
    status: DayStatus | None
    """None for a day of which there is nothing to say."""
    day_off: str
    """Why nobody was expected, in words; empty if somebody was."""
    status_reason: str
    """Why a day without a punch that counts is called so; empty for any other."""
    outlier_reasons: Sequence[str]
    uses: Sequence[PunchUse]

    @property
    def worked(self) -> timedelta:
        """Paid time."""
        return self.numbers.worked

    @property
    def break_time(self) -> timedelta:
        """What was taken off."""
        return self.numbers.break_time

    @property
    def late(self) -> timedelta:
        """From the start of the shift to the check-in, if beyond the grace."""
        return self.numbers.late

    @property
    def early(self) -> timedelta:
        """From the check-out to the end of the shift, if beyond the grace."""
        return self.numbers.early

    @property
    def overtime(self) -> timedelta:
        """Before the start and after the end, as the shift counts it."""
        return self.numbers.overtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a day's rule has to know besides shifts and punches."""

    now: datetime | None = None
    """Automatic check-outs up to this moment are written, and who is missing until now. None: all."""
    calendar: Calendar = field(default_factory=Calendar)
    zone_before: tzinfo | None = None
    """The zone of the day before, if it is another one."""
    zone_after: tzinfo | None = None
    """The zone of the next day, if it is another one."""
    claimed: Callable[[datetime], str] = lambda moment: "another day"  # noqa: ARG005
    """Whose window holds this moment, in words; empty if none does."""


ALONE = Around()


def work_day(
    day: date,
    taps: Iterable[DayPunch],
    rules: ShiftsAround,
    zone: tzinfo,
    *,
    around: Around = ALONE,
) -> WorkDay:
    """The day of one person, in the shift `rules.on`.

    :param taps: any punches of the person, in any order; those of other days are named and left out.
    """
    rule, calendar = rules.on, around.calendar
    span = shift_window(day, rules, zone, around.zone_after, zone_before=around.zone_before)
    # The place before the key: which row was stored first must not decide.
    ordered = sorted(taps, key=lambda tap: (tap.at, tap.place, tap.punch_type, tap.key))
    found = pair_punches(ordered, span, rule, around.claimed)
    found, is_auto, waits = _closed(found, is_expected(found, rule, day, zone), span, around.now)
    day_off = calendar.why_off(rule, day)
    counts = day_numbers(found, day, rule, zone, is_off=bool(day_off))
    silent = _silent(found, day, rule, zone, span=span, around=around)
    return WorkDay(
        date=day,
        shift=rule,
        window=span,
        check_in=found.check_in,
        check_out=found.check_out,
        is_auto_out=is_auto,
        auto_out_due=waits,
        stretches=found.stretches,
        numbers=counts,
        punch_count=sum(use.role in COUNTED for use in found.uses),
        status=silent.status if silent else status(found, counts, rule, off=_off(calendar, day_off)),
        day_off=day_off,
        status_reason=silent.reason if silent else "",
        outlier_reasons=(*outliers(found, day, rule, zone, is_off=bool(day_off)), *_unexpected(found, calendar)),
        uses=found.uses,
    )


def _off(calendar: Calendar, day_off: str) -> DayStatus | None:
    """What it is called to have worked on such a day; None for a working day."""
    if not day_off:
        return None
    return DayStatus.WORKED_HOLIDAY if calendar.holiday else DayStatus.WORKED_DAY_OFF


def _silent(
    found: PairedDay, day: date, rule: ShiftRule, zone: tzinfo, *, span: ShiftWindow, around: Around
) -> NoPunchStatus | None:
    """None where a punch counts, or nothing is to be said."""
    if found.check_in is not None or found.check_out is not None:
        return None
    said = status_without_punch(
        day, rule, zone, around.calendar, span=span, now=around.now or datetime.max.replace(tzinfo=UTC)
    )
    waits = any(use.role is PunchRole.UNDER_REVIEW for use in found.uses)
    if said is not None and said.status is DayStatus.ABSENT and waits:
        return NoPunchStatus(status=DayStatus.NO_DATA, reason="a punch of the day waits for a person's look")
    return said


def _unexpected(found: PairedDay, calendar: Calendar) -> Iterator[str]:
    """Whoever should not have been there, and was."""
    if found.check_in is None and found.check_out is None:
        return
    if calendar.outside:
        yield f"punches of a person who {calendar.outside}"
    if calendar.leave:
        yield f"punches on a day of leave ({calendar.leave})"


def _closed(
    found: PairedDay, at: datetime | None, span: ShiftWindow, now: datetime | None
) -> tuple[PairedDay, bool, datetime | None]:
    """With the check-out that the rule writes: was it written, and if not yet, when will it be?"""
    if at is None or found.open_since is None or at >= span.end:
        return found, False, None
    if now is not None and at > now:
        return found, False, at
    stretches = (*found.stretches, ShiftWindow(start=found.open_since, end=at))
    return replace(found, check_out=at, stretches=stretches, open_since=None), True, None

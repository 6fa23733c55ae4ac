"""What a day's punches mean. The same function derives the row and answers "why?"."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from attendance_devices.domain.days.absences import Calendar, NoPunchStatus, status_without_punch
from attendance_devices.domain.days.numbers import DayNumbers, day_numbers
from attendance_devices.domain.days.pairing import COUNTED, DayPunch, PairedDay, PunchRole, PunchUse, pair_punches
from attendance_devices.domain.days.status import DayStatus, is_expected, outliers, status
from attendance_devices.domain.display.reasons import ODD_PUNCHES, PUNCHES_OUTSIDE, read_reason, stored_reason
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
    owner: Callable[[datetime], str] | None = None
    """The same, asked only where a day lacks an end or has none. None: every punch is somebody's."""


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
    over, going_on = _hours(day, rule, zone, around)
    found = pair_punches(_in_order(taps), span, rule, around.claimed, hours=over)
    found, is_auto, waits = _closed(found, is_expected(found, rule, day, zone), span, around.now)
    outside = _outside(found, day, rule, zone, around=around)
    day_off = calendar.why_off(rule, day)
    counts = day_numbers(found, day, rule, zone, is_off=bool(day_off))
    beyond = outliers(found, day, rule, zone, is_off=bool(day_off))
    silent = _silent(found, day, rule, zone, span=span, around=around, outside=outside)
    return WorkDay(
        date=day,
        shift=rule,
        window=span,
        check_in=found.check_in,
        check_out=found.check_out,
        is_auto_out=is_auto,
        auto_out_due=waits or _undecided(found, going_on),
        stretches=found.stretches,
        numbers=counts,
        punch_count=sum(use.role in COUNTED for use in found.uses),
        status=silent.status if silent else status(found, counts, rule, off=_off(calendar, day_off)),
        day_off=day_off,
        status_reason=silent.reason if silent else outside,
        outlier_reasons=(*beyond, *_unexpected(found, calendar), *_uncounted(found, silent)),
        uses=found.uses,
    )


def _in_order(taps: Iterable[DayPunch]) -> list[DayPunch]:
    """The place before the key: which row was stored first must not decide."""
    return sorted(taps, key=lambda tap: (tap.at, tap.place, tap.punch_type, tap.key))


def _hours(day: date, rule: ShiftRule, zone: tzinfo, around: Around) -> tuple[ShiftWindow | None, ShiftWindow | None]:
    """The hours at which the person should be there: if they are over, and if not. None where no hours are known.

    Also where a rule writes check-outs: there people punch only as they come.
    """
    writes = rule.auto_out_after is not None or rule.auto_out_at is not None
    if writes or not rule.is_due(day) or around.calendar.why_off(rule, day):
        return None, None
    hours = ShiftWindow(start=rule.starts(day, zone), end=rule.ends(day, zone))
    return (hours, None) if around.now is None or around.now >= hours.end else (None, hours)


def _undecided(found: PairedDay, hours: ShiftWindow | None) -> datetime | None:
    """When it shows whether a lone punch begins the work or ends it; None where it is a check-in already.

    :param hours: that are not over yet.
    """
    if hours is None or found.open_since is None or found.stretches:
        return None
    return hours.end if found.open_since > hours.start + (hours.end - hours.start) / 2 else None


def _outside(found: PairedDay, day: date, rule: ShiftRule, zone: tzinfo, *, around: Around) -> str:
    """The punches of a day without both ends that no shift takes, as a reason; empty if there are none."""
    if found.check_in is not None and found.check_out is not None:
        return ""
    dates = {day, rule.ends(day, zone).astimezone(zone).date()} if rule.has_hours else {day}
    spare = [use for use in found.uses if use.role in (PunchRole.OUTSIDE, PunchRole.OTHER_DAY)]
    times = [
        f"{use.tap.at.astimezone(zone):%H:%M:%S}"
        for use in spare
        if use.tap.at.astimezone(zone).date() in dates and not use.tap.review and _is_free(use, around)
    ]
    return stored_reason(PUNCHES_OUTSIDE, times=", ".join(times)) if times else ""


def _is_free(use: PunchUse, around: Around) -> bool:
    return use.role is PunchRole.OUTSIDE or (around.owner is not None and not around.owner(use.tap.at))


def _uncounted(found: PairedDay, silent: NoPunchStatus | None) -> Iterator[str]:
    """Punches that are there and count for nothing, so that a person looks."""
    if found.odd:
        yield stored_reason(ODD_PUNCHES, count=str(found.odd))
    if silent is not None and read_reason(silent.reason):
        yield silent.reason


def _off(calendar: Calendar, day_off: str) -> DayStatus | None:
    """What it is called to have worked on such a day; None for a working day."""
    if not day_off:
        return None
    return DayStatus.WORKED_HOLIDAY if calendar.holiday else DayStatus.WORKED_DAY_OFF


def _silent(
    found: PairedDay, day: date, rule: ShiftRule, zone: tzinfo, *, span: ShiftWindow, around: Around, outside: str
) -> NoPunchStatus | None:
    """None where a punch counts, or nothing is to be said."""
    if found.check_in is not None or found.check_out is not None:
        return None
    said = status_without_punch(
        day, rule, zone, around.calendar, span=span, now=around.now or datetime.max.replace(tzinfo=UTC)
    )
    if said is None or said.status is not DayStatus.ABSENT:
        return said
    if any(use.role is PunchRole.UNDER_REVIEW for use in found.uses):
        return NoPunchStatus(status=DayStatus.NO_DATA, reason="a punch of the day waits for a person's look")
    return NoPunchStatus(status=DayStatus.NO_DATA, reason=outside) if outside else said


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

"""Who is here now: absent only when every terminal was read since, and never "present" without a punch."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.dashboard.board import (
    Expected,
    ExpectedSpan,
    Presence,
    PresenceState,
    StoredDay,
    TerminalReading,
    as_one,
    next_change,
    presence_of,
)
from attendance_devices.domain.days.status import DayStatus

KARACHI = ZoneInfo("Asia/Karachi")
MONDAY = date(2024, 1, 8)
GRACE = timedelta(minutes=10)


def at(clock, day=MONDAY):
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=KARACHI).astimezone(UTC)


def ear(until="23:00", *, day=MONDAY, place="Gate"):
    read = at(until, day) if until else None
    return TerminalReading(place=place, until=read, patience=timedelta(minutes=15), zone=KARACHI)


def span(hours="09:00-17:00", *, last=MONDAY):
    start, end = hours.split("-")
    return ExpectedSpan(starts=at(start), ends=at(end, last), grace=GRACE)


def expected(*spans, devices=(1,), **facts):
    return Expected(spans=spans or (span(),), devices=frozenset(devices), **facts)


def stands(now, stored=None, who=None, **ears):
    heard = {int(key[1:]): one for key, one in ears.items()} or {1: ear(now)}
    return presence_of(who or expected(), stored, heard, now=at(now))


def row(status=DayStatus.PRESENT, into="08:58", out="17:01", **facts):
    ends = {"check_in": at(into) if into else None, "check_out": at(out) if out else None}
    return StoredDay(status=status, **ends, **facts)


@pytest.mark.parametrize(
    ("now", "until", "state", "words"),
    [
        ("08:00", "08:00", PresenceState.NOT_DUE, ""),
        ("09:09", "09:09", PresenceState.NOT_DUE, ""),
        ("09:10", "09:10", PresenceState.ABSENT, ""),
        ("09:12", "09:08", PresenceState.NOT_DUE, "due, and Gate not read since"),
        ("09:12", "09:10", PresenceState.ABSENT, ""),
        ("10:00", "09:45", PresenceState.ABSENT, ""),
        ("10:00", "09:44", PresenceState.NO_DATA, "Gate silent since 09:44"),
        ("12:00", "08:12", PresenceState.NO_DATA, "Gate silent since 08:12"),
        ("20:00", "16:50", PresenceState.ABSENT, ""),
        ("20:00", "16:40", PresenceState.NO_DATA, "Gate silent since 16:40"),
        ("08:00", None, PresenceState.NOT_DUE, ""),
        ("12:00", None, PresenceState.NO_DATA, "Gate was never read"),
    ],
)
def test_nobody_is_absent_before_the_terminals_were_read_past_the_moment(now, until, state, words):
    found = stands(now, _1=ear(until))
    assert (found.state, found.words) == (state, words)
    assert found.silent == (("Gate",) if state is PresenceState.NO_DATA else ())
    assert found.waits == words.startswith("due")


@pytest.mark.parametrize(
    ("stored", "state", "words"),
    [
        (row(), PresenceState.ON_TIME, ""),
        (row(DayStatus.MISSING_CHECK_OUT, out=""), PresenceState.ON_TIME, ""),
        (row(DayStatus.MISSING_CHECK_OUT, out="", late=timedelta(minutes=20)), PresenceState.LATE, ""),
        (row(DayStatus.LATE), PresenceState.LATE, ""),
        (row(DayStatus.MISSING_CHECK_IN, into=""), PresenceState.ON_TIME, "only a check-out is known"),
        (row(DayStatus.HALF_DAY), PresenceState.ON_TIME, ""),
        (row(DayStatus.WORKED_DAY_OFF), PresenceState.ON_TIME, ""),
        (row(DayStatus.ABSENT, into="", out="", reason="not seen"), PresenceState.ABSENT, "not seen"),
        (row(DayStatus.NO_DATA, into="", out="", reason="Gate silent"), PresenceState.NO_DATA, "Gate silent"),
        (row(DayStatus.ON_LEAVE, into="", out="", reason="Sick"), PresenceState.OFF, "Sick"),
        (row(DayStatus.HOLIDAY, into="", out="", reason="Eid"), PresenceState.OFF, "Eid"),
    ],
)
def test_what_is_stored_goes_before_what_is_expected(stored, state, words):
    found = stands("20:00", stored)
    assert (found.state, found.words) == (state, words)


def test_too_little_work_is_an_absence_only_once_the_day_is_over():
    lunch = row(DayStatus.ABSENT, out="12:00")
    assert stands("12:30", lunch).state is PresenceState.ON_TIME
    assert stands("17:00", lunch) == Presence(state=PresenceState.ABSENT, words="here, but too briefly")


def test_a_stored_day_of_which_nobody_can_tell_names_the_terminals_that_are_still_silent():
    stored = row(DayStatus.NO_DATA, into="", out="", reason="Gate silent since 08:12")
    assert stands("20:00", stored, _1=ear("08:12")).silent == ("Gate",)
    assert stands("20:00", stored, _1=ear("19:59")).silent == ()


def test_a_silent_terminal_that_the_person_does_not_use_is_no_excuse():
    heard = {1: ear("12:00"), 2: ear("08:12", place="Warehouse")}
    assert presence_of(expected(devices=(1,)), None, heard, now=at("12:00")).state is PresenceState.ABSENT
    assert presence_of(expected(devices=(1, 2)), None, heard, now=at("12:00")).silent == ("Warehouse",)


def test_without_a_terminal_in_use_nobody_is_absent():
    assert stands("12:00", who=expected(devices=())).words == "no terminal in use knows the person"
    assert stands("12:00", who=expected(devices=(7,))).state is PresenceState.NO_DATA


def test_a_punch_that_waits_for_a_look_is_no_absence():
    assert stands("12:00", who=expected(doubtful=(at("08:55"),))).state is PresenceState.NO_DATA
    assert stands("12:00", who=expected(doubtful=(at("08:55", date(2024, 1, 3)),))).state is PresenceState.ABSENT


@pytest.mark.parametrize("who", [Expected(off="Sunday is no working day of the shift", spans=(span(),)), Expected()])
def test_of_whom_nothing_is_expected_is_off(who):
    assert presence_of(who, None, {}, now=at("12:00")) == Presence(
        state=PresenceState.OFF, words=who.off or "no hours to be here at"
    )


def test_a_night_shift_is_due_until_the_morning():
    night = expected(span("22:00-06:00", last=date(2024, 1, 9)))
    heard = {1: ear("03:00", day=date(2024, 1, 9))}
    assert presence_of(night, None, heard, now=at("21:59")).state is PresenceState.NOT_DUE
    assert presence_of(night, None, heard, now=at("03:00", date(2024, 1, 9))).state is PresenceState.ABSENT
    assert not night.is_over(at("05:59", date(2024, 1, 9)))
    assert night.is_over(at("06:00", date(2024, 1, 9)))


def test_on_a_working_day_without_hours_nobody_is_missing_before_it_is_over():
    whole = ExpectedSpan(starts=at("00:00"), ends=at("00:00", date(2024, 1, 9)), has_hours=False)
    assert stands("12:00", who=expected(whole)).state is PresenceState.NOT_DUE
    heard = {1: ear("00:00", day=date(2024, 1, 9))}
    assert presence_of(expected(whole), None, heard, now=at("00:00", date(2024, 1, 9))).state is PresenceState.ABSENT


def test_between_two_shifts_the_first_one_counts_and_both_have_their_grace():
    split = expected(span("08:00-12:00"), span("16:00-20:00"))
    assert stands("08:05", who=split).state is PresenceState.NOT_DUE
    assert stands("14:00", who=split).state is PresenceState.ABSENT
    heard = {1: ear("16:00")}
    assert presence_of(split, None, heard, now=at("16:12")).waits


def test_the_night_in_which_clocks_are_set_back_is_an_hour_longer():
    berlin = ZoneInfo("Europe/Berlin")
    starts = datetime(2024, 10, 26, 22, tzinfo=berlin).astimezone(UTC)
    ends = datetime(2024, 10, 27, 6, tzinfo=berlin).astimezone(UTC)
    night = Expected(spans=(ExpectedSpan(starts=starts, ends=ends),), devices=frozenset({1}))
    assert not night.is_over(starts + timedelta(hours=8, minutes=59))
    assert night.is_over(starts + timedelta(hours=9))


def test_seen_in_one_of_two_shifts_is_seen_in_any_order():
    first, second = row(into="08:00", out="12:00", device="A"), row(DayStatus.ABSENT, into="", out="")
    for rows in ((first, second), (second, first)):
        one = as_one(rows)
        assert one is not None
        assert (one.status, one.check_in, one.check_out, one.device) == (
            DayStatus.PRESENT,
            at("08:00"),
            at("12:00"),
            "A",
        )


def test_two_shifts_are_one_from_the_first_in_to_the_last_out():
    early = row(into="08:00", out="12:00", late=timedelta(minutes=5), device="A")
    evening = row(DayStatus.MISSING_CHECK_OUT, into="16:00", out="", late=timedelta(minutes=7), device="B")
    one = as_one([evening, early])
    assert one == StoredDay(
        status=DayStatus.MISSING_CHECK_OUT, check_in=at("08:00"), late=timedelta(minutes=12), device="A"
    )


def test_a_row_with_a_check_out_only_stands_at_its_time():
    one = as_one([row(DayStatus.MISSING_CHECK_IN, into="", out="12:00"), row(into="16:00", out="20:00")])
    assert one is not None
    assert one.check_out == at("20:00")


def test_too_brief_in_one_shift_is_no_absence_of_the_day():
    brief, whole = row(DayStatus.ABSENT, into="08:00", out="08:05"), row(into="16:00", out="20:00")
    one = as_one([brief, whole])
    assert one is not None
    assert one.status is DayStatus.PRESENT


def test_of_days_without_a_punch_the_one_that_says_least_is_told():
    none = {"into": "", "out": ""}
    absent, unknown = row(DayStatus.ABSENT, **none), row(DayStatus.NO_DATA, **none)
    assert as_one([absent, unknown]) is unknown
    assert as_one([row(DayStatus.HOLIDAY, **none), absent]) is absent
    assert as_one([]) is None


def test_it_is_known_when_time_alone_changes_the_board():
    who = expected(span("08:00-12:00"), span("16:00-20:00"))
    assert next_change(who, {1: ear("07:00")}, at("07:00")) == at("08:10")
    assert next_change(who, {1: ear("08:20")}, at("08:20")) == at("08:35")
    assert next_change(who, {1: ear("16:08")}, at("16:05")) == at("16:10")
    assert next_change(who, {1: ear("16:09")}, at("16:30")) is None
    assert next_change(Expected(), {}, at("16:30")) is None

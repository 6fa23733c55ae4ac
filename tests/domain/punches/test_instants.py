"""From what a terminal's clock said to an instant: checked against every minute that really was."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_devices.domain.punches.instants import (
    FoldReader,
    Review,
    day_changes,
    instant,
    is_repeated,
    is_skipped,
    mixes_passes,
    review,
)
from tests.builders.sampling import examples

ZONES = [
    "Europe/Dublin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Africa/Cairo",
    "America/New_York",
]
NEW_YORK = ZoneInfo("America/New_York")
QUARTER = timedelta(minutes=15)


@cache
def shown_in_2024(name: str) -> dict[datetime, list[datetime]]:
    """What a clock in the zone showed at every quarter of an hour of 2024, and at which instants it did."""
    zone, found = ZoneInfo(name), dict[datetime, list[datetime]]()
    at = datetime(2023, 12, 30, tzinfo=UTC)
    while at < datetime(2025, 1, 3, tzinfo=UTC):
        found.setdefault(at.astimezone(zone).replace(tzinfo=None, fold=0), []).append(at)
        at += QUARTER
    return found


def quarters_of_2024() -> list[datetime]:
    return [datetime(2024, 1, 1) + QUARTER * i for i in range(366 * 96)]


@pytest.mark.parametrize("name", ZONES)
def test_every_quarter_of_a_year_is_repeated_skipped_or_plain_as_it_really_was(name: str) -> None:
    zone, really = ZoneInfo(name), shown_in_2024(name)
    for shown in quarters_of_2024():
        assert is_repeated(shown, zone) == (len(really.get(shown, [])) == 2), shown
        assert is_skipped(shown, zone) == (shown not in really), shown


@pytest.mark.parametrize("name", ZONES)
def test_every_instant_of_a_year_is_found_again_from_what_the_clock_showed(name: str) -> None:
    zone = ZoneInfo(name)
    for shown, instants in shown_in_2024(name).items():
        assert [instant(shown, zone, fold) for fold in range(len(instants))] == instants


@pytest.mark.parametrize("name", ZONES)
def test_a_day_with_a_repeated_or_skipped_time_is_one_that_changes(name: str) -> None:
    zone = ZoneInfo(name)
    odd = {shown.date() for shown in quarters_of_2024() if is_repeated(shown, zone) or is_skipped(shown, zone)}

    assert {day for day in odd if not day_changes(day, zone)} == set()
    assert sum(day_changes(date(2024, 1, 1) + timedelta(days=i), zone) for i in range(366)) <= len(odd) + 1


def test_a_repeated_hour_over_midnight_changes_both_its_days() -> None:
    # Newfoundland put its clocks back from 00:01 to 23:01 until 2011.
    zone = ZoneInfo("America/St_Johns")
    assert is_repeated(datetime(2010, 11, 6, 23, 30), zone)

    assert day_changes(date(2010, 11, 6), zone)
    assert day_changes(date(2010, 11, 7), zone)


def test_the_repeated_hour_of_cairo_ends_at_midnight() -> None:
    zone = ZoneInfo("Africa/Cairo")

    assert is_repeated(datetime(2024, 10, 31, 23, 30), zone)
    assert not is_repeated(datetime(2024, 11, 1), zone)


LATEST = datetime(2026, 1, 5, 12, tzinfo=UTC)
REVIEWS = [
    ("an ordinary punch", datetime(2026, 1, 5, 9), Review.NONE),
    ("the last instant that is believed", datetime(2026, 1, 5, 7), Review.NONE),
    ("a second later", datetime(2026, 1, 5, 7, 0, 1), Review.FUTURE),
    ("2099", datetime(2099, 1, 1), Review.FUTURE),
    ("a battery that died", datetime(2000, 1, 1, 0, 3), Review.CLOCK_RESET),
    ("the last year before any terminal of use", datetime(2004, 12, 31), Review.CLOCK_RESET),
    ("the first one", datetime(2005, 1, 1), Review.NONE),
    ("a time that the clock never shows", datetime(2025, 3, 9, 2, 30), Review.SKIPPED_HOUR),
]


@pytest.mark.parametrize(("shown", "expected"), [c[1:] for c in REVIEWS], ids=[c[0] for c in REVIEWS])
def test_a_punch_is_looked_at_for_a_reason(shown: datetime, expected: Review) -> None:
    if expected is Review.NONE and shown == datetime(2026, 1, 5, 9):
        shown = datetime(2026, 1, 5, 6, 59)
    assert review(shown, instant(shown, NEW_YORK, 0), NEW_YORK, latest=LATEST) == expected


# The two passes of the autumn hour

AUTUMN = datetime(2024, 11, 3)


def folds(*shown: str, zone: ZoneInfo = NEW_YORK) -> list[int | None]:
    reader = FoldReader(zone)
    return [reader.fold(datetime.fromisoformat(text if "-" in text else f"2024-11-03 {text}")) for text in shown]


LOGS: list[tuple[str, list[str], list[int | None]]] = [
    ("a plain day", ["2024-06-03 01:30", "2024-06-03 01:20"], [0, 0]),
    ("both passes", ["00:50", "01:30", "01:59", "01:30", "01:45"], [0, 0, 0, 1, 1]),
    ("the first pass only", ["00:50", "01:10", "01:50", "02:10"], [0, 0, 0, 0]),
    ("it starts inside the hour", ["01:30", "01:45"], [None, None]),
    ("it starts inside the hour and runs back", ["01:30", "01:10", "01:20"], [None, 1, 1]),
    ("the same second twice is one pass", ["00:50", "01:30", "01:30"], [0, 0, 0]),
    ("set back out of what follows the hour", ["00:50", "02:10", "01:15"], [0, 0, 1]),
    ("back from 2099", ["00:50", "2099-01-01 00:00", "01:30", "01:45"], [0, 0, None, None]),
    ("an autumn after another", ["2023-11-05 01:30", "01:30", "01:10"], [None, 0, 1]),
    ("a reset clock before the hour", ["2000-01-01 00:00", "01:30"], [0, 0]),
    ("back to before the hour", ["00:50", "01:30", "00:10", "01:15"], [0, 0, 0, 0]),
]


@pytest.mark.parametrize(("shown", "expected"), [c[1:] for c in LOGS], ids=[c[0] for c in LOGS])
def test_the_passes_are_told_apart_by_the_order_of_the_log(shown: list[str], expected: list[int | None]) -> None:
    assert folds(*shown) == expected


def test_an_honest_clock_is_read_right_when_someone_punches_in_every_minute() -> None:
    start = datetime(2024, 11, 3, 4, tzinfo=UTC)
    really = [(start + timedelta(minutes=i)).astimezone(NEW_YORK) for i in range(240)]
    reader = FoldReader(NEW_YORK)

    assert [reader.fold(at.replace(tzinfo=None, fold=0)) for at in really] == [at.fold for at in really]


def test_the_state_is_a_small_json_value_and_an_empty_one_is_no_state() -> None:
    reader = FoldReader(NEW_YORK)
    assert FoldReader(NEW_YORK, reader.state).state == reader.state
    reader.fold(AUTUMN.replace(hour=1))

    assert all(isinstance(value, str) for value in reader.state.values())
    assert FoldReader(NEW_YORK, {}).state == FoldReader(NEW_YORK).state


MOMENTS = st.lists(
    st.one_of(
        st.integers(-200, 200).map(lambda minute: AUTUMN + timedelta(hours=1, minutes=minute)),
        st.sampled_from([datetime(2099, 1, 1), datetime(2000, 1, 1), datetime(2025, 11, 2, 1, 30)]),
    ),
    max_size=12,
)


@settings(max_examples=examples(100))
@given(MOMENTS, st.integers(0, 12))
def test_a_state_carried_over_gives_the_same_answers_as_one_read(moments: list[datetime], cut: int) -> None:
    reader = FoldReader(NEW_YORK)
    expected = [reader.fold(at) for at in moments]
    first = FoldReader(NEW_YORK)
    got = [first.fold(at) for at in moments[:cut]]
    second = FoldReader(NEW_YORK, first.state)

    assert got + [second.fold(at) for at in moments[cut:]] == expected


@settings(max_examples=examples(100))
@given(MOMENTS, st.integers(0, 12))
def test_less_of_the_log_says_the_same_or_nothing(moments: list[datetime], lost: int) -> None:
    whole, rest = FoldReader(NEW_YORK), FoldReader(NEW_YORK)
    expected = [whole.fold(at) for at in moments][lost:]

    assert all(fold in (known, None) for fold, known in zip(map(rest.fold, moments[lost:]), expected, strict=True))


@settings(max_examples=examples(100))
@given(MOMENTS)
def test_only_a_repeated_time_has_a_fold(moments: list[datetime]) -> None:
    reader = FoldReader(NEW_YORK)

    assert all(reader.fold(at) == 0 for at in moments if not is_repeated(at, NEW_YORK))


@settings(max_examples=examples(50))
@given(MOMENTS)
def test_a_plain_record_that_is_told_of_counts_like_one_that_is_read(moments: list[datetime]) -> None:
    read, told = FoldReader(NEW_YORK), FoldReader(NEW_YORK)
    for at in moments:
        read.fold(at)
        if is_repeated(at, NEW_YORK):
            told.fold(at)
        else:
            told.saw_plain(at)

    assert read.state == told.state


MIXES: list[tuple[str, str | None, str, bool]] = [
    ("set back on a plain day", "2024-06-01 12:04", "2024-06-01 12:00", False),
    ("set back before the hour, and far from it", "2024-11-02 23:40", "2024-11-02 23:30", False),
    ("set back to before the hour, from before it", "2024-11-03 00:58", "2024-11-03 00:50", False),
    ("set back from within the hour to before it", "2024-11-03 01:05", "2024-11-03 00:55", True),
    ("set back from the first minute of the hour", "2024-11-03 01:00", "2024-11-03 00:55", True),
    ("set back over the hour", "2024-11-03 02:10", "2024-11-03 00:50", True),
    ("set back into the hour", "2024-11-03 02:05", "2024-11-03 01:05", True),
    ("set back after the hour", "2024-11-03 02:30", "2024-11-03 02:05", False),
    ("set ahead into the hour", "2024-11-03 00:50", "2024-11-03 01:05", True),
    ("set ahead out of the hour", "2024-11-03 01:50", "2024-11-03 02:05", False),
    ("set ahead over the hour", "2024-11-03 00:50", "2024-11-03 02:05", False),
    ("set back from years ahead to shortly before the hour", "2099-01-01 00:00", "2024-11-03 00:00", True),
    ("set back from years ahead to long before the hour", "2099-01-01 00:00", "2024-11-02 12:00", False),
    ("set from no date at all into the hour", None, "2024-11-03 01:30", True),
    ("set from no date at all to a plain time", None, "2024-11-03 00:30", False),
    ("set in the hour that is skipped", "2024-03-10 02:30", "2024-03-10 03:30", False),
]


@pytest.mark.parametrize(("shown", "target", "mixed"), [case[1:] for case in MIXES], ids=[case[0] for case in MIXES])
def test_a_clock_that_is_set_may_mix_the_passes_of_a_repeated_hour(shown: str | None, target: str, mixed: bool) -> None:
    before = datetime.fromisoformat(shown) if shown else None
    assert mixes_passes(before, datetime.fromisoformat(target), ZoneInfo("America/New_York")) is mixed


def test_a_repeated_half_hour_is_seen_too() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    assert mixes_passes(datetime(2024, 4, 7, 2, 10), datetime(2024, 4, 7, 1, 20), lord_howe)
    assert not mixes_passes(datetime(2024, 4, 7, 2, 10), datetime(2024, 4, 7, 2, 1), lord_howe)

"""The true time of a punch whose clock was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attendance_devices.domain.display.times import distance
from attendance_devices.domain.punches.clock_proposals import (
    Certainty,
    DoubtfulRecord,
    MeasuredDrift,
    TimeProposal,
    propose_times,
)
from attendance_devices.domain.punches.instants import review

START = datetime(2024, 1, 8, 4, tzinfo=UTC)
POLL = timedelta(minutes=5)
TOLERANCE = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
FAR = timedelta(days=30_000)


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def record(key: int, shown: datetime, *, got: datetime, **more: object) -> DoubtfulRecord:
    mark = review(shown.replace(tzinfo=None), shown, UTC, latest=got + TOLERANCE).value
    return DoubtfulRecord(key=key, at=shown, received_at=got, review=mark or "future", **more)  # type: ignore[arg-type]


def only(*log: DoubtfulRecord, drift: MeasuredDrift | None = None) -> TimeProposal:
    (found,) = propose_times(log, drift=drift, zone=UTC).values()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A log as a terminal made it, with what is true of each doubtful record."""

    log: Sequence[DoubtfulRecord]
    truth: dict[int, datetime]
    ends_wrong: bool
    """Nobody set the clock since."""
    end: datetime


def simulated(gaps: Sequence[int], wrong: tuple[int, int], jump: timedelta) -> Simulated:
    """Records so many seconds apart, polled every five minutes; the clock is wrong from one of them up to another."""
    shift_from, shift_until = wrong
    now, rows = START, []
    for number, gap in enumerate(gaps):
        now += timedelta(seconds=gap)
        read = START + POLL * (int((now - START) / POLL) + 1)
        ahead = jump if shift_from <= number < shift_until else timedelta(0)
        rows.append((number + 1, now, now + ahead, read))
    marks = [review(at.replace(tzinfo=None), at, UTC, latest=read + TOLERANCE) for _, _, at, read in rows]
    log, truth = [], {}
    for place, ((key, true, at, read), mark) in enumerate(zip(rows, marks, strict=True)):
        if not mark:
            continue
        before = [rows[number] for number in range(place) if not marks[number]][-1:]
        after = [rows[number] for number in range(place + 1, len(rows)) if not marks[number]][:1]
        log.append(
            DoubtfulRecord(
                key=key,
                at=at,
                received_at=read,
                review=mark.value,
                stretch=before[0][0] if before else 0,
                before=before[0][2] if before else None,
                after=after[0][2] if after else None,
            )
        )
        truth[key] = true
    return Simulated(log=log, truth=truth, ends_wrong=shift_from < len(gaps) <= shift_until, end=rows[-1][3])


GAPS = st.lists(st.integers(0, 7_200), min_size=1, max_size=12)
WRONG = st.tuples(st.integers(0, 11), st.integers(1, 12))
JUMPS = st.one_of(
    st.timedeltas(timedelta(minutes=16), FAR),
    st.timedeltas(timedelta(days=-9_000), timedelta(days=-7_100)),
)


@given(GAPS, WRONG, JUMPS)
@example([60, 60, 60], (1, 12), timedelta(days=1))
def test_a_drift_measured_after_the_jump_gives_the_truth_to_the_second(
    gaps: list[int], wrong: tuple[int, int], jump: timedelta
) -> None:
    made = simulated(gaps, wrong, jump)
    drift = MeasuredDrift(ahead=jump if made.ends_wrong else timedelta(0), measured_at=made.end)

    found = propose_times(made.log, drift=drift, zone=UTC)

    assert found.keys() == made.truth.keys()
    for key, proposal in found.items():
        assert (proposal.sure is Certainty.MEASURED) is made.ends_wrong
        assert (proposal.at is None) is not made.ends_wrong
        assert proposal.at is None or abs(proposal.at - made.truth[key]) <= SECOND


@given(GAPS, WRONG, JUMPS, st.booleans(), st.timedeltas(-2 * SECOND, 2 * SECOND))
@example([60, 60, 60], (1, 2), timedelta(days=1), False, timedelta(0))
def test_the_bounds_always_hold_the_truth(
    gaps: list[int], wrong: tuple[int, int], jump: timedelta, is_measured: bool, error: timedelta
) -> None:
    made = simulated(gaps, wrong, jump)
    ahead = (jump if made.ends_wrong else timedelta(0)) + error
    drift = MeasuredDrift(ahead=ahead, measured_at=made.end) if is_measured else None

    for key, proposal in propose_times(made.log, drift=drift, zone=UTC).items():
        assert proposal.latest is not None and made.truth[key] <= proposal.latest
        assert proposal.earliest is None or proposal.earliest <= made.truth[key]
        assert proposal.at is None or (proposal.earliest or proposal.at) <= proposal.at <= proposal.latest


@given(GAPS, WRONG, JUMPS)
def test_a_drift_measured_before_the_jump_proposes_nothing(
    gaps: list[int], wrong: tuple[int, int], jump: timedelta
) -> None:
    made = simulated(gaps, wrong, jump)
    drift = MeasuredDrift(ahead=timedelta(seconds=2), measured_at=START)

    assert all(one.at is None for one in propose_times(made.log, drift=drift, zone=UTC).values())


def test_the_simulation_reaches_a_clock_that_is_set_right_and_one_that_is_not() -> None:
    assert simulated([60] * 4, (1, 3), timedelta(days=1)).log[0].after == minutes(4)
    assert simulated([60] * 4, (1, 9), timedelta(days=1)).log[0].after is None
    assert simulated([60] * 4, (0, 9), timedelta(days=-8_000)).log[0].before is None


def test_it_says_how_it_knows() -> None:
    shown = minutes(60) + timedelta(days=366, hours=2)
    drift = MeasuredDrift(ahead=timedelta(days=366, hours=2), measured_at=minutes(65))
    found = only(record(3, shown, got=minutes(65), stretch=1, before=minutes(0)), drift=drift)

    assert (found.sure, found.at) == (Certainty.MEASURED, minutes(60))
    assert found.reason == (
        "The clock was 366 days 2 h ahead when it was read at 2024-01-08 05:05:00, and no record shows that it was "
        "set in between: then it was 2024-01-08 05:00:00."
    )


def test_times_are_named_as_the_wall_shows_them() -> None:
    log = [record(3, minutes(9_999), got=minutes(65), stretch=1, before=minutes(0))]
    found = propose_times(log, drift=None, zone=ZoneInfo("Asia/Karachi"))[3]

    assert found.reason == "By the order of the log it was between 2024-01-08 09:00:00 and 2024-01-08 10:05:00."


def test_the_first_record_of_a_log_has_only_its_receipt() -> None:
    found = only(record(1, minutes(9_999), got=minutes(5)))

    assert (found.sure, found.at, found.earliest, found.latest) == (Certainty.UNKNOWN, None, None, minutes(5))
    assert found.reason == "It was not later than 2024-01-08 04:05:00; how much earlier, nothing tells."


def test_one_record_received_at_once_narrows_the_others_of_its_run() -> None:
    day = timedelta(days=1)
    log = [
        record(2, minutes(30) + day, got=minutes(300), stretch=1, before=minutes(0)),
        record(3, minutes(299) + day, got=minutes(300), stretch=1, before=minutes(0)),
    ]
    found = propose_times(log, drift=None, zone=UTC)

    assert (found[2].earliest, found[2].latest) == (minutes(0), minutes(31))
    assert (found[3].earliest, found[3].latest) == (minutes(269), minutes(300))


def test_a_clock_that_lost_its_power_twice_is_two_runs_and_the_drift_belongs_to_the_second() -> None:
    reset = datetime(2000, 1, 1, tzinfo=UTC)
    log = [
        record(2, reset + timedelta(minutes=50), got=minutes(65), stretch=1, before=minutes(0)),
        record(3, reset + timedelta(minutes=5), got=minutes(125), stretch=1, before=minutes(0)),
    ]
    drift = MeasuredDrift(ahead=reset + timedelta(minutes=10) - minutes(125), measured_at=minutes(125))
    found = propose_times(log, drift=drift, zone=UTC)

    assert (found[2].sure, found[2].earliest, found[2].latest) == (Certainty.BOUNDED, minutes(0), minutes(65))
    assert (found[3].sure, found[3].at) == (Certainty.MEASURED, minutes(120))


def test_a_second_jump_that_the_receipts_betray_is_not_measured_and_leaves_each_record_to_its_own_bounds() -> None:
    log = [
        record(2, minutes(30) + timedelta(days=1), got=minutes(35), stretch=1, before=minutes(0)),
        record(3, minutes(60) + timedelta(days=9), got=minutes(65), stretch=1, before=minutes(0)),
    ]
    found = propose_times(log, drift=MeasuredDrift(ahead=timedelta(days=9), measured_at=minutes(65)), zone=UTC)

    assert [one.sure for one in found.values()] == [Certainty.UNKNOWN, Certainty.BOUNDED]
    assert (found[3].earliest, found[3].latest) == (minutes(0), minutes(65))
    assert found[2].latest == minutes(35)


def test_a_clock_found_more_wrong_than_its_neighbour_allows_makes_the_neighbour_doubtful_too() -> None:
    """A clock a day ahead that is read two days later: only its last records look absurd, those before are believed."""
    shown = minutes(60) + timedelta(days=1)
    log = [record(3, shown, got=minutes(65), stretch=2, before=shown - timedelta(hours=2))]
    found = propose_times(log, drift=MeasuredDrift(ahead=timedelta(days=1), measured_at=minutes(65)), zone=UTC)[3]

    assert (found.sure, found.at, found.earliest, found.latest) == (Certainty.UNKNOWN, None, None, minutes(65))
    assert found.reason.endswith("The records around it contradict one another, so they prove nothing.")


def test_neighbours_that_contradict_one_another_prove_nothing() -> None:
    found = only(record(3, minutes(9_999), got=minutes(65), stretch=1, before=minutes(50), after=minutes(20)))

    assert (found.sure, found.earliest, found.latest) == (Certainty.UNKNOWN, None, minutes(65))


def test_a_drift_measured_long_before_the_record_would_have_been_made_is_none_of_its_own() -> None:
    day = timedelta(days=1)
    log = record(3, minutes(60) + day, got=minutes(65), stretch=1, before=minutes(0))

    assert only(log, drift=MeasuredDrift(ahead=day, measured_at=minutes(30))).sure is Certainty.BOUNDED
    assert only(log, drift=MeasuredDrift(ahead=day, measured_at=minutes(55))).sure is Certainty.MEASURED


@pytest.mark.parametrize(
    ("before", "after", "sure", "at"),
    [
        (None, None, Certainty.LIKELY, minutes(30)),
        (minutes(0), minutes(40), Certainty.LIKELY, minutes(30)),
        (minutes(0), minutes(20), Certainty.BOUNDED, None),
        (minutes(31), None, Certainty.BOUNDED, None),
    ],
)
def test_an_hour_that_was_skipped_was_shown_by_a_clock_that_nobody_put_forward(
    before: datetime | None, after: datetime | None, sure: Certainty, at: datetime | None
) -> None:
    log = DoubtfulRecord(
        key=3, at=minutes(30), received_at=minutes(45), review="skipped_hour", stretch=1, before=before, after=after
    )
    found = only(log, drift=MeasuredDrift(ahead=timedelta(0), measured_at=minutes(45)))

    assert (found.sure, found.at) == (sure, at)


def test_a_skipped_hour_between_absurd_records_stands_alone() -> None:
    log = [
        record(2, minutes(9_000), got=minutes(5)),
        DoubtfulRecord(key=3, at=minutes(9_001), received_at=minutes(10_000), review="skipped_hour"),
        record(4, minutes(9_002), got=minutes(5)),
    ]

    assert [one.sure for one in propose_times(log, drift=None, zone=UTC).values()] == [
        Certainty.UNKNOWN,
        Certainty.LIKELY,
        Certainty.UNKNOWN,
    ]


def test_no_doubtful_record_no_proposal() -> None:
    assert propose_times([], drift=None, zone=UTC) == {}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (timedelta(minutes=5), "5 min"),
        (timedelta(days=1), "1 day"),
        (-timedelta(days=8_774, hours=3), "8,774 days 3 h"),
        (timedelta(days=2, microseconds=5), "2 days"),
    ],
)
def test_distances_are_said_in_days(value: timedelta, words: str) -> None:
    assert distance(value) == words

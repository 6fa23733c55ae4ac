"""The people of the demo: the same for the same seed, and never too tidy."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from attendance_devices.simulators.rosters import IN, OUT, UNKNOWN_NUMBER, Roster, make_roster
from attendance_devices.simulators.zk_records import RECORD_SIZES, decode_time, encode_punch
from attendance_devices.simulators.zkteco import Profile, RecordLayout, SimulatedPunch, Terminal

UNTIL = date(2026, 3, 31)


@pytest.fixture(scope="module")
def roster() -> Roster:
    return make_roster(users=20, days=30, until=UNTIL)


def dated(roster: Roster) -> list[tuple[SimulatedPunch, datetime]]:
    return [(punch, punch.at) for punch in roster.punches if punch.at is not None]


def test_the_same_seed_gives_the_same_company(roster: Roster) -> None:
    assert make_roster(users=20, days=30, until=UNTIL) == roster
    assert make_roster(users=20, days=30, until=UNTIL, seed=2) != roster


def test_everyone_has_a_name_a_number_and_a_slot(roster: Roster) -> None:
    assert len({user.user_id for user in roster.users}) == len({user.uid for user in roster.users}) == 20
    assert all(" " in user.name for user in roster.users)
    assert [user.privilege for user in roster.users].count(14) == 1


def test_the_log_is_in_order_and_ends_in_time(roster: Roster) -> None:
    times = [at for _, at in dated(roster)]

    assert times == sorted(times)
    assert times[0].date() >= UNTIL - timedelta(days=29)
    assert times[-1] < datetime(2026, 4, 1, 12)


def test_nobody_works_on_sunday_but_strangers_and_night_shifts(roster: Roster) -> None:
    days = {at.hour for punch, at in dated(roster) if at.weekday() == 6 and punch.user_id != str(UNKNOWN_NUMBER)}

    assert days <= set(range(8))


def by_shift(roster: Roster) -> dict[tuple[str, date], list[tuple[int, datetime]]]:
    """A shift belongs to the day it began on: nights end before noon."""
    shifts: dict[tuple[str, date], list[tuple[int, datetime]]] = defaultdict(list)
    for punch, at in dated(roster):
        shifts[punch.user_id, (at - timedelta(hours=8)).date()].append((punch.state, at))
    return shifts


def test_what_happens_in_real_life_happens_here(roster: Roster) -> None:
    known = {user.user_id for user in roster.users}
    shifts = {key: rows for key, rows in by_shift(roster).items() if key[0] in known}
    last = dated(roster)
    gaps = defaultdict(list)
    for punch, at in last:
        gaps[punch.user_id].append(at)

    assert any(at.hour == 9 and at.minute > 15 for rows in shifts.values() for state, at in rows if state == IN)
    assert any(at.hour in {5, 6} for rows in shifts.values() for state, at in rows if state == OUT)
    assert any(OUT not in {state for state, _ in rows} for rows in shifts.values())
    assert any(
        timedelta(0) < after - before < timedelta(seconds=10)
        for times in gaps.values()
        for before, after in pairwise(times)
    )
    assert str(UNKNOWN_NUMBER) in {punch.user_id for punch in roster.punches} - known


def test_one_record_has_a_date_no_calendar_has(roster: Roster) -> None:
    (bad,) = [punch for punch in roster.punches if punch.at is None]

    assert bad.raw_time is not None
    with pytest.raises(ValueError, match="day"):
        decode_time(bad.raw_time)


@pytest.mark.parametrize("layout", RECORD_SIZES)
def test_it_fits_every_layout(roster: Roster, layout: RecordLayout) -> None:
    terminal = Terminal(profile=Profile(record_layout=layout), users=roster.users, punches=roster.punches)

    assert terminal.record_count == len(roster.punches)
    assert terminal.log_bytes()[: RECORD_SIZES[layout]] == encode_punch(
        roster.punches[0], layout, roster.punches[0].uid or 0
    )


def test_the_future_can_be_left_out(roster: Roster) -> None:
    noon = datetime(2026, 3, 31, 12)

    shown = roster.until(noon)

    assert max(at for _, at in dated(shown)) <= noon
    assert len(dated(roster)) > len(dated(shown)) > 0
    assert None in {punch.at for punch in shown.punches}


@pytest.mark.parametrize(("users", "days"), [(0, 0), (0, 5), (3, 0), (1, 1)])
def test_small_companies_are_possible(users: int, days: int) -> None:
    assert len(make_roster(users=users, days=days, until=UNTIL).users) == users

"""Weeks of punches as they happen in real life, the same on every run. A later `now` only adds to the end."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from attendance_devices.simulators.zk_records import encode_parts
from attendance_devices.simulators.zkteco import SimulatedPunch
from example_project.demo.staff import ACE_TRACK, BOOTCAMP, Habit, Person, at

DAY_START, DAY_END = time(9), time(18)
NIGHT_START, NIGHT_END = time(22), time(6)
WEEKS = 4
UNKNOWN_ID = "7777"
"""Somebody whose user was deleted at the terminal of Ace Track, and who still punches."""
IN, OUT, BREAK_OUT, BREAK_IN = 0, 1, 2, 3
STEADY_LEAD, LATE_LEAD = -7, 6
BAD_RECORD_AFTER = timedelta(days=2, hours=12)
ONE_DAY = timedelta(days=1)


def first_day(today: date) -> date:
    """The Monday on which a demo begins that is started today."""
    begin = today - timedelta(weeks=WEEKS)
    return begin - timedelta(days=begin.weekday())


def log(office: str, start: date, now: datetime) -> list[SimulatedPunch]:
    """What the terminal of an office holds at `now` (its naive wall clock), in the order of its log."""
    dated: list[tuple[datetime, SimulatedPunch]] = []
    for day in _days(start, now.date()):
        for person in at(office):
            dated += [(punch.at, punch) for punch in _day(person, office, day) if punch.at]
        if office == ACE_TRACK and day.weekday() == 1:
            dated.append(_unknown(day))
    if office == BOOTCAMP:
        dated.append(_impossible(start))
    return [punch for moment, punch in sorted(dated, key=_in_log_order) if moment <= now]


def _in_log_order(item: tuple[datetime, SimulatedPunch]) -> tuple[datetime, str]:
    moment, punch = item
    return moment, punch.user_id


def _days(start: date, end: date) -> Iterator[date]:
    for number in range((end - start).days + 1):
        yield start + timedelta(days=number)


def _day(person: Person, office: str, day: date) -> Iterator[SimulatedPunch]:
    """One person's punches at one office on one day. The dice are thrown anew for each person and day."""
    dice = random.Random(f"{person.terminal_id} {day.isoformat()}")
    if day.weekday() not in person.weekdays or dice.random() < 0.05:
        return
    for moment, state in _night(person, day, dice) if person.night else _hours(person, day, dice):
        if office == _place(person, day, state):
            yield from _touch(person.terminal_id, moment, state, dice)


def _place(person: Person, day: date, state: int) -> str:
    """On Wednesdays a visitor leaves from the other office."""
    away = person.also_at and day.weekday() == 2 and state != IN
    return person.also_at if away else person.office


def _hours(person: Person, day: date, dice: random.Random) -> Iterator[tuple[datetime, int]]:
    late = person.habit is Habit.LATE
    lead = dice.gauss(LATE_LEAD if late else STEADY_LEAD, 6)
    if dice.random() < (0.2 if late else 0.05):
        lead += dice.randint(15, 70)
    if person.habit is Habit.FREE:
        lead = dice.randint(-30, 150)
    yield _minutes(day, DAY_START, lead), IN
    if dice.random() < (0.16 if person.habit is Habit.FORGETFUL else 0.015):
        return
    if dice.random() < 0.4:
        out = dice.gauss(240, 12)
        yield _minutes(day, DAY_START, out), BREAK_OUT
        yield _minutes(day, DAY_START, out + dice.randint(20, 55)), BREAK_IN
    yield _minutes(day, DAY_END, dice.gauss(14, 12)), OUT


def _night(person: Person, day: date, dice: random.Random) -> Iterator[tuple[datetime, int]]:
    lead = dice.gauss(-8, 5) + (dice.randint(20, 45) if dice.random() < 0.05 else 0)
    yield _minutes(day, NIGHT_START, lead), IN
    if dice.random() >= (0.12 if person.habit is Habit.FORGETFUL else 0.02):
        yield _minutes(day + ONE_DAY, NIGHT_END, dice.gauss(6, 4)), OUT


def _minutes(day: date, clock: time, minutes: float) -> datetime:
    return datetime.combine(day, clock) + timedelta(seconds=int(minutes * 60))


def _touch(user_id: str, moment: datetime, state: int, dice: random.Random) -> Iterator[SimulatedPunch]:
    """One touch, and now and then a second because the first did not seem to work."""
    yield SimulatedPunch(user_id=user_id, at=moment, state=state)
    if dice.random() < 0.07:
        yield SimulatedPunch(user_id=user_id, at=moment + timedelta(seconds=dice.randint(3, 25)), state=state)


def _unknown(day: date) -> tuple[datetime, SimulatedPunch]:
    moment = datetime.combine(day, time(8, 41, day.day))
    return moment, SimulatedPunch(user_id=UNKNOWN_ID, at=moment)


def _impossible(start: date) -> tuple[datetime, SimulatedPunch]:
    """A record of 31 February, as worn memory produces it."""
    moment = datetime.combine(start, time()) + BAD_RECORD_AFTER
    return moment, SimulatedPunch(user_id="2001", raw_time=encode_parts((start.year, 2, 31), (9, 0, 0)))

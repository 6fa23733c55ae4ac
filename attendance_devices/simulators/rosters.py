"""Believable people and weeks of their punches, the same for the same seed.

With what happens in real life: late comers, night shifts over midnight, forgotten check-outs, double taps, a
person the terminal no longer knows, and one record whose date no calendar has.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from attendance_devices.simulators.zk_profile import SimulatedPunch, SimulatedUser
from attendance_devices.simulators.zk_records import encode_parts, punch_time

FIRST_NAMES = (
    "Priya Arjun Fatima Bilal Ananya Rohan Ayesha Imran Kavya Vikram Sana Usman Meera Rahul Zainab Hamza "
    "Neha Karthik Maria Daniel Aisha Omar Divya Sanjay Nadia Tariq Pooja Aditya Hina Farhan"
)
LAST_NAMES = (
    "Nair Sharma Khan Iyer Ahmed Reddy Malik Patel Qureshi Menon Das Hussain Rao Siddiqui Gupta Fernandes "
    "Joshi Sheikh Pillai Chaudhry Thomas Bhat Ali Kulkarni"
)
FIRST_NUMBER = 101
# Above every number the roster hands out: someone whose user record was deleted.
UNKNOWN_NUMBER = 9901
SUPER_ADMIN = 14
SUNDAY = 6
IN, OUT, BREAK_OUT, BREAK_IN = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster:
    """People and their punches, ready for a terminal."""

    users: tuple[SimulatedUser, ...]
    """Everyone the terminal knows."""
    punches: tuple[SimulatedPunch, ...]
    """In the order of the log: by time, naive wall clock, the impossible one in the middle."""

    def until(self, moment: datetime) -> "Roster":
        """The same roster without what happens after a moment (naive wall clock)."""
        past = tuple(punch for punch in self.punches if punch.at is None or punch.at <= moment)
        return Roster(users=self.users, punches=past)


def make_roster(*, users: int, days: int, until: date, seed: int = 1) -> Roster:
    """People and their punches on so many days up to `until`; its night shift ends the morning after."""
    dice = random.Random(seed)  # noqa: S311 - a believable week, not a secret
    people = tuple(_people(users, dice))
    dates = [until - timedelta(days=back) for back in reversed(range(days))]
    punches = [
        punch
        for number, person in enumerate(people)
        for day in dates
        for punch in _day(person, day, dice, night=number % 5 == 4)
    ]
    punches += _stranger(dates, dice)
    punches.sort(key=lambda punch: (punch_time(punch), punch.user_id))
    if punches:
        punches.insert(len(punches) // 2, _impossible(people, until))
    return Roster(users=people, punches=tuple(punches))


def _people(count: int, dice: random.Random) -> Iterator[SimulatedUser]:
    for index in range(count):
        first, last = dice.choice(FIRST_NAMES.split()), dice.choice(LAST_NAMES.split())
        yield SimulatedUser(
            user_id=str(FIRST_NUMBER + index),
            uid=index + 1,
            name=f"{first} {last}",
            privilege=SUPER_ADMIN if index == 0 else 0,
            card=dice.randrange(10**6, 10**7) if dice.random() < 0.2 else 0,
        )


def _day(person: SimulatedUser, day: date, dice: random.Random, *, night: bool) -> Iterator[SimulatedPunch]:
    """One person's punches of one shift; none on the day off and on the odd day of absence."""
    if day.weekday() == SUNDAY or dice.random() < 0.04:
        return
    starts = datetime.combine(day, time(22) if night else time(9))
    late = dice.random() < 0.12
    arrives = starts + timedelta(minutes=dice.randint(16, 75) if late else dice.randint(-18, 9))
    yield from _touch(person, arrives, IN, dice)
    if dice.random() < 0.3:
        breaks = starts + timedelta(hours=4, minutes=dice.randint(0, 30))
        yield from _touch(person, breaks, BREAK_OUT, dice)
        yield from _touch(person, breaks + timedelta(minutes=dice.randint(20, 50)), BREAK_IN, dice)
    if dice.random() < 0.05:
        return  # forgot to check out
    length = timedelta(hours=8 if night else 9, minutes=dice.randint(-8, 50))
    yield from _touch(person, starts + length, OUT, dice)


def _touch(person: SimulatedUser, at: datetime, state: int, dice: random.Random) -> Iterator[SimulatedPunch]:
    """One touch, and now and then a second one because the first did not seem to work."""
    at += timedelta(seconds=dice.randrange(60))
    verify = 2 if person.card else 1
    yield SimulatedPunch(user_id=person.user_id, uid=person.uid, at=at, verify=verify, state=state)
    if dice.random() < 0.06:
        again = at + timedelta(seconds=dice.randint(2, 8))
        yield SimulatedPunch(user_id=person.user_id, uid=person.uid, at=again, verify=verify, state=state)


def _stranger(dates: list[date], dice: random.Random) -> Iterator[SimulatedPunch]:
    """Someone the terminal has no user record of punches on every fourth day."""
    for day in dates[::4]:
        at = datetime.combine(day, time(9, dice.randrange(60), dice.randrange(60)))
        yield SimulatedPunch(user_id=str(UNKNOWN_NUMBER), uid=UNKNOWN_NUMBER, at=at)


def _impossible(people: tuple[SimulatedUser, ...], until: date) -> SimulatedPunch:
    """A record of 31 February, as worn flash memory produces it."""
    user_id = people[0].user_id if people else str(UNKNOWN_NUMBER)
    return SimulatedPunch(user_id=user_id, raw_time=encode_parts((until.year, 2, 31), (9, 0, 0)))

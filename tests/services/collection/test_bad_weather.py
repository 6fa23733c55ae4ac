"""Bad weather for months: cuts, drips, races, roll-overs and clears between polls; nothing gets lost."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.collection.collect import collect
from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedUser, Terminal
from tests.builders.crm import on_the_wall

PEOPLE = 6
LAYOUTS = ("40", "49", "16", "8", "8prime")


@dataclass
class Wall:
    """One terminal, all that was ever punched at it, and the dice."""

    dice: random.Random
    terminal: Terminal
    shown: datetime = datetime(2026, 1, 5, 8)
    punched: Counter[tuple[str, datetime]] = field(default_factory=Counter)

    def people_come(self) -> None:
        for _ in range(self.dice.randint(1, 40)):
            self.shown += timedelta(seconds=self.dice.randint(1, 900))
            who = str(self.dice.randint(1, PEOPLE))
            self.terminal.punch(user_id=who, at=self.shown)
            self.punched[who, self.shown] += 1

    def the_clock_is_set_back(self) -> None:
        self.shown -= timedelta(seconds=self.dice.randint(60, 7200))

    def the_line_is_bad(self) -> None:
        at = self.dice.randint(1, 6_000)
        self.terminal.faults = self.dice.choice(
            [
                Faults(close_after_bytes=at),
                Faults(reset_after_bytes=at),
                Faults(drip=(self.dice.randint(1, 400), 0.0)),
                Faults(split_headers=True),
                Faults(join_frames=True),
                Faults(busy=1),
                Faults(punch_during_read=0, wrong_announced=4),
            ]
        )

    def the_line_is_good(self) -> None:
        self.terminal.faults = Faults()


def weather(seed: int, steps: int) -> tuple[Wall, Terminal]:
    dice = random.Random(seed)
    users = [SimulatedUser(user_id=str(n), uid=n, name=f"Person {n}") for n in range(1, PEOPLE + 1)]
    layout = LAYOUTS[seed % len(LAYOUTS)]
    profile = Profile(record_layout=layout, frame_size=dice.choice([1008, 65536]), user_size=72)
    terminal = Terminal(users=users, profile=profile)
    wall = Wall(dice, terminal)
    with on_the_wall(terminal) as device:
        for _ in range(steps):
            dice.choice([wall.people_come, wall.people_come, wall.the_clock_is_set_back, wall.the_line_is_bad])()
            result = collect(device.pk, whole=True if dice.random() < 0.2 else None)
            if not result.ok:
                wall.the_line_is_good()
                assert collect(device.pk).ok
            if dice.random() < 0.1:
                terminal.delete_oldest(dice.randint(1, 60))
            elif dice.random() < 0.03:
                terminal.clear_log()
        wall.the_line_is_good()
        final = collect(device.pk, whole=True)
        assert (final.ok, final.missing) == (True, 0)
    return wall, terminal


@pytest.fixture(autouse=True)
def no_long_waits(settings: Any) -> None:
    """A terminal that fell silent is given up after a moment."""
    settings.ATTENDANCE_DEVICES = settings.ATTENDANCE_DEVICES | {"ANSWER_SECONDS": 0.5}


def stored() -> Counter[tuple[str, datetime]]:
    return Counter(ESSLAttendanceLog.objects.values_list("biometric_id", "device_time"))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5), ids=[f"{layout} byte records" for layout in LAYOUTS])
def test_after_all_of_it_each_punch_stands_exactly_once(seed: int) -> None:
    wall, _ = weather(seed, steps=40)

    assert len(wall.punched) > 300, "the weather was worth it"
    assert stored() == Counter(dict.fromkeys(wall.punched, 1))


@pytest.mark.soak
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(100, 140))
def test_long_weather(seed: int) -> None:
    wall, _ = weather(seed, steps=400)

    assert stored() == Counter(dict.fromkeys(wall.punched, 1))
    assert Device.objects.get().failures == 0

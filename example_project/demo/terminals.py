"""Three terminals of different makes on loopback, and their rows in the app."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from attendance_devices.simulators.zkteco import Profile, SimulatedUser, Terminal
from example_project.demo import punches
from example_project.demo.staff import ACE_TRACK, BOOTCAMP, DOS, SCHOOL_DAYS, SECOND_HALF, WEEKDAYS, Person, at

Clock = Callable[[], datetime]
PORT = 4370
NAMES = {WEEKDAYS: "", SCHOOL_DAYS: ", Tuesday to Saturday", SECOND_HALF: ", Saturday to Wednesday"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """How one terminal differs from the others."""

    office: str
    host: str
    profile: Profile
    transport: str = "tcp"
    words: str
    """What is special about it."""


MAKES = (
    Make(
        office=ACE_TRACK,
        host="127.0.0.2",
        profile=Profile(
            serial_number="AEWD0000001",
            device_name="SpeedFace-V5L",
            mac="00:17:61:10:20:01",
            record_layout="40",
            user_size=72,
        ),
        words="TCP, 40-byte records",
    ),
    Make(
        office=BOOTCAMP,
        host="127.0.0.3",
        profile=Profile(
            serial_number="2735000000002",
            device_name="K14",
            mac="00:17:61:10:20:02",
            record_layout="16",
            user_size=28,
            frame_size=1008,
        ),
        transport="udp",
        words="UDP, 16-byte records, names cut at 8 letters",
    ),
    Make(
        office=DOS,
        host="127.0.0.4",
        profile=Profile(
            serial_number="3940000000003",
            device_name="F18/ID",
            mac="00:17:61:10:20:03",
            record_layout="40",
            user_size=72,
            frame_size=1008,
            comm_key=60413,
            encoding="gbk",
        ),
        words="TCP in frames of 1008 bytes, comm key, names in GBK",
    ),
)


@dataclass(slots=True, kw_only=True)
class Running:
    """A terminal that answers."""

    make: Make
    terminal: Terminal
    host: str
    port: int
    upto: datetime = field(repr=False)
    """Until when its log has been filled."""

    def catch_up(self, start: date, now: datetime) -> int:
        """Let everybody punch who did since the last time; how many touches that was."""
        new = [punch for punch in punches.log(self.make.office, start, now) if punch.at and punch.at > self.upto]
        for punch in new:
            self.terminal.punch(punch.user_id, punch.at, state=punch.state)
        self.upto = now
        return len(new)


@contextlib.contextmanager
def serve(start: date, clock: Clock) -> Iterator[Sequence[Running]]:
    """Serve all three, with their logs up to now; every socket is closed on leaving."""
    with contextlib.ExitStack() as stack:
        running = []
        for make in MAKES:
            now = clock().replace(microsecond=0)
            terminal = Terminal(
                profile=make.profile, users=users(make), punches=punches.log(make.office, start, now), clock=clock
            )
            stack.callback(terminal.stop)
            host, port = _start(terminal, make.host)
            running.append(Running(make=make, terminal=terminal, host=host, port=port, upto=now))
        yield running


def users(make: Make) -> list[SimulatedUser]:
    """The people as this terminal lists them."""
    return [
        SimulatedUser(user_id=person.terminal_id, uid=uid, name=person.terminal_name)
        for uid, person in enumerate(at(make.office), 1)
    ]


def _start(terminal: Terminal, host: str) -> tuple[str, int]:
    """On the usual port; on a free one if it is taken; on 127.0.0.1 where loopback is a single address (macOS)."""
    for address in ((host, PORT), (host, 0)):
        with contextlib.suppress(OSError):
            return terminal.start(*address)
    return terminal.start("127.0.0.1", 0)


def declare(running: Sequence[Running]) -> None:
    """The app's rows: one device a terminal, at the address where it answers today."""
    from django.db import transaction
    from django.db.models import F

    from attendance_devices.models import Device

    with transaction.atomic():
        # An address that another of them had last time must be free before it is given away.
        Device.objects.filter(name__in=[item.make.office for item in running]).update(address=F("name"))
        for item in running:
            profile = item.make.profile
            values = {
                "address": item.host,
                "port": item.port,
                "transport": item.make.transport,
                "comm_key": str(profile.comm_key or ""),
                "encoding": profile.encoding,
                "office": item.make.office,
            }
            Device.objects.update_or_create(name=item.make.office, defaults=values)


def assign_shifts(start: date) -> None:
    """Day and night on their weekdays, and who works them; the CEO works none."""
    from attendance_devices.models import Shift, ShiftAssignment
    from example_project.demo.staff import STAFF, Habit
    from example_project.hr.models import CustomUser

    accounts = {user.username: user for user in CustomUser.objects.all()}
    assigned = set(ShiftAssignment.objects.values_list("user_id", flat=True))
    for person in STAFF:
        user = accounts.get(person.username)
        if user and person.habit is not Habit.FREE and user.pk not in assigned:
            name, rule = _shift(person)
            shift, _ = Shift.objects.get_or_create(name=name, defaults=rule)
            ShiftAssignment.objects.create(shift=shift, user=user, date_from=start)


def _shift(person: Person) -> tuple[str, dict[str, Any]]:
    """``Day``, ``Night, Saturday to Wednesday``: its name and its rule."""
    hours = (punches.NIGHT_START, punches.NIGHT_END) if person.night else (punches.DAY_START, punches.DAY_END)
    rule = {
        "start": hours[0],
        "end": hours[1],
        "grace_minutes": 10,
        "weekdays": "".join(map(str, sorted(person.weekdays))),
    }
    return ("Night" if person.night else "Day") + NAMES[person.weekdays], rule

"""The few schedules there are: a tick does what is due, and how often is in our own tables."""

from collections.abc import Collection
from datetime import time
from importlib.util import find_spec

from attendance_devices.services import scheduling
from attendance_devices.services.scheduling import Planned, Standing

SCHEDULES = (
    Planned(key="poll", task="poll_due", minutes=1, words="hands out the terminals whose turn it is"),
    Planned(key="sweep", task="sweep", minutes=60, words="maps, calls the roll, derives and posts, failed rows too"),
)
IF_THERE = {
    "incidents": Planned(key="notify", task="notify", minutes=5, words="tells who wants to know of what went wrong"),
    "digest": Planned(key="digest", task="send_digest", at=time(7), words="mails what waits for a person"),
    "cleanup": Planned(key="clean", task="clean_up", at=time(2), words="deletes what has been kept long enough"),
}
"""Module of `services` -> the schedule that calls it."""


def schedules() -> list[Planned]:
    """All of them."""
    package = scheduling.__name__.rpartition(".")[0]
    return [*SCHEDULES, *(one for name, one in IF_THERE.items() if find_spec(f"{package}.{name}"))]


def install(*, again: Collection[str] = ()) -> list[Planned]:
    """See `scheduling.install`."""
    return scheduling.install(schedules(), again=again)


def remove() -> int:
    """See `scheduling.remove`."""
    return scheduling.remove()


def standings() -> list[Standing]:
    """See `scheduling.standings`."""
    return scheduling.standings(schedules())

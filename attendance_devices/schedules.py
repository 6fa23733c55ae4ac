"""The few schedules there are: a tick does what is due, and how often is in our own tables."""

from collections.abc import Collection
from datetime import time

from attendance_devices.services.scheduling import schedules
from attendance_devices.services.scheduling.schedules import DeclaredSchedule, ScheduleStatus

SCHEDULES = (
    DeclaredSchedule(key="poll", task="poll_due", minutes=1, words="hands out the terminals whose turn it is"),
    DeclaredSchedule(
        key="sweep", task="sweep", minutes=60, words="maps, calls the roll, derives and posts, failed rows too"
    ),
    DeclaredSchedule(key="notify", task="notify", minutes=5, words="tells who wants to know of what went wrong"),
    DeclaredSchedule(key="digest", task="send_digest", at=time(7), words="mails what waits for a person"),
    DeclaredSchedule(key="clean", task="clean_up", at=time(2), words="deletes what has been kept long enough"),
)


def install(*, again: Collection[str] = ()) -> list[DeclaredSchedule]:
    """See `scheduling.install`."""
    return schedules.install(SCHEDULES, again=again)


def remove() -> int:
    """See `scheduling.remove`."""
    return schedules.remove()


def standings() -> list[ScheduleStatus]:
    """See `scheduling.standings`."""
    return schedules.schedule_statuses(SCHEDULES)

"""Is the clock going? A queue that stalls says nothing, so each tick and each task leaves a mark in our own table."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db.models import Min

from attendance_devices.models import Heartbeat, InstalledSchedule
from attendance_devices.services.workers.cluster_health import MEND, own_mark, reset_marks

STALE_AFTER = timedelta(minutes=10)
"""Longer than a queue lets a task run, with a tick or two: workers that are busy with slow terminals are no alarm."""
WRITE_INTERVAL = timedelta(seconds=30)
"""Tasks beat no more often than this, all of them together."""
ADVICE = (
    f"Is qcluster running? If it is, it has stalled (an idle worker that is killed stops the whole cluster). {MEND}"
)


class BeatSource(StrEnum):
    """Who beats."""

    TICK = "tick"
    """Once a minute: schedules, queue and workers go."""
    WORK = "work"
    """A task began: workers go, though the tick may have to wait for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the clock goes."""

    last: datetime | None
    """The last tick or task (aware, UTC); None: there was none yet."""
    tick: datetime | None
    """The last tick."""
    work: datetime | None
    """The last task."""
    age: timedelta | None
    """Since `last`; None where there is none."""
    installed: datetime | None
    """When the first schedule was installed; None: none is, and no tick is expected."""
    is_alive: bool
    """False is the alarm. True also where no schedule is installed and nothing ever ticked."""
    words: str
    """How it stands, and what to do, as a sentence or two."""


def beat(name: str, note: str = "") -> None:
    """Leave the mark. The row is also the lock of whoever beats first in a transaction."""
    now = datetime.now(UTC)
    if not Heartbeat.objects.filter(name=name).update(at=now, note=note):
        Heartbeat.objects.get_or_create(name=name, defaults={"at": now, "note": note})


def task_started() -> None:
    """A task began, in this cluster. One statement, and seldom a write."""
    now, mine = datetime.now(UTC), own_mark()
    wanted = {str(BeatSource.WORK): ""} | ({mine.name: mine.note} if mine else {})
    found = dict(Heartbeat.objects.filter(name__in=wanted).values_list("name", "at"))
    if now - found.get(BeatSource.WORK, now) > STALE_AFTER:
        reset_marks(now)
    for name, note in wanted.items():
        if name not in found or abs(now - found[name]) > WRITE_INTERVAL:
            beat(name, note)


def pulse(now: datetime | None = None) -> Pulse:
    """How the clock goes, in two queries. Writes nothing. :param now: aware; None is now.

    For monitoring: `is_alive` is what to alarm on, `words` what to say, `age` what to draw. A cluster that stalls among
    several stops nothing: `clusters.stalled` names it.
    """
    now, marks = now or datetime.now(UTC), _marks()
    installed = InstalledSchedule.objects.aggregate(first=Min("when"))["first"]
    # A mark of the future was left by a clock that was wrong, and tells nothing.
    believed = [at for at in marks.values() if at <= now + STALE_AFTER]
    last = max(believed, default=None)
    age = max(now - last, timedelta(0)) if last else None
    is_alive = now - (last or installed or now) <= STALE_AFTER if not marks or believed else False
    return Pulse(
        last=last,
        tick=marks.get(BeatSource.TICK),
        work=marks.get(BeatSource.WORK),
        age=age,
        installed=installed,
        is_alive=is_alive,
        words=_words(last, age, installed, is_alive=is_alive),
    )


def _marks() -> dict[str, datetime]:
    return dict(Heartbeat.objects.filter(name__in=list(BeatSource)).values_list("name", "at"))


def _words(last: datetime | None, age: timedelta | None, installed: datetime | None, *, is_alive: bool) -> str:
    if last is None or age is None:
        if installed is None:
            return "The clock was never started. Run install_schedules and qcluster, or use cron."
        return "The clock has not ticked yet." if is_alive else f"The clock stands still: it never ticked. {ADVICE}"
    if is_alive:
        return f"The clock goes: {int(age.total_seconds())} s ago it did something."
    return f"The clock stands still since {last:%Y-%m-%d %H:%M:%S} UTC. {ADVICE}"

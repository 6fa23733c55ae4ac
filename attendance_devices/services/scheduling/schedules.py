"""Schedules as rows of django-q2: made once, never changed behind a person's back, never made again once deleted."""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from attendance_devices.exceptions import QueueMissing
from attendance_devices.models import Heartbeat, InstalledSchedule
from attendance_devices.services.workers.cluster_health import PREFIX
from attendance_devices.services.workers.heartbeat import BeatSource

TASKS = "attendance_devices.tasks."
STEPS = {"I": timedelta(minutes=1), "H": timedelta(hours=1), "D": timedelta(days=1)}
"""Kind of schedule -> what its next run is away at most; of the first kind so often as the row's own minutes say."""
SLACK = timedelta(hours=1)
"""A day has 25 hours once a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSchedule:
    """One schedule as it is declared. Either `minutes` or `at` says when."""

    key: str
    """What we remember it by."""
    task: str
    """The function in `tasks`."""
    words: str
    """What it does, as a person reads it."""
    minutes: int = 0
    at: time | None = None
    """Each day, on a clock in ``TIME_ZONE``."""

    @property
    def name(self) -> str:
        """As the queue's admin shows it."""
        return f"attendance_devices {self.key}"

    @property
    def func(self) -> str:
        """What the queue calls."""
        return f"{TASKS}{self.task}"


class ScheduleState(StrEnum):
    """How a declared schedule stands."""

    MISSING = "not installed"
    INSTALLED = "installed"
    CHANGED = "changed by a person"
    DELETED = "deleted by a person"
    BY_HAND = "made by a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStatus:
    """A declared schedule, and what became of it."""

    planned: DeclaredSchedule
    state: ScheduleState
    next_run: datetime | None = None
    """Aware."""
    changes: Sequence[str] = ()
    """What a person changed: ``minutes is 10, not 1``."""


def install(planned: Sequence[DeclaredSchedule], *, again: Collection[str] = ()) -> list[DeclaredSchedule]:
    """Make those that are missing, and say which were made. Raises `QueueMissing`.

    One that a person deleted, changed or made by hand stays as it is. Two that install at once make one row each.

    :param again: keys of deleted ones that are wanted again.
    """
    rows, now, made = _rows(), datetime.now(UTC), []
    with transaction.atomic():
        # The write comes first: a second one waits here, and then finds that nothing is missing.
        wanted = [InstalledSchedule(key=one.key, when=now) for one in planned]
        InstalledSchedule.objects.bulk_create(wanted, ignore_conflicts=True)
        there = list(rows.values_list("pk", flat=True))
        gone = InstalledSchedule.objects.filter(key__in=again, schedule__isnull=False).exclude(schedule__in=there)
        gone.update(schedule=None, when=now)
        missing = {note.key: note for note in InstalledSchedule.objects.select_for_update().filter(schedule=None)}
        for one in planned:
            note = missing.get(one.key)
            if note is not None and rows.filter(func=one.func).exists():
                note.delete()
            elif note is not None:
                note.schedule = rows.create(name=one.name, next_run=_first_run(one), **_facts(one)).pk
                note.save(update_fields=["schedule"])
                made.append(one)
    return made


def remove() -> int:
    """Take away what `install` made, and forget it. Returns how many rows went. Raises `QueueMissing`.

    Its last beat goes too: whoever takes to cron is not told for ever that the clock stands still.
    """
    rows = _rows()
    with transaction.atomic():
        notes = InstalledSchedule.objects.select_for_update()
        keys = [note.schedule for note in notes]
        count, _ = rows.filter(pk__in=keys, func__startswith=TASKS).delete()
        InstalledSchedule.objects.all().delete()
        Heartbeat.objects.filter(Q(name__in=list(BeatSource)) | Q(name__startswith=PREFIX)).delete()
    return int(count)


def repair() -> list[str]:
    """Bring back ours that a clock set back has left in the far future; the names of those. Empty without a queue.

    A schedule runs again an interval after it ran: whatever is further away was said by a clock that was wrong.
    """
    if not apps.is_installed("django_q"):
        return []
    now, mended = datetime.now(timezone.get_default_timezone()), []
    keys = list(InstalledSchedule.objects.filter(schedule__isnull=False).values_list("schedule", flat=True))
    for row in _rows().filter(pk__in=keys, func__startswith=TASKS, schedule_type__in=STEPS, next_run__isnull=False):
        step = STEPS[row.schedule_type] * ((row.minutes or 1) if row.schedule_type == "I" else 1)
        away = timezone.make_aware(row.next_run) - now if timezone.is_naive(row.next_run) else row.next_run - now
        if away > step + (SLACK if row.schedule_type == "D" else STEPS["I"]):
            row.next_run -= away // step * step
            row.save(update_fields=["next_run"])
            mended.append(row.name or row.func)
    return mended


def schedule_statuses(planned: Sequence[DeclaredSchedule]) -> list[ScheduleStatus]:
    """How each stands. Raises `QueueMissing`. Writes nothing."""
    notes = {note.key: note.schedule for note in InstalledSchedule.objects.all()}
    rows = {row.pk: row for row in _rows().all()}
    return [_standing(one, notes, rows) for one in planned]


def _standing(one: DeclaredSchedule, notes: dict[str, int | None], rows: dict[int, Any]) -> ScheduleStatus:
    row = rows.get(notes.get(one.key) or 0)
    if row is not None:
        changes = list(_changes(one, row))
        state = ScheduleState.CHANGED if changes else ScheduleState.INSTALLED
        return ScheduleStatus(planned=one, state=state, next_run=_aware(row.next_run), changes=changes)
    for other in rows.values():
        if other.func == one.func:
            return ScheduleStatus(planned=one, state=ScheduleState.BY_HAND, next_run=_aware(other.next_run))
    return ScheduleStatus(planned=one, state=ScheduleState.DELETED if one.key in notes else ScheduleState.MISSING)


def _changes(one: DeclaredSchedule, row: Any) -> Iterator[str]:
    usual: dict[str, Any] = {"args": None, "kwargs": None, "hook": None, "cron": None, "cluster": None}
    for name, value in {"name": one.name, **_facts(one), **usual}.items():
        found = getattr(row, name)
        if (found or None) != (value or None):
            yield f"{name} is {found!r}, not {value!r}"
    at = _aware(row.next_run)
    shown = at.astimezone(timezone.get_default_timezone()).time() if at else None
    if one.at is not None and shown is not None and shown.replace(second=0, microsecond=0) != one.at:
        yield f"it runs at {shown:%H:%M}, not at {one.at:%H:%M}"


def _facts(one: DeclaredSchedule) -> dict[str, Any]:
    """`schedule_type`: I is minutes, D is daily."""
    return {
        "func": one.func,
        "schedule_type": "I" if one.minutes else "D",
        "minutes": one.minutes or None,
        "repeats": -1,
    }


def _first_run(one: DeclaredSchedule) -> datetime:
    """As the queue's own column takes it: naive in a host with ``USE_TZ = False``."""
    now = datetime.now(timezone.get_default_timezone())
    at = now
    if one.at is not None:
        at = now.replace(hour=one.at.hour, minute=one.at.minute, second=0, microsecond=0)
        at += timedelta(days=1) if at <= now else timedelta(0)
    return at if settings.USE_TZ else at.replace(tzinfo=None)


def _aware(moment: datetime | None) -> datetime | None:
    return timezone.make_aware(moment) if moment is not None and timezone.is_naive(moment) else moment


def _rows() -> Any:
    if not apps.is_installed("django_q"):
        raise QueueMissing("django-q2", "it is not in INSTALLED_APPS, so there are no schedules to install")
    return apps.get_model("django_q", "Schedule").objects


ADVICE = "No schedule runs until it is corrected: admin, Django Q, Scheduled tasks."


def blocking_rows() -> list[str]:
    """The rows at which the queue's scheduler stops, each with what to do; empty when all is well. Writes nothing."""
    if not apps.is_installed("django_q"):
        return []
    found = []
    for row in apps.get_model("django_q", "Schedule").objects.exclude(repeats=0).order_by("pk"):
        try:
            _read(row)
        except Exception as error:  # noqa: BLE001 - the scheduler would stop at it, too: it is the answer
            reason = f"{type(error).__name__}: {error}"
            found.append(f"Schedule {row.pk} ({row.name or row.func}) cannot be read ({reason}). {ADVICE}")
    return found


def _read(row: Any) -> None:
    """As django-q2 1.8 to 1.11 do (their scheduler.py), but without running anything."""
    kwargs = _kwargs(row.kwargs) if row.kwargs else {}
    if row.args:
        ast.literal_eval(row.args)
    options = kwargs.get("q_options", {})
    options.get("group")
    if row.schedule_type != "O" and row.next_run is not None:
        row.calculate_next_run(row.next_run)


def _kwargs(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        pass
    try:
        call: Any = ast.parse(f"f({text})").body[0]
        return {word.arg: ast.literal_eval(word.value) for word in call.value.keywords}
    except (SyntaxError, ValueError):
        return {}

"""Work that many ask for and one does: 200 terminals that end at once make the days once or twice, not 200 times."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q

from attendance_devices.models import Errand
from attendance_devices.services.workers.leases import holder_name, is_gone
from attendance_devices.services.workers.retry import retry_on_outage

QUEUED = timedelta(minutes=5)
"""So long a queue is believed to hold what it was given."""
HELD = timedelta(minutes=10)
"""Longer than any queue lets a task run."""
Result = TypeVar("Result")
Enqueue = Callable[[], object]


def request_run(name: str, enqueue: Enqueue) -> bool:
    """Have it done, after now. True if it had to be enqueued: nobody waited for a worker yet."""
    _get_or_create(name)
    Errand.objects.filter(name=name).update(asked=F("asked") + 1)
    return _try_queue(name, enqueue)


def requeue_if_lost(name: str, enqueue: Enqueue) -> bool:
    """Enqueue it if somebody asked and nobody did it: a worker was killed, or the queue lost it."""
    row = Errand.objects.filter(name=name, asked__gt=F("done")).first()
    if row is None or (_is_later(row.held_until, HELD) and not is_gone(row.holder)):
        return False
    return _try_queue(name, enqueue)


def run_once(name: str, work: Callable[[], Result], *, seconds: float) -> list[Result]:
    """Do it now, and again while others ask for it meanwhile and `seconds` last. Empty if another process does it.

    That process does it once more: it sees that this one was asked to.
    """
    holder, started = holder_name(), monotonic()
    mine = Errand.objects.filter(name=name, holder=holder)
    results: list[Result] = []
    try:
        _get_or_create(name)
        if not _try_take(name, holder):
            Errand.objects.filter(name=name).update(queued_until=None)
            return []
        while not results or (monotonic() - started < seconds and mine.filter(asked__gt=F("done")).exists()):
            asked = Errand.objects.values_list("asked", flat=True).get(name=name)
            results.append(work())
            mine.update(done=asked, held_until=datetime.now(UTC) + HELD)
            # Whoever asks after this line finds nobody who would do it, and enqueues it.
            if mine.filter(asked=asked).update(holder="", held_until=None):
                break
    except DatabaseError:
        retry_on_outage(partial(_release, name, holder))
        raise
    except BaseException:  # the queue's time limit and Ctrl-C, too: given back, and raised on
        mine.update(holder="", held_until=None)
        raise
    mine.update(holder="", held_until=None)
    return results


def _release(name: str, holder: str) -> None:
    """Nobody does it, and nobody waits for a worker: it can be asked for again."""
    Errand.objects.filter(name=name, holder=holder).update(holder="", held_until=None)
    Errand.objects.filter(name=name).update(queued_until=None)


def _get_or_create(name: str) -> None:
    if not Errand.objects.filter(name=name).exists():
        with suppress(IntegrityError), transaction.atomic():
            Errand.objects.create(name=name)


def _try_queue(name: str, enqueue: Enqueue) -> bool:
    now = datetime.now(UTC)
    row = Errand.objects.filter(_is_free("queued_until", now, QUEUED), name=name)
    if not row.update(queued_until=now + QUEUED):
        return False
    try:
        enqueue()
    except Exception:  # a queue raises what it likes: nothing waits in it, and it is raised on
        Errand.objects.filter(name=name).update(queued_until=None)
        raise
    return True


def _try_take(name: str, holder: str) -> bool:
    now = datetime.now(UTC)
    free = _is_free("held_until", now, HELD)
    other = Errand.objects.values_list("holder", flat=True).get(name=name)
    if other and is_gone(other):
        free |= Q(holder=other)
    facts = {"holder": holder, "held_until": now + HELD, "queued_until": None}
    return bool(Errand.objects.filter(free, name=name).update(**facts))


def _is_free(field: str, now: datetime, longest: timedelta) -> Q:
    """Nobody's, run out, or said by a clock that was wrong."""
    past, strange = Q(**{f"{field}__lte": now}), Q(**{f"{field}__gt": now + longest})
    return Q(**{f"{field}__isnull": True}) | past | strange


def _is_later(until: datetime | None, longest: timedelta) -> bool:
    return until is not None and timedelta(0) < until - datetime.now(UTC) <= longest

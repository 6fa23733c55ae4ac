"""Punches whose clock cannot have been right, each with the time that it may have been."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from attendance_devices.domain.punches.clock_proposals import (
    Certainty,
    DoubtfulRecord,
    MeasuredDrift,
    TimeProposal,
    propose_times,
)
from attendance_devices.domain.punches.instants import OLDEST_YEAR, Review
from attendance_devices.domain.review.items import Item
from attendance_devices.domain.review.text import ClockFacts, clock_item
from attendance_devices.models import Correction, ESSLAttendanceLog
from attendance_devices.models.logs import DOUBTFUL, UNDER_REVIEW
from attendance_devices.services.access.employees import full_label
from attendance_devices.services.review.inbox.sources import InboxQuery, TerminalPlace

MOST_NEIGHBOURS = 5_000
"""Punches of the same runs that are looked at beside those that are told: a clock may be wrong for months."""
RIGHT = TimeProposal(sure=Certainty.UNKNOWN, reason="")
"""Of a clock that nobody doubts."""


def suspicious_clocks(asked: InboxQuery) -> tuple[int, list[Item]]:
    """Punches under review that no standing correction speaks about."""
    corrected = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True)
    marked = ESSLAttendanceLog.objects.filter(UNDER_REVIEW, ~Exists(corrected), **asked.row)
    marked = asked.among(marked)
    logs = list(marked.select_related("user").order_by("-pk")[: asked.limit])
    proposals = _proposals([log for log in logs if log.review != Review.SEALED_DAY], asked)
    return marked.count(), [_item(log, asked.at(log.device_id), proposals) for log in logs]


def _marked() -> QuerySet[ESSLAttendanceLog]:
    return ESSLAttendanceLog.objects.filter(DOUBTFUL)


def _believed_neighbours(logs: Sequence[ESSLAttendanceLog]) -> dict[int, tuple[int | None, int | None]]:
    """The keys of the believed records before and after each: the order of the log is that of the keys.

    Far neighbours are looked for at the ends of a run only; else a run of months would be read for each of its punches.
    """
    here = ESSLAttendanceLog.objects.filter(device=OuterRef("device"))
    near = _beside(here, {log.pk for log in logs})
    ends = {key for key, (before, after) in near.items() if before not in near or after not in near}
    far = _beside(_believed(here), ends)
    found: dict[int, tuple[int | None, int | None]] = {}
    for key in sorted(near):
        before = near[key][0]
        found[key] = (found[before][0] if before in near else far[key][0], None)
    for key in sorted(near, reverse=True):
        after = near[key][1]
        found[key] = (found[key][0], found[after][1] if after in near else far[key][1])
    return found


def _beside(rows: QuerySet[ESSLAttendanceLog], keys: Collection[int]) -> dict[int, tuple[int | None, int | None]]:
    """Which of these rows come just before and just after each key."""
    before = rows.filter(pk__lt=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    after = rows.filter(pk__gt=OuterRef("pk")).order_by("pk").values("pk")[:1]
    asked = ESSLAttendanceLog.objects.filter(pk__in=keys).order_by()
    return {key: (one, two) for key, one, two in asked.values_list("pk", Subquery(before), Subquery(after))}


def _believed(rows: QuerySet[ESSLAttendanceLog]) -> QuerySet[ESSLAttendanceLog]:
    """An absurd time that a person accepted, and one that a person corrected, say nothing about others."""
    moved = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True, at__isnull=False)
    return rows.filter(
        ~Exists(moved),
        review=Review.NONE,
        punch_time__lte=F("received_at"),
        punch_time__gte=datetime(OLDEST_YEAR, 1, 1, tzinfo=UTC),
    )


def _proposals(logs: Sequence[ESSLAttendanceLog], asked: InboxQuery) -> dict[int, TimeProposal]:
    """For each of these punches, from all the doubtful punches of their stretches of the log."""
    if not logs:
        return {}
    stretches: dict[Any, dict[int, int | None]] = defaultdict(dict)
    beside = _believed_neighbours(logs)
    for log in logs:
        before, after = beside[log.pk]
        stretches[log.device_id][before or 0] = after
    keys = {key for pair in beside.values() for key in pair if key}
    times = dict(ESSLAttendanceLog.objects.filter(pk__in=keys).values_list("pk", "punch_time"))
    told = {log.pk for log in logs}
    found: dict[int, TimeProposal] = {}
    for device, rows in _doubtful_by_device(stretches, told).items():
        place = asked.at(device)
        records = [_doubtful(row, stretches[device], times) for row in rows]
        found.update(propose_times([one for one in records if one], drift=_drift(place), zone=place.zone))
    return found


def _doubtful_by_device(stretches: Mapping[Any, Mapping[int, Any]], told: set[int]) -> dict[Any, list[tuple[Any, ...]]]:
    """Device -> its doubtful punches from the first stretch on, in the order of the log: (key, at, received, review).

    Of a very long stretch the newest, and in any case those that are told.
    """
    start = min((key for keys in stretches.values() for key in keys), default=0)
    columns = ("pk", "device_id", "punch_time", "received_at", "review")
    near = _marked().filter(device__in=list(stretches), pk__gt=start).order_by("-pk").values_list(*columns)
    rows = {row[0]: row for row in near[:MOST_NEIGHBOURS]}
    rows |= {row[0]: row for row in _marked().filter(pk__in=told - set(rows)).values_list(*columns)}
    found: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for _, (key, device, *rest) in sorted(rows.items()):
        found[device].append((key, *rest))
    return found


def _doubtful(
    row: tuple[Any, ...], stretches: Mapping[int, int | None], times: Mapping[int, datetime]
) -> DoubtfulRecord | None:
    """None for a punch of a stretch that was not asked for."""
    key, at, received_at, review = row
    starts = sorted(stretches)
    place = bisect_right(starts, key) - 1
    if place < 0:
        return None
    start = starts[place]
    end = stretches[start]
    if end is not None and key > end:
        return None
    return DoubtfulRecord(
        key=key,
        at=at,
        received_at=received_at,
        review=review,
        stretch=start,
        before=times.get(start),
        after=times.get(end) if end is not None else None,
    )


def _drift(place: TerminalPlace) -> MeasuredDrift | None:
    device = place.device
    if device is None or device.clock_drift is None or device.last_seen is None:
        return None
    return MeasuredDrift(ahead=device.clock_drift, measured_at=device.last_seen)


def _item(log: ESSLAttendanceLog, place: TerminalPlace, proposals: Mapping[int, TimeProposal]) -> Item:
    return clock_item(
        ClockFacts(
            key=log.pk,
            device=place.name,
            device_user_id=log.biometric_id,
            who=full_label(log.user),
            employee="" if log.user_id is None else str(log.user_id),
            shown=log.device_time,
            review=log.review,
            received_at=log.received_at,
            zone=place.zone,
            proposal=proposals.get(log.pk, RIGHT),
        )
    )

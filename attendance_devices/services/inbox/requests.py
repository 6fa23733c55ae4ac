"""Corrections that employees ask for, and that nobody answered yet."""

from attendance_devices.domain.inbox import Item
from attendance_devices.domain.inbox_requests import RequestFacts, request_item
from attendance_devices.models import CorrectionRequest
from attendance_devices.services.inbox.sources import Asked, called, zone_named


def correction_requests(asked: Asked) -> tuple[int, list[Item]]:
    """The newest of them, and how many there are."""
    rows = asked.among(CorrectionRequest.objects.filter(decided_at__isnull=True, **asked.row))
    if asked.since:
        rows = rows.filter(date__gte=asked.since)
    newest = rows.select_related("user").order_by("-made_at", "-pk")[: asked.limit]
    return rows.count(), [request_item(facts_of(row)) for row in newest]


def facts_of(row: CorrectionRequest) -> RequestFacts:
    """A request as its words need it."""
    return RequestFacts(
        key=row.pk,
        who=called(row.user),
        employee=str(row.user_id),
        date=row.date,
        kind=row.kind,
        was_shown=row.was_shown,
        place=row.place,
        shown=row.shown,
        punch_type=row.punch_type,
        why=row.why,
        made_at=row.made_at,
        zone=zone_named(row.zone),
    )

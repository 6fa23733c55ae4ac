"""Corrections that employees ask for, and that nobody answered yet."""

from attendance_devices.domain.review.items import Item
from attendance_devices.domain.review.requests import request_item
from attendance_devices.models import CorrectionRequest
from attendance_devices.services.corrections.requests import facts_of
from attendance_devices.services.review.inbox.sources import InboxQuery


def correction_requests(asked: InboxQuery) -> tuple[int, list[Item]]:
    """The newest of them, and how many there are."""
    rows = asked.among(CorrectionRequest.objects.filter(decided_at__isnull=True, **asked.row))
    if asked.since:
        rows = rows.filter(date__gte=asked.since)
    newest = rows.select_related("user").order_by("-made_at", "-pk")[: asked.limit]
    return rows.count(), [request_item(facts_of(row)) for row in newest]

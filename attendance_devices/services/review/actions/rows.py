"""Actions on punches, records and days that need nothing but the verbs that are there."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from attendance_devices.domain.posting.host_row import PostAction, PostedValue, as_one, edited_fields
from attendance_devices.domain.punches.instants import Review
from attendance_devices.domain.review.items import Item
from attendance_devices.exceptions import ItemClosed, NotSettled
from attendance_devices.hosts.current import current_host
from attendance_devices.models import Acknowledgement, ProcessedAttendance, QuarantinedRecord
from attendance_devices.services.access.employees import user_key
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.corrections.accept import accept_punches
from attendance_devices.services.posting.post import host_row_of, post
from attendance_devices.services.review.actions.decision import LATER, ItemDecision

NAME = 255
"""Letters of a user name that are kept."""


def accept_clock(decision: ItemDecision) -> str:
    """The clock was right."""
    accepted = accept_punches([decision.row])
    if not accepted:
        raise ItemClosed(decision.item.key, "closed already: the punch is not under review any more")
    if accepted[0].review == Review.SEALED_DAY:
        return f"The punch of {decision.item.subject} was seen. It counts for no day."
    return f"The punch of {decision.item.subject} counts as the clock said. {LATER}"


def acknowledge(decision: ItemDecision) -> str:
    """It is right as it is; it comes back if its cause changes."""
    item = decision.item
    Acknowledgement.objects.update_or_create(
        key=item.key,
        defaults={
            "cause": item.cause,
            "by": decision.by,
            "by_name": str(decision.by.get_username())[:NAME],
            "why": decision.why,
            "at": datetime.now(UTC),
        },
    )
    return f"{item.subject}: seen, and told no more unless its cause changes."


def read_again(decision: ItemDecision) -> str:
    """The whole log of the terminal."""
    record = QuarantinedRecord.objects.filter(pk=decision.row).first()
    if record is None:
        raise ItemClosed(decision.item.key, "closed already: the record is not stored any more")
    found = collect(record.device_id, whole=True)
    if not found.ok:
        raise NotSettled(decision.item.key, "the terminal could not be read", next_step=found.error)
    return (
        f"{found.device} was read from its first record on: {found.new:,} new, {found.known:,} known, "
        f"{found.quarantined:,} more that could not be read. The record stays here until somebody has seen it."
    )


def compare_again(decision: ItemDecision) -> str:
    """Hold a row that a person edited against our day again."""
    user, day = _user_day(decision.item)
    rows = ProcessedAttendance.objects.filter(user=user, date=day, posting_state=PostAction.KEPT)
    if not rows.update(posting_state=PostAction.NEW):
        raise ItemClosed(decision.item.key, "closed already: the row is not kept any more")
    return _post_and_report(decision)


def overrule_edit(decision: ItemDecision) -> str:
    """Our day goes before what a person wrote into the CRM's row, all or nothing.

    What stands there now is remembered as if we had left it so: the next comparison finds nothing edited, and writes
    what differs. Whoever edits the row after it was shown wins again, and a locked day waits until it is unlocked.
    """
    user, day = _user_day(decision.item)
    kept = ProcessedAttendance.objects.filter(user=user, date=day, posting_state=PostAction.KEPT)
    with transaction.atomic():
        rows = list(kept.select_for_update().order_by("pk"))
        if not rows:
            raise ItemClosed(decision.item.key, "closed already: the row is not kept any more")
        told = as_one([host_row_of(row) for row in rows])
        (current,) = current_host().read_rows([told])
        if current is not None and edited_fields(current, told.posted) == rows[0].posting_note:
            kept.update(posted_values=_as_left(current, told.posted), posting_state=PostAction.NEW)
            return _post_and_report(decision)
    said = compare_again(decision)
    if kept.exists():
        hint = "Look at the item again, or correct the CRM's row by hand."
        raise NotSettled(decision.item.key, f"nothing was written: {said.rstrip('.')}", next_step=hint)
    return said


def _as_left(current: Mapping[str, str], posted: Mapping[str, PostedValue]) -> dict[str, list[str]]:
    """Our memory of a row, as if the values that a person wrote were ours."""
    is_edited = {name for name, last in posted.items() if current.get(name, last.found) != last.found}
    return {
        name: [current[name]] * 2 if name in is_edited else [last.sent, last.found] for name, last in posted.items()
    }


def retry_post(decision: ItemDecision) -> str:
    """Write the row once more."""
    return _post_and_report(decision)


def _post_and_report(decision: ItemDecision) -> str:
    """Post the day, and say what became of it."""
    user, day = _user_day(decision.item)
    post(since=day, until=day, among=Q(user=user))
    row = ProcessedAttendance.objects.filter(user=user, date=day).order_by("pk").first()
    state = row.posting_state if row else ""
    if row is not None and state in (PostAction.FAILED, PostAction.NEW):
        note = row.posting_note or "the CRM takes no rows at the moment"
        raise NotSettled(decision.item.key, "the row was not written", next_step=note)
    if row is not None and state in (PostAction.KEPT, PostAction.LOCKED):
        return f"{decision.item.subject}: the CRM's row is {state}, {row.posting_note}."
    return f"{decision.item.subject}: the CRM's row says what our day says."


def _user_day(item: Item) -> tuple[Any, date]:
    assert item.date is not None  # noqa: S101 - days have one
    return user_key(item.employee), item.date

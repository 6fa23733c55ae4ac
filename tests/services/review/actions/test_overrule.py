"""An officer decides that our day goes before what a person wrote into the CRM's row."""

from typing import Any

import pytest

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.review.items import ItemKind
from attendance_devices.exceptions import ItemClosed, NotSettled
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import AuditEntry, Device, ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from attendance_devices.services.review.decide import decide_item
from attendance_devices.services.review.inbox.items import inbox
from tests.builders.crm import MONDAY, at, crm_row, crm_rows, edit, host, punched, setting
from tests.builders.decisions import edited, only
from tests.builders.failing_hosts import ClosedMonday, worked
from tests.builders.inbox import boss

pytestmark = pytest.mark.django_db


class Mute(DeclaredHost):
    """A CRM that does not say what its rows say."""

    def read_rows(self, rows: Any) -> Any:
        return [None for _ in rows]


def times() -> list[tuple[str, ...]]:
    return [row[2:] for row in crm_rows()]


def test_what_the_person_wrote_is_replaced_by_our_day_and_the_trail_says_who_decided() -> None:
    item, _ = edited()
    assert times() == [("09:00:00", "16:00:00")]

    done = decide_item(item.key, "overrule", by=boss(), why="the gate saw him")

    assert done.endswith("the CRM's row says what our day says.")
    assert times() == [("09:00:00", "18:00:00")]
    assert inbox().total == 0
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.outcome, entry.by_name) == ("review overrule", "done", "boss")
    assert entry.details == {"item": item.key, "why": "the gate saw him"}


def test_it_needs_no_new_punch_to_win() -> None:
    _, asha = worked(MONDAY)
    post(since=MONDAY)
    edit(asha, went="16:00")
    ProcessedAttendance.objects.update(posting_state=PostAction.NEW)
    post(since=MONDAY)

    decide_item(only(ItemKind.CONFLICT).key, "overrule", by=boss(), why="x")

    assert times() == [("09:00:00", "17:00:00")]


def test_the_row_follows_us_again_and_a_later_edit_wins_again() -> None:
    item, asha = edited()
    decide_item(item.key, "overrule", by=boss(), why="x")

    punched(Device.objects.get(), ("7", at("18:30")))
    derive_pending()
    post(since=MONDAY)
    assert times() == [("09:00:00", "18:30:00")]

    edit(asha, went="15:00")
    ProcessedAttendance.objects.update(posting_state=PostAction.NEW)
    post(since=MONDAY)
    assert ProcessedAttendance.objects.get().posting_state == PostAction.KEPT
    assert times() == [("09:00:00", "15:00:00")]


def test_whoever_edits_the_row_after_it_was_shown_wins() -> None:
    item, asha = edited()
    edit(asha, went="15:30")

    with pytest.raises(NotSettled, match=r"nothing was written: .* edited by a person"):
        decide_item(item.key, "overrule", by=boss(), why="x")

    assert times() == [("09:00:00", "15:30:00")]
    assert only(ItemKind.CONFLICT).cause != item.cause
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.outcome) == ("review overrule", "failed")


def test_an_edit_that_was_undone_meanwhile_needs_no_decision() -> None:
    item, asha = edited()
    edit(asha, went="17:00")

    assert decide_item(item.key, "overrule", by=boss(), why="x").endswith("the CRM's row says what our day says.")
    assert times() == [("09:00:00", "18:00:00")]


def test_a_row_that_was_deleted_is_not_made_again() -> None:
    item, asha = edited()
    crm_row(asha).delete()

    with pytest.raises(NotSettled, match="a person deleted the row"):
        decide_item(item.key, "overrule", by=boss(), why="x")

    assert times() == []


def test_a_locked_day_waits_until_it_is_unlocked(settings: Any) -> None:
    item, _ = edited()
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))

    assert "locked, payroll of January is closed" in decide_item(item.key, "overrule", by=boss(), why="x")
    assert times() == [("09:00:00", "16:00:00")]

    settings.ATTENDANCE_DEVICES = usual
    post(since=MONDAY)
    assert times() == [("09:00:00", "18:00:00")]


def test_a_host_that_does_not_tell_its_rows_is_not_overruled(settings: Any) -> None:
    item, _ = edited()
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Mute))

    with pytest.raises(NotSettled, match=r"correct the CRM's row by hand"):
        decide_item(item.key, "overrule", by=boss(), why="x")

    assert times() == [("09:00:00", "16:00:00")]


def test_of_two_officers_the_second_is_told() -> None:
    item, _ = edited()
    by = boss()
    decide_item(item.key, "overrule", by=by, why="x")
    with pytest.raises(ItemClosed):
        decide_item(item.key, "overrule", by=by, why="x")

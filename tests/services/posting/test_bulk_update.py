"""Stored days written again, many at once."""

from datetime import UTC, datetime, timedelta

import pytest

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting import bulk_update
from attendance_devices.services.posting.bulk_update import update_posted
from attendance_devices.services.posting.post import POSTING
from tests.builders.crm import at, days, device, employee, mapped, our_rows, punched

pytestmark = pytest.mark.django_db


def stored(amount: int) -> list[ProcessedAttendance]:
    """So many days of one person."""
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, *[("7", at(clock, day)) for day in days(amount) for clock in ("09:00", "17:00")])
    derive_pending()
    return list(ProcessedAttendance.objects.order_by("date"))


def test_the_named_columns_are_saved_and_no_others() -> None:
    first, other = stored(2)
    first.posting_note, first.status = "kept", "absent"
    other.posting_note, other.posted_values = "", {"went": ["17:00", "17:00:00"]}

    update_posted([first, other], ["posting_note", "posted_values"])

    found = ProcessedAttendance.objects.order_by("date").values_list("posting_note", "posted_values", "status")
    assert list(found) == [("kept", {}, "present"), ("", {"went": ["17:00", "17:00:00"]}, "present")]


def test_what_others_saved_meanwhile_in_other_columns_stays() -> None:
    (row,) = stored(1)
    ProcessedAttendance.objects.update(office="North", worked=timedelta(hours=1))
    row.posted_at = datetime(2024, 1, 9, 12, tzinfo=UTC)

    update_posted([row], ["posted_at"])

    row.refresh_from_db()
    assert (row.office, row.worked, row.posted_at) == (
        "North",
        timedelta(hours=1),
        datetime(2024, 1, 9, 12, tzinfo=UTC),
    )


def test_no_row_is_made_and_none_gets_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_update, "ROWS_PER_STATEMENT", 2)
    rows = stored(5)
    before = our_rows()
    for row in rows:
        row.host_pk = str(row.pk)

    update_posted(rows, ["host_pk"])

    assert our_rows() == before
    assert all(row.host_pk == str(row.pk) for row in ProcessedAttendance.objects.all())


def test_no_day_is_nothing() -> None:
    update_posted([], ["posting_note"])

    assert not ProcessedAttendance.objects.exists()


def test_hostile_words_and_nothing_at_all_are_kept_as_they_are() -> None:
    rows = stored(3)
    words = ['it\'s 100% \\ "so" %s; -- {x}', "", "\u202e\U0001f600 \n"]
    for row, word in zip(rows, words, strict=True):
        row.posting_note, row.posted_values, row.host_made = word, {word: [word, "1"]}, not word
        row.posting_state, row.posted_at = PostAction.KEPT, None

    update_posted(rows, POSTING)

    found = ProcessedAttendance.objects.order_by("date")
    assert [row.posting_note for row in found] == words
    assert [row.posted_values for row in found] == [{word: [word, "1"]} for word in words]
    assert [row.host_made for row in found] == [False, True, False]
    assert [(row.posting_state, row.posted_at) for row in found] == [(PostAction.KEPT, None)] * 3


def test_a_moment_is_kept_beside_rows_without_one() -> None:
    first, second = stored(2)
    second.posted_at = datetime(2024, 1, 9, 12, 30, 15, 123456, tzinfo=UTC)

    update_posted([first, second], ["posted_at"])

    assert list(ProcessedAttendance.objects.order_by("date").values_list("posted_at", flat=True)) == [
        None,
        second.posted_at,
    ]

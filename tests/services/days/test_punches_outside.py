"""Punches that no shift takes: the person was seen, so the day is no absence, and somebody is told.

Covers: services/display/reasons, domain/display/reasons.
"""

from datetime import timedelta
from typing import Any

import pytest

from attendance_devices.domain.display.reasons import read_reason, stored_reason
from attendance_devices.domain.review.items import ItemKind
from attendance_devices.models import ProcessedAttendance, Shift
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.display.reasons import reason_text
from attendance_devices.services.posting.post import post
from attendance_devices.services.review.inbox.items import inbox
from tests.builders.crm import MONDAY, at, crm_rows, punched
from tests.builders.staff import LONG_AGO, called, gate, known, read, said, spelled, statuses, works

pytestmark = pytest.mark.django_db
CODE = "punches_outside|times=13:30:00, 17:00:00"


def a_morning_shift() -> tuple[Any, Any]:
    """Somebody who should be there from 08:00 to 12:00, an hour before and after, at a gate."""
    where = gate()
    asha = known("7", where)
    works("08:00-12:00")
    Shift.objects.update(margin_before_minutes=60, margin_after_minutes=60)
    derive_pending()
    return where, asha


def test_who_punched_outside_every_window_is_not_absent(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = spelled()
    where, asha = a_morning_shift()
    punched(where, ("7", at("13:30")), ("7", at("17:00")))
    read(where)
    called()
    assert said(asha) == [("no_data", CODE)]
    post(since=MONDAY)
    assert [row for row in crm_rows() if row[1] == MONDAY] == []


def test_who_did_not_punch_is(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = spelled()
    where, asha = a_morning_shift()
    read(where)
    called()
    assert statuses(asha, [MONDAY]) == ["absent"]


def test_punches_of_the_day_before_are_no_presence(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = spelled()
    where, asha = a_morning_shift()
    punched(where, ("7", at("17:00", MONDAY - timedelta(days=1))))
    read(where)
    called()
    assert statuses(asha, [MONDAY]) == ["absent"]


def test_they_stand_in_the_inbox_in_words() -> None:
    where, _ = a_morning_shift()
    punched(where, ("7", at("13:30")), ("7", at("17:00")))
    read(where)
    called()
    (item,) = inbox(limit=None, kinds=[ItemKind.OUTLIER]).items
    assert item.happened == "no shift takes the punches at 13:30:00, 17:00:00."


def test_a_day_that_lacks_its_check_out_names_the_punch_that_no_shift_took() -> None:
    where, asha = a_morning_shift()
    punched(where, ("7", at("08:00")), ("7", at("13:20")))
    read(where)
    called()
    assert said(asha) == [("missing_check_out", "punches_outside|times=13:20:00")]
    (item,) = [one for one in inbox(limit=None, kinds=[ItemKind.MISSING_CHECK]).items if one.date == MONDAY]
    assert "there is no check-out after it. But no shift takes the punches at 13:20:00" in item.happened


def test_a_day_with_both_ends_is_as_it_was() -> None:
    where, asha = a_morning_shift()
    punched(where, ("7", at("08:00")), ("7", at("12:00")), ("7", at("17:00")))
    derive_pending()
    assert said(asha) == [("present", "")]
    assert not ProcessedAttendance.objects.filter(date__gt=LONG_AGO, is_outlier=True).exists()


@pytest.mark.parametrize("text", ["", "sick leave", "Gate silent since 10:42", "punches", "a|b=c"])
def test_a_text_that_is_no_code_is_shown_as_it_is(text: str) -> None:
    assert read_reason(text) is None
    assert reason_text(text) == text


def test_a_code_is_read_back_with_its_parameters() -> None:
    stored = stored_reason("odd_punches", count="3")
    assert read_reason(stored) == ("odd_punches", {"count": "3"})
    assert reason_text(stored) == "3 punches do not make pairs; the last one adds no worked time"

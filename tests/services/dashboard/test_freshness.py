"""The mark of a page: what changes the page changes the mark, and nothing else does."""

from datetime import UTC, timedelta
from itertools import pairwise

import pytest

from attendance_devices.models import Device, ProcessedAttendance
from attendance_devices.services.dashboard.freshness import MAX_ETAG_AGE, is_fresh, make_etag, take_snapshot
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, at, punched
from tests.builders.staff import gate, known, moment, read

pytestmark = pytest.mark.django_db


def seen(clock="10:00:00"):
    return take_snapshot(moment(clock).astimezone(UTC))


@pytest.fixture
def front():
    where = gate("Front")
    known("1", where)
    read(where, until="09:59")
    derive_pending()
    return where


def test_one_question_answers(front, django_assert_num_queries):
    gate("Back")
    with django_assert_num_queries(1):
        seen()


def test_what_did_not_change_is_fresh_for_a_while(front):
    given = make_etag(seen(), ["widget"])
    assert is_fresh(given, seen("10:00:30"), ["widget"])
    assert is_fresh(f"W/{given}", seen("10:01:59"), ["widget"])
    assert not is_fresh(given, seen("10:02:00"), ["widget"])
    assert not is_fresh(given, seen("09:57:00"), ["widget"])


def test_time_alone_ends_it_when_it_was_said_to(front):
    given = make_etag(seen(), [], changes_at=moment("10:00:40").astimezone(UTC))
    assert is_fresh(given, seen("10:00:39"), [])
    assert not is_fresh(given, seen("10:00:40"), [])


@pytest.mark.parametrize("facts", [["other"], [], ["widget", ""]])
def test_another_viewer_or_filter_has_another_mark(front, facts):
    assert not is_fresh(make_etag(seen(), ["widget"]), seen(), facts)


def test_a_new_row_a_changed_one_and_one_that_is_gone_are_seen(front):
    marks = [make_etag(seen(), [])]
    punched(front, ("1", at("09:00")))
    derive_pending()
    marks.append(make_etag(seen(), []))
    punched(front, ("1", at("09:30")))
    derive_pending()
    marks.append(make_etag(seen(), []))
    ProcessedAttendance.objects.filter(date=MONDAY).delete()
    marks.append(make_etag(seen(), []))
    assert all(one != other for one, other in pairwise(marks))


def test_a_terminal_that_falls_silent_or_is_switched_off_is_seen(front):
    given = make_etag(seen(), [])
    read(front, until="09:30")
    assert not is_fresh(given, seen(), [])
    read(front, until="09:59")
    assert is_fresh(given, seen(), [])
    Device.objects.update(name="Gate 1")
    assert not is_fresh(given, seen(), [])
    Device.objects.update(name="Front", is_active=False)
    assert not is_fresh(given, seen(), [])


def test_a_read_without_news_is_no_news_unless_somebody_waits_for_it(front):
    calm, waiting = make_etag(seen(), []), make_etag(seen(), [], waits=True)
    assert is_fresh(waiting, seen(), [])
    read(front, until="10:00")
    assert is_fresh(calm, seen(), [])
    assert not is_fresh(waiting, seen(), [])


@pytest.mark.parametrize(
    "given", ["", "*", '"abc"', '"s1-0"', "s99-" + "0" * 32, '"s' + "9" * 12 + "-" + "0" * 32 + '"', "\0", '"s1', "ü"]
)
def test_what_is_no_mark_of_ours_is_not_fresh(front, given):
    assert not is_fresh(given, seen(), [])


def test_a_mark_of_the_far_future_is_not_believed(front):
    given = make_etag(take_snapshot(moment("10:00:00").astimezone(UTC) + timedelta(days=1)), [])
    assert not is_fresh(given, seen(), [])
    assert not is_fresh(make_etag(take_snapshot(moment("10:00:00").astimezone(UTC) + MAX_ETAG_AGE), []), seen(), [])


def test_a_site_without_terminals_has_a_mark_too(db):
    given = make_etag(seen(), [])
    assert is_fresh(given, seen(), [])
    gate()
    assert not is_fresh(given, seen(), [])

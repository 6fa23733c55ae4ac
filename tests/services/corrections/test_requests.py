"""An employee asks for a correction of a day of his own, and somebody answers."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices import exceptions
from attendance_devices.domain.review.items import Item, ItemKind
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import (
    AuditEntry,
    Correction,
    CorrectionRequest,
    Device,
    ESSLAttendanceLog,
    PendingDay,
    ProcessedAttendance,
    SealedDay,
)
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.corrections import requests
from attendance_devices.services.corrections.correct import void_punch
from attendance_devices.services.corrections.requests import (
    RequestedCorrection,
    decline_request,
    grant_request,
    request_correction,
    withdraw_request,
)
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.review.decide import decide_item, may_decide
from attendance_devices.services.review.inbox.items import find_item, inbox
from tests.builders.crm import ZONE, at, device, employee, host, mapped, nothing_is_written, punched, setting
from tests.builders.day_rules import works

pytestmark = pytest.mark.django_db


class SeesNobody(DeclaredHost):
    """A CRM that shows this viewer nobody."""

    def visible_employees(self, viewer: Any) -> Any:
        return set()


def yesterday() -> date:
    return today() - timedelta(days=1)


@pytest.fixture
def boss() -> Any:
    return get_user_model().objects.create_superuser(username="boss", password="x")


def a_day(*clocks: str, key: str = "7", where: Device | None = None) -> tuple[Device, Any]:
    """Somebody who punched yesterday, derived."""
    gate, asha = where or device(), employee(key, "Asha Nair", username=f"asha{key}")
    mapped(gate, key, asha)
    punched(gate, *[(key, at(clock, yesterday())) for clock in clocks])
    derive_pending()
    return gate, asha


def log_at(clock: str) -> int:
    return ESSLAttendanceLog.objects.get(device_time=at(clock, yesterday())).pk


def leaving(clock: str = "18:00", why: str = "the card was at home") -> RequestedCorrection:
    return RequestedCorrection(kind="add", shown=at(clock, yesterday()), punch_type="out", why=why)


def only() -> Item:
    (item,) = inbox(kinds={ItemKind.REQUEST}).items
    return item


def left(user: Any) -> str:
    found = ProcessedAttendance.objects.get(user=user, date=yesterday()).check_out
    return f"{found.astimezone(ZONE):%H:%M}" if found else ""


def test_what_is_asked_for_waits_in_the_inbox_and_is_granted_with_one_word(boss: Any) -> None:
    gate, asha = a_day("09:00")

    made = request_correction(yesterday(), leaving(), by=asha)

    item = only()
    assert item.key == f"request:{made.pk}"
    assert item.happened == "Asha Nair (asha7) asks to add a check-out at 18:00:00: the card was at home"
    assert [action.verb for action in item.actions] == ["grant", "decline"]
    assert all(may_decide(boss, action) for action in item.actions)
    assert left(asha) == ""

    words = decide_item(item.key, "grant", by=boss)

    assert words.startswith(f"Asha Nair (asha7), {yesterday():%A} {yesterday()}: corrected as it was asked for.")
    assert not PendingDay.objects.exists(), "the day is derived, and nothing waits"
    assert left(asha) == "18:00"
    correction = Correction.objects.get()
    assert (correction.made_by, correction.device, correction.punch_type) == (boss, gate, "out")
    assert correction.why == f"the card was at home (asked for by asha7 on {today()})"
    made.refresh_from_db()
    assert (made.decision, made.decided_by, made.decided_by_name, made.correction) == (
        "granted",
        boss,
        "boss",
        correction,
    )
    assert find_item(item.key) is None, "it closed itself"


def test_a_better_time_may_be_granted(boss: Any) -> None:
    _, asha = a_day("09:00")
    request_correction(yesterday(), leaving(), by=asha)
    decide_item(only().key, "grant", by=boss, at=at("17:30", yesterday()).replace(tzinfo=ZONE))
    assert left(asha) == "17:30"


def test_what_is_declined_leaves_the_day_and_the_answer_is_kept(boss: Any) -> None:
    _, asha = a_day("09:00")
    made = request_correction(yesterday(), leaving(), by=asha)
    with pytest.raises(exceptions.InputMissing), nothing_is_written():
        decide_item(only().key, "decline", by=boss)
    with pytest.raises(exceptions.ReasonMissing):
        decline_request(made.pk, by=boss, answer=" \x00 ")

    decide_item(only().key, "decline", by=boss, why="The camera\nsaw you leave at noon.")

    made.refresh_from_db()
    assert (made.decision, made.answer) == ("declined", "The camera saw you leave at noon.")
    assert (left(asha), Correction.objects.count(), inbox(kinds={ItemKind.REQUEST}).total) == ("", 0, 0)


def test_a_punch_is_asked_away_or_to_another_time(boss: Any) -> None:
    _, asha = a_day("09:00", "12:00", "18:00")
    request_correction(
        yesterday(), RequestedCorrection(kind="void", log=log_at("09:00"), why="a colleague's card"), by=asha
    )
    assert "leave out the punch of 09:00:00 (Gate)" in only().happened
    decide_item(only().key, "grant", by=boss)
    row = ProcessedAttendance.objects.get(user=asha, date=yesterday())
    assert row.check_in is not None and f"{row.check_in.astimezone(ZONE):%H:%M}" == "12:00"

    later = RequestedCorrection(
        kind="change", log=log_at("18:00"), shown=at("19:00", yesterday()), why="the clock was slow"
    )
    request_correction(yesterday(), later, by=asha)
    assert "count the punch of 18:00:00 (Gate) at 19:00:00" in only().happened
    decide_item(only().key, "grant", by=boss)
    assert left(asha) == "19:00"


def test_the_end_of_a_night_is_asked_for_on_the_date_of_its_beginning(boss: Any) -> None:
    gate, asha = device(), employee("7", username="asha")
    mapped(gate, "7", asha)
    works(asha, "Night", "22:00", "06:00", since=today() - timedelta(days=30))
    day = today() - timedelta(days=2)
    punched(gate, ("7", at("22:00", day)))
    derive_pending()

    request_correction(
        day, RequestedCorrection(kind="add", shown=at("06:05", yesterday()), punch_type="out", why="forgot"), by=asha
    )

    assert f"at {yesterday()} 06:05:00" in only().happened
    decide_item(only().key, "grant", by=boss)
    row = ProcessedAttendance.objects.get(user=asha, date=day)
    assert row.check_out == at("06:05", yesterday()).replace(tzinfo=ZONE)


def test_time_is_that_of_the_terminal_s_wall(boss: Any) -> None:
    gate = device(timezone="Asia/Kathmandu")
    _, asha = a_day("09:00", where=gate)
    made = request_correction(yesterday(), leaving(), by=asha)
    assert made.zone == "Asia/Kathmandu"
    decide_item(only().key, "grant", by=boss)
    out = ProcessedAttendance.objects.get(user=asha, date=yesterday()).check_out
    assert out is not None and out.astimezone(gate.zone).time() == time(18)


def test_nobody_asks_about_punches_of_others_or_of_another_day() -> None:
    gate, asha = a_day("09:00")
    omar = employee("8")
    mapped(gate, "8", omar)
    punched(gate, ("8", at("09:30", yesterday())), ("7", at("09:00", yesterday() - timedelta(days=5))))
    foreign, older = log_at("09:30"), ESSLAttendanceLog.objects.order_by("punch_time")[0].pk
    for log in (foreign, older, 0, -1, 10**12, None):
        with pytest.raises(exceptions.RequestInvalid, match="none of that day"), nothing_is_written():
            request_correction(yesterday(), RequestedCorrection(kind="void", log=log, why="x"), by=asha)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (RequestedCorrection(kind="add", why="x"), exceptions.InstantInvalid),
        (RequestedCorrection(kind="drop", why="x"), exceptions.RequestInvalid),
        (RequestedCorrection(kind="add", shown=datetime(2020, 1, 1, 9), why="x"), exceptions.RequestInvalid),
        (RequestedCorrection(kind="add", shown=datetime(1, 1, 1, 9), why="x"), exceptions.InstantInvalid),
        (RequestedCorrection(kind="add", shown=datetime(9999, 12, 31, 23, 59), why="x"), exceptions.InstantInvalid),
        (RequestedCorrection(kind="add", shown=datetime(2090, 1, 1, 9), why="x"), exceptions.InstantInvalid),
        (RequestedCorrection(kind="add", shown=datetime(2024, 1, 8, 9), why=" "), exceptions.ReasonMissing),
        (
            RequestedCorrection(kind="add", shown=datetime(2024, 1, 8, 9), punch_type="lunch", why="x"),
            exceptions.MeaningInvalid,
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    wanted: RequestedCorrection, error: type[Exception]
) -> None:
    _, asha = a_day("09:00")
    with pytest.raises(error) as caught, nothing_is_written():
        request_correction(yesterday(), wanted, by=asha)
    assert caught.value.advice  # type: ignore[attr-defined]


@pytest.mark.parametrize("far", [-93, 1, 400])
def test_only_days_of_the_last_quarter_can_be_asked_about(far: int) -> None:
    _, asha = a_day("09:00")
    day = today() + timedelta(days=far)
    with pytest.raises(exceptions.RequestInvalid, match="last 92 days"):
        request_correction(day, RequestedCorrection(kind="add", shown=at("09:00", day), why="x"), by=asha)


def test_the_same_is_asked_once_and_again_after_an_answer(boss: Any) -> None:
    _, asha = a_day("09:00")
    made = request_correction(yesterday(), leaving(), by=asha)
    with pytest.raises(exceptions.RequestInvalid, match="asked for already"):
        request_correction(yesterday(), leaving(why="once more"), by=asha)
    decline_request(made.pk, by=boss, answer="no")
    request_correction(yesterday(), leaving(), by=asha)
    assert CorrectionRequest.objects.count() == 2


def test_there_is_an_end_to_what_one_person_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_OPEN", 2)
    monkeypatch.setattr(requests, "MOST_A_DAY", 3)
    _, asha = a_day("09:00")
    made = [request_correction(yesterday(), leaving(clock), by=asha) for clock in ("17:00", "17:01")]
    with pytest.raises(exceptions.TooManyRequests, match="2 requests of yours wait"):
        request_correction(yesterday(), leaving("17:02"), by=asha)
    withdraw_request(made[0].pk, by=asha)
    third = request_correction(yesterday(), leaving("17:02"), by=asha)
    withdraw_request(third.pk, by=asha)
    with pytest.raises(exceptions.TooManyRequests, match="3 requests within a day"):
        request_correction(yesterday(), leaving("17:03"), by=asha)
    _, omar = a_day("09:00", key="8", where=Device.objects.get())
    assert request_correction(yesterday(), leaving(), by=omar), "others are not kept from asking"


def test_one_withdraws_one_s_own_request_while_it_is_open(boss: Any) -> None:
    _, asha = a_day("09:00")
    made = request_correction(yesterday(), leaving(), by=asha)
    with pytest.raises(exceptions.RequestInvalid, match="no such request of yours"), nothing_is_written():
        withdraw_request(made.pk, by=boss)

    withdraw_request(made.pk, by=asha)

    assert inbox(kinds={ItemKind.REQUEST}).total == 0
    for late in (
        lambda: withdraw_request(made.pk, by=asha),
        lambda: grant_request(made.pk, by=boss),
        lambda: decline_request(made.pk, by=boss, answer="no"),
        lambda: grant_request(10**9, by=boss),
    ):
        with pytest.raises(exceptions.RequestClosed):
            late()
    with pytest.raises(exceptions.ItemClosed):
        decide_item(f"request:{made.pk}", "grant", by=boss)
    made.refresh_from_db()
    assert (made.decision, made.decided_by, Correction.objects.count()) == ("withdrawn", asha, 0)


def test_who_may_not_correct_may_not_answer() -> None:
    _, asha = a_day("09:00")
    made = request_correction(yesterday(), leaving(), by=asha)
    with pytest.raises(exceptions.CorrectionForbidden), nothing_is_written():
        grant_request(made.pk, by=asha)
    with pytest.raises(exceptions.CorrectionForbidden), nothing_is_written():
        decline_request(made.pk, by=asha, answer="no")
    with pytest.raises(exceptions.ActionNotAllowed):
        decide_item(only().key, "grant", by=asha)
    asha.user_permissions.add(Permission.objects.get(codename="add_correction"))
    asha = get_user_model().objects.get(pk=asha.pk)
    assert all(may_decide(asha, action) for action in only().actions)


def test_a_correction_that_is_refused_leaves_the_request_open(boss: Any) -> None:
    _, asha = a_day("09:00", "18:00")
    made = request_correction(yesterday(), RequestedCorrection(kind="void", log=log_at("09:00"), why="not me"), by=asha)
    void_punch(log_at("09:00"), by=boss, why="a test")

    with pytest.raises(exceptions.AlreadyCorrected):
        decide_item(f"request:{made.pk}", "grant", by=boss)

    made.refresh_from_db()
    assert (made.decision, made.decided_at) == ("", None)
    decline_request(made.pk, by=boss, answer="done already")


def test_a_punch_that_was_corrected_is_not_asked_about(boss: Any) -> None:
    _, asha = a_day("09:00", "18:00")
    void_punch(log_at("09:00"), by=boss, why="a test")
    with pytest.raises(exceptions.RequestInvalid, match="was corrected before"):
        request_correction(yesterday(), RequestedCorrection(kind="void", log=log_at("09:00"), why="not me"), by=asha)


def test_a_change_that_changes_nothing_is_not_asked_for() -> None:
    _, asha = a_day("09:00", "18:00")
    with pytest.raises(exceptions.NothingToCorrect):
        request_correction(yesterday(), RequestedCorrection(kind="change", log=log_at("09:00"), why="x"), by=asha)


def test_a_sealed_day_is_told_at_once_and_a_request_outlives_its_punch(boss: Any) -> None:
    _, asha = a_day("09:00", "18:00")
    made = request_correction(yesterday(), RequestedCorrection(kind="void", log=log_at("09:00"), why="not me"), by=asha)
    ESSLAttendanceLog.objects.filter(pk=made.log_id).delete()
    SealedDay.objects.create(user=asha, date=yesterday(), at=datetime.now(UTC))
    with pytest.raises(exceptions.DaySealed):
        request_correction(yesterday(), leaving(), by=asha)

    assert "leave out the punch of 09:00:00 (Gate)" in only().happened
    with pytest.raises(exceptions.NothingToCorrect, match="no longer kept"):
        decide_item(only().key, "grant", by=boss)
    decide_item(only().key, "decline", by=boss, why="too late")


def test_asking_and_withdrawing_leave_a_trail() -> None:
    _, asha = a_day("09:00")
    made = request_correction(yesterday(), leaving(), by=asha)
    withdraw_request(made.pk, by=asha)
    entries = AuditEntry.objects.order_by("pk").values_list("verb", "by_name", "subject", "words")
    words = "add a check-out at 18:00:00: the card was at home"
    assert list(entries) == [
        ("ask for a correction", "asha7", f"asha7, {yesterday()}", words),
        ("withdraw a request", "asha7", f"asha7, {yesterday()}", words),
    ]


def test_what_strangers_write_is_one_line_without_what_a_screen_obeys() -> None:
    _, asha = a_day("09:00")
    made = request_correction(yesterday(), leaving(why="a\x1b[31m\n\u202eb" + "x" * 2_000), by=asha)
    assert made.why.startswith("a [31m b") and len(made.why) == 1_000
    made.refresh_from_db()
    assert str(made) == f"{made.pk} add {yesterday()} open"


def test_requests_of_people_whom_a_viewer_may_not_see_are_not_there(boss: Any, settings: Any) -> None:
    _, asha = a_day("09:00")
    made = request_correction(yesterday(), leaving(), by=asha)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(SeesNobody))
    scope = scope_of(boss)
    assert inbox(kinds={ItemKind.REQUEST}, scope=scope).counts == {ItemKind.REQUEST: 0}
    assert find_item(f"request:{made.pk}", scope) is None
    with pytest.raises(exceptions.ItemClosed):
        decide_item(f"request:{made.pk}", "grant", by=boss)
    made.refresh_from_db()
    assert made.decision == ""


def test_listing_takes_the_same_queries_however_many_wait() -> None:
    gate, asha = a_day("09:00")
    request_correction(yesterday(), leaving("17:00"), by=asha)
    with CaptureQueriesContext(connection) as few:
        inbox(kinds={ItemKind.REQUEST})
    for key in ("8", "9"):
        _, other = a_day("09:00", key=key, where=gate)
        for clock in ("17:01", "17:02"):
            request_correction(yesterday(), leaving(clock), by=other)
    with CaptureQueriesContext(connection) as many:
        found = inbox(kinds={ItemKind.REQUEST}, limit=2)
    assert (len(found.items), found.counts[ItemKind.REQUEST]) == (2, 5)
    assert len(many) == len(few)

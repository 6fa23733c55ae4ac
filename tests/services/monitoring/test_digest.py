"""Outliers are mailed once for a cause, and a digest tells what waits for a person."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.review.items import Item, ItemKind
from attendance_devices.models import Notice, ProcessedAttendance, QuarantinedRecord
from attendance_devices.services.monitoring.digest import send_digest, send_outlier_alerts
from attendance_devices.services.review.inbox.items import inbox
from attendance_devices.services.scheduling.cron import run_once_by_cron
from tests.builders.crm import ZONE, at, device, employee, mapped, punched, setting, statements
from tests.builders.day_rules import works
from tests.builders.inbox import day_of, seen_before
from tests.builders.mail_server import Meanwhile, OnStrike, backend

pytestmark = pytest.mark.django_db
Outbox = list[EmailMultiAlternatives]
MAILS = {"OUTLIER_EMAIL_NOTIFICATIONS": True, "OUTLIER_EMAIL_RECIPIENTS": ["hr@example.com", "boss@example.com"]}


@pytest.fixture(autouse=True)
def mails_are_on(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(**MAILS)


def today() -> date:
    return datetime.now(ZONE).date()


def outlier(
    user: Any = None, *, age: int = 1, reason: str = "check-in 4:00:00 before the start"
) -> ProcessedAttendance:
    """A day of so many days ago that is beyond a limit."""
    user = user or employee("7", "Asha Nair", username="asha")
    return day_of(user, today() - timedelta(days=age), is_outlier=True, outlier_reasons=[reason], device_name="Gate")


def item() -> Item:
    (found,) = inbox(kinds={ItemKind.OUTLIER}).items
    return found


def body(letter: EmailMultiAlternatives) -> str:
    html, _ = letter.alternatives[0]
    text = str(letter.body)
    assert "Asha Nair" not in text or "Asha Nair" in str(html), "both say the same"
    return text


def test_an_outlier_is_mailed_once_and_again_when_its_cause_changes(mailoutbox: Outbox) -> None:
    row = outlier()
    device(timezone="Asia/Kolkata")

    assert [send_outlier_alerts(), send_outlier_alerts()] == [1, 0]
    row.worked = timedelta(hours=3)
    row.save()
    assert send_outlier_alerts() == 0
    row.outlier_reasons = ["too long"]
    row.save()
    assert send_outlier_alerts() == 1

    first, second = mailoutbox
    assert first.to == MAILS["OUTLIER_EMAIL_RECIPIENTS"]
    assert first.subject == f"Attendance: outlier, {item().subject}"
    assert "check-in 4:00:00 before the start." in body(first)
    assert "Times are those of Asia/Kolkata." in body(first)
    assert "If nobody acts: The day counts as it is" in body(first)
    assert "too long." in body(second)


def test_the_row_may_be_derived_anew_and_is_not_told_again(mailoutbox: Outbox) -> None:
    user = outlier().user
    send_outlier_alerts()
    ProcessedAttendance.objects.all().delete()
    outlier(user)

    assert send_outlier_alerts() == 0


def test_what_a_person_found_right_and_what_is_long_past_is_not_told(mailoutbox: Outbox) -> None:
    outlier(age=8)
    row = outlier(employee("8"))
    (newest,) = [one for one in inbox(kinds={ItemKind.OUTLIER}).items if one.date == row.date]
    seen_before(newest)

    assert send_outlier_alerts() == 0
    assert mailoutbox == []


def test_many_at_once_are_one_mail(mailoutbox: Outbox) -> None:
    for number in range(30):
        outlier(employee(f"{number}"))

    assert [send_outlier_alerts(), send_outlier_alerts()] == [30, 0]

    (letter,) = mailoutbox
    assert letter.subject == "Attendance: 30 new outliers"
    assert "30 days are beyond a limit of their shifts." in body(letter)
    assert body(letter).count("- employee-") == 25
    assert "5 more are not described here." in body(letter)


@pytest.mark.parametrize(
    "keys",
    [{"OUTLIER_EMAIL_NOTIFICATIONS": False}, {"OUTLIER_EMAIL_RECIPIENTS": []}],
    ids=["switched off", "to nobody"],
)
def test_where_nobody_is_to_be_mailed_nothing_is_asked(settings: Any, mailoutbox: Outbox, keys: dict[str, Any]) -> None:
    settings.ATTENDANCE_DEVICES = setting(**MAILS | keys)
    outlier()

    with CaptureQueriesContext(connection) as queries:
        assert (send_outlier_alerts(), send_digest()) == (0, 0)

    assert (len(queries), mailoutbox) == (0, [])


def test_a_mail_server_that_is_away_is_tried_again(settings: Any, mailoutbox: Outbox) -> None:
    outlier()
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, backend(OnStrike)
    for verb in (send_outlier_alerts, send_digest):
        with pytest.raises(ConnectionRefusedError):
            verb()
    assert set(Notice.objects.values_list("claim", "cause")) == {("", "")}
    settings.EMAIL_BACKEND = usual

    assert (send_outlier_alerts(), send_digest()) == (1, 1)


@pytest.mark.parametrize("verb", [send_outlier_alerts, send_digest])
def test_of_two_at_once_one_tells(
    settings: Any, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch, verb: Any
) -> None:
    outlier()
    settings.EMAIL_BACKEND = backend(Meanwhile)
    others: list[int] = []
    monkeypatch.setattr(Meanwhile, "does", lambda: others.append(verb()), raising=False)

    assert (verb(), others, len(mailoutbox)) == (1, [0], 1)


def test_one_that_was_told_by_another_meanwhile_is_not_told_twice(
    mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlier()
    real = Notice.objects.bulk_create

    def slowly(rows: Any, **more: Any) -> Any:
        made = real(rows, **more)
        Notice.objects.update(cause=item().cause)
        return made

    monkeypatch.setattr(Notice.objects, "bulk_create", slowly)

    assert (send_outlier_alerts(), mailoutbox) == (0, [])


def test_a_round_mails_the_outliers_that_it_derives(mailoutbox: Outbox) -> None:
    gate, asha = device(), employee("7", "Asha Nair", username="asha")
    works(asha, "day", "09:00", "17:00", outlier_in_early_minutes=60, weekdays="0123456")
    mapped(gate, "7", asha)
    yesterday = today() - timedelta(days=1)
    punched(gate, ("7", at("05:00", yesterday)), ("7", at("17:00", yesterday)))

    for _ in range(2):
        run_once_by_cron([], fetch=True, map_people=False, create=False, since=yesterday)

    (letter,) = mailoutbox
    assert "Asha Nair (asha)" in letter.subject


def test_the_digest_tells_what_waits_with_counts_of_the_rest(mailoutbox: Outbox) -> None:
    gate, now = device(), datetime.now(UTC)
    outlier()
    for number in range(27):
        QuarantinedRecord.objects.create(
            device=gate, raw=b"\xff", digest=f"{number}", reason="no <date>", received_at=now
        )

    assert send_digest() == 28

    (letter,) = mailoutbox
    assert letter.subject == "Attendance: 28 items wait for a person"
    text = body(letter)
    assert "28 items wait for a person on " in text and f"({ZONE.key})" in text
    assert "Unreadable records: 27" in text and "Outliers: 1" in text
    assert text.count("sent what could not be read: no <date>.") == 25
    assert "2 more are not described here." in text
    assert "Suspicious clocks" not in text
    assert "no &lt;date&gt;" in str(letter.alternatives[0][0])


def test_an_empty_inbox_and_one_that_did_not_change_send_nothing(mailoutbox: Outbox) -> None:
    assert send_digest() == 0
    row = outlier()
    assert [send_digest(), send_digest()] == [1, 0]
    outlier(employee("8"))
    assert send_digest() == 2
    row.delete()
    assert send_digest() == 1
    ProcessedAttendance.objects.all().delete()
    assert send_digest() == 0
    assert len(mailoutbox) == 3


def test_what_happened_before_is_counted_and_not_described(mailoutbox: Outbox) -> None:
    gate, now = device(), datetime.now(UTC)
    for number, age in enumerate((1, 40)):
        received = now - timedelta(hours=age)
        QuarantinedRecord.objects.create(
            device=gate, raw=b"x", digest=f"{number}", reason=f"age {age}", received_at=received
        )

    assert send_digest(since=now - timedelta(hours=24)) == 2

    text = body(mailoutbox[0])
    assert "age 1." in text and "age 40." not in text
    assert "1 more is not described here." in text


def test_a_missing_check_is_described_when_it_becomes_an_item(mailoutbox: Outbox) -> None:
    for age in (2, 9):
        day_of(employee(f"{age}", f"Aged {age}"), today() - timedelta(days=age), status="missing_check_out")

    assert send_digest(since=datetime.now(UTC) - timedelta(days=1)) == 2

    assert "Aged 2" in body(mailoutbox[0]) and "Aged 9" not in body(mailoutbox[0])


def test_a_name_cannot_write_headers_or_html(mailoutbox: Outbox) -> None:
    outlier(employee("7", "Asha\r\nBcc:x@example.com <b>", username="asha"))

    send_outlier_alerts()

    letter = mailoutbox[0].message()
    assert letter["Bcc"] is None and "<b>" in str(letter["Subject"])
    assert "<b>" not in str(mailoutbox[0].alternatives[0][0])


def test_two_hundred_outliers_cost_the_queries_of_two(mailoutbox: Outbox) -> None:
    costs = []
    for amount in (2, 198):
        for number in range(amount):
            outlier(employee(f"{amount}-{number}"))
        with CaptureQueriesContext(connection) as queries:
            assert send_outlier_alerts() == amount
        with CaptureQueriesContext(connection) as again:
            assert send_outlier_alerts() == 0
        costs.append((statements(queries), statements(again)))

    assert costs[0] == costs[1]
    assert costs[0][0] <= 12 and costs[0][1] <= 6

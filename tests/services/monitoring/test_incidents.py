"""Incidents are opened and closed from what is stored, and mailed once when one begins and once at its end."""

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from attendance_devices.models import Device, Heartbeat, Incident, SyncRun
from attendance_devices.services.monitoring import incidents
from attendance_devices.services.monitoring.incidents import IncidentChanges, update_incidents
from attendance_devices.services.scheduling.cron import run_once_by_cron
from tests.builders.crm import MONDAY, device, on_the_wall, people, setting, statements, terminal, unplugged
from tests.builders.mail_server import Meanwhile, OnStrike, backend, post_office

pytestmark = pytest.mark.django_db
Outbox = list[EmailMultiAlternatives]
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HERE = "Asia/Kolkata"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def somebody_reads_mails(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(DEVICE_EMAIL_RECIPIENTS=["it@example.com"])


def gate(name: str = "Gate", **facts: Any) -> Device:
    return device(name, **{"last_seen": NOW - MINUTE, "timezone": HERE} | facts)


def down(name: str = "Gate", **facts: Any) -> Device:
    return gate(name, **{"failures": 3, "last_error": "Gate: no answer. Check the cable."} | facts)


def well(*, after: int, **facts: Any) -> IncidentChanges:
    """Every terminal answers, so many minutes later, and somebody looks."""
    now = NOW + after * MINUTE
    Device.objects.update(**{"failures": 0, "last_error": "", "last_seen": now} | facts)
    return update_incidents(now)


def polls(*minutes: int) -> None:
    """Runs of some terminal, so many minutes before now."""
    some = Device.objects.first()
    SyncRun.objects.bulk_create([SyncRun(device=some, started_at=NOW - ago * MINUTE) for ago in minutes])


def bodies(letter: EmailMultiAlternatives) -> tuple[str, str]:
    (html, kind) = letter.alternatives[0]
    assert kind == "text/html"
    return str(letter.body), str(html)


def test_a_terminal_that_goes_and_comes_back_is_one_incident_and_two_mails(mailoutbox: Outbox) -> None:
    down(office="Lahore")

    looks = [update_incidents(NOW), update_incidents(NOW + MINUTE)]
    assert [(len(look.opened), look.told) for look in looks] == [(1, 1), (0, 0)]
    later = [well(after=10), well(after=15), well(after=20), well(after=25)]

    assert [(len(look.closed), look.told) for look in later] == [(0, 0), (0, 0), (1, 1), (0, 0)]
    incident = Incident.objects.get()
    assert (incident.opened_at, incident.closed_at, incident.open_key) == (NOW, NOW + 20 * MINUTE, None)
    assert (incident.told_at, incident.ended_told_at) == (NOW, NOW + 20 * MINUTE)
    begun, over = mailoutbox
    assert (begun.subject, begun.to) == ("Attendance: Gate does not answer", ["it@example.com"])
    assert over.subject == "Attendance: Gate answers again"
    for text in bodies(begun):
        assert "Gate (Lahore)" in text
        assert "Since Monday 4 May 2026, 17:30 (Asia/Kolkata)" in text
        assert "Found: 3 reads in a row failed, last answer 1 min ago. Gate: no answer. Check the cable." in text
    for text in bodies(over):
        assert "It lasted from Monday 4 May 2026, 17:30 to Monday 4 May 2026, 17:40 (Asia/Kolkata)" in text
    assert begun.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_terminal_that_fails_again_before_the_calm_is_over_stays_one_incident(mailoutbox: Outbox) -> None:
    down()
    update_incidents(NOW)
    for minutes in range(5, 60, 10):
        well(after=minutes)
        well(after=minutes + 5, failures=1)

    assert [row.closed_at for row in Incident.objects.all()] == [None]
    assert len(mailoutbox) == 1


def test_a_full_log_and_a_wrong_clock_end_with_a_margin(mailoutbox: Outbox) -> None:
    off = timedelta(minutes=5)
    gate(record_count=95, record_capacity=100, clock_drift=off)
    update_incidents(NOW)
    for minutes in (1, 12):
        well(after=minutes, record_count=88, clock_drift=timedelta(seconds=50))
    assert Incident.objects.filter(closed_at__isnull=True).count() == 2
    for minutes in (13, 24):
        well(after=minutes, record_count=10, clock_drift=timedelta(seconds=-20))

    assert not Incident.objects.filter(closed_at__isnull=True).exists()
    assert [letter.subject for letter in mailoutbox] == ["Attendance: 2 incidents", "Attendance: 2 incidents over"]
    text, html = bodies(mailoutbox[0])
    for said in ("Gate is nearly full", "95 of 100 records", "Gate has a wrong clock", "5 min ahead"):
        assert said in text and said in html


def test_a_terminal_that_nobody_reads_while_others_are_is_down() -> None:
    gate("Read")
    silent = gate("Forgotten", last_seen=NOW - 120 * MINUTE)
    polls(50, 20, 1)

    (opened,) = update_incidents(NOW).opened

    assert (opened.device, opened.kind) == (silent, "down")
    assert opened.note == "not read any more, last answer 2 h ago"


def test_when_nobody_reads_any_terminal_that_is_one_incident_of_the_site(mailoutbox: Outbox) -> None:
    for number in range(5):
        gate(f"Gate {number}", last_seen=NOW - timedelta(days=2))
    polls(3 * 24 * 60)

    update_incidents(NOW)

    incident = Incident.objects.get()
    assert (incident.kind, incident.device) == ("standstill", None)
    assert [letter.subject for letter in mailoutbox] == ["Attendance: no terminal is read any more"]
    assert "a terminal was last read 2 days ago" in bodies(mailoutbox[0])[0]


def test_right_after_a_stop_no_terminal_is_blamed_for_having_been_silent() -> None:
    gate("First", last_seen=NOW)
    for number in range(5):
        gate(f"Gate {number}", last_seen=NOW - timedelta(days=2))
    polls(3 * 24 * 60, 1)

    assert update_incidents(NOW).opened == []


def test_the_clockwork_has_a_say_where_there_is_one() -> None:
    gate()
    polls(1)
    Heartbeat.objects.create(name="tick", at=NOW - 20 * MINUTE)

    (opened,) = update_incidents(NOW).opened

    assert (opened.kind, opened.note) == ("standstill", "the clockwork last ran 20 min ago")


def test_a_terminal_that_is_switched_off_is_not_watched_any_more(mailoutbox: Outbox) -> None:
    down()
    update_incidents(NOW)
    Device.objects.update(is_active=False)

    (closed,) = update_incidents(NOW + MINUTE).closed

    assert closed.end_note
    assert mailoutbox[-1].subject == "Attendance: Gate is not watched any more"
    assert update_incidents(NOW + 2 * MINUTE) == IncidentChanges(opened=[], closed=[], told=0, errors=[])


def test_a_mail_server_that_is_away_stops_nothing_and_the_next_look_tells(settings: Any, mailoutbox: Outbox) -> None:
    down()
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, backend(OnStrike)

    look = update_incidents(NOW)

    assert (len(look.opened), look.told) == (1, 0)
    assert "the post office is closed" in look.errors[0]
    assert list(Incident.objects.values_list("told_at", "claim", "claimed_at")) == [(None, "", None)]
    settings.EMAIL_BACKEND = usual
    assert [update_incidents(NOW + MINUTE).told, update_incidents(NOW + MINUTE).told] == [1, 0]
    assert len(mailoutbox) == 1


def test_an_incident_that_was_over_before_it_could_be_told_is_told_as_that(settings: Any, mailoutbox: Outbox) -> None:
    down()
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, backend(OnStrike)
    update_incidents(NOW)
    well(after=1)
    well(after=12)
    settings.EMAIL_BACKEND = usual

    well(after=13)

    assert [letter.subject for letter in mailoutbox] == ["Attendance: Gate answers again"]
    incident = Incident.objects.get()
    assert incident.told_at and incident.ended_told_at


def test_a_process_killed_between_claim_and_mail_loses_no_mail(mailoutbox: Outbox) -> None:
    down()
    update_incidents(NOW)
    real = datetime.now(UTC)
    Incident.objects.update(told_at=None, claim="killed", claimed_at=real - 9 * MINUTE)
    assert update_incidents(NOW).told == 0, "it may still be at it"

    Incident.objects.update(claimed_at=real - 11 * MINUTE)

    assert update_incidents(NOW).told == 1
    Incident.objects.update(told_at=None, claim="a clock that was wrong", claimed_at=real + timedelta(days=365))
    assert update_incidents(NOW).told == 1
    assert len(mailoutbox) == 3


def test_of_two_at_once_one_tells(settings: Any, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    down()
    settings.EMAIL_BACKEND = backend(Meanwhile)
    others: list[IncidentChanges] = []
    monkeypatch.setattr(Meanwhile, "does", lambda: others.append(update_incidents(NOW)), raising=False)

    assert update_incidents(NOW).told == 1

    assert [other.told for other in others] == [0]
    assert len(mailoutbox) == 1


def test_one_that_ends_while_its_beginning_is_mailed_has_its_end_told_too(
    settings: Any, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    down()
    settings.EMAIL_BACKEND = backend(Meanwhile)
    ends = {"closed_at": NOW, "open_key": None}
    monkeypatch.setattr(Meanwhile, "does", lambda: Incident.objects.update(**ends), raising=False)
    update_incidents(NOW)
    Device.objects.update(failures=0)

    update_incidents(NOW + MINUTE)

    assert [letter.subject for letter in mailoutbox] == [
        "Attendance: Gate does not answer",
        "Attendance: Gate answers again",
    ]


def test_two_cannot_stand_for_one_terminal_and_kind_and_of_two_at_once_one_opens(
    monkeypatch: pytest.MonkeyPatch, mailoutbox: Outbox
) -> None:
    where = down()
    key = f"down:{where.pk}"

    def faster(*args: Any) -> None:
        Incident.objects.create(device=where, kind="down", opened_at=NOW, open_key=key)

    monkeypatch.setattr(incidents, "_move", faster)
    with transaction.atomic():
        look = update_incidents(NOW)
    assert look.opened == []
    assert look.errors == []

    faster()
    with pytest.raises(IntegrityError), transaction.atomic():
        faster()


@pytest.mark.parametrize(
    ("keys", "admins", "expected"),
    [
        ({}, [("Ann", "ann@example.com")], ["ann@example.com"]),
        ({}, ["ben@example.com"], ["ben@example.com"]),
        ({}, [], None),
        ({"DEVICE_EMAIL_RECIPIENTS": []}, [("Ann", "ann@example.com")], None),
    ],
    ids=["the admins", "admins of Django 6", "no admins", "nobody on purpose"],
)
def test_who_is_mailed(
    settings: Any, mailoutbox: Outbox, keys: dict[str, Any], admins: list[Any], expected: list[str] | None
) -> None:
    settings.ATTENDANCE_DEVICES = {"DEVICE_EMAIL_RECIPIENTS": None, **keys}
    settings.ADMINS = admins
    down()

    update_incidents(NOW)

    assert [letter.to for letter in mailoutbox] == ([expected] if expected else [])
    assert Incident.objects.get().told_at == NOW, "nobody is told of it years later, when mails are switched on"


def test_the_language_is_that_of_the_site_whoever_runs_it(settings: Any, mailoutbox: Outbox) -> None:
    settings.LANGUAGE_CODE = "de"
    down()

    with translation.override("fr"):
        update_incidents(NOW)
        assert translation.get_language() == "fr"

    text, html = bodies(mailoutbox[0])
    assert "Montag 4 Mai 2026" in text
    assert '<html lang="de" dir="ltr">' in html


def test_nothing_that_a_terminal_is_called_gets_into_the_headers_or_the_page(mailoutbox: Outbox) -> None:
    down("Gate\r\nBcc: thief@example.com\n<script>", last_error="<b>bad</b>")

    update_incidents(NOW)

    letter = mailoutbox[0].message()
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Attendance: Gate Bcc: thief@example.com <script> does not answer"
    text, html = bodies(mailoutbox[0])
    assert "<script>" in text and "<script>" not in html
    assert "&lt;b&gt;bad&lt;/b&gt;" in html and "<b>bad</b>" in text


def test_a_real_mail_server_takes_text_and_html(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "crm@example.com"
    down("Tor Süd")
    with post_office() as (port, box):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        assert update_incidents(NOW).told == 1
    settings.EMAIL_PORT = port
    Incident.objects.update(told_at=None)
    assert update_incidents(NOW).errors, "and one that is gone is told as that"

    (letter,) = box.letters
    assert (letter["From"], box.receivers) == ("crm@example.com", [["it@example.com"]])
    assert letter["Subject"] == "Attendance: Tor Süd does not answer"
    kinds = [part.get_content_type() for part in letter.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert "Tor Süd does not answer" in letter.get_body(("plain",)).get_content()


def test_a_mail_server_that_takes_the_call_and_says_nothing_is_given_up(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 0.2
    down()
    with socket.create_server(("127.0.0.1", 0)) as dumb:
        settings.EMAIL_HOST, settings.EMAIL_PORT = dumb.getsockname()
        look = update_incidents(NOW)

    assert (len(look.opened), look.told, len(look.errors)) == (1, 0, 1)
    assert Incident.objects.get().claimed_at is None


def test_a_round_looks_after_the_terminals(mailoutbox: Outbox) -> None:
    dead = unplugged()
    with on_the_wall(terminal(people(("7", "")))) as alive:
        for _ in range(3):
            run_once_by_cron([dead, alive], fetch=True, map_people=False, create=False, since=MONDAY)

    assert [(row.device, row.kind) for row in Incident.objects.all()] == [(dead, "down")]
    assert len(mailoutbox) == 1


def test_forty_terminals_cost_the_queries_of_two(mailoutbox: Outbox) -> None:
    costs = []
    for amount in (2, 38):
        for number in range(amount):
            down(f"Gate {amount} {number}", record_count=99, record_capacity=100)
        cache.clear()
        spent = []
        for minutes in (0, 1):
            with CaptureQueriesContext(connection) as queries:
                update_incidents(NOW + minutes * MINUTE)
            spent.append(statements(queries))
        costs.append(spent)

    assert costs[0] == costs[1], "to open them all, and to find nothing new"
    assert costs[0][0] <= 20 and costs[0][1] <= 11
    assert len(mailoutbox) == 2

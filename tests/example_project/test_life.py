"""While the demo serves: who punches since is read, and nothing else happens."""

import time
from datetime import date, datetime, timedelta

import pytest
from django.core.management import CommandError

from example_project.demo import life, punches
from example_project.demo.terminals import MAKES, Running, Terminal, users

START, EVENING = date(2026, 11, 16), datetime(2026, 11, 20, 17, 30)
# The thread closes its own connection; it opens none here.
pytestmark = pytest.mark.django_db


@pytest.fixture
def running():
    make = MAKES[0]
    log = punches.log(make.office, START, EVENING)
    terminal = Terminal(profile=make.profile, users=users(make), punches=log)
    return Running(make=make, terminal=terminal, host="", port=0, upto=EVENING)


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(life, "SECONDS", 0.01)
    monkeypatch.setattr(life, "sync", lambda report, start: made.append((report, start)))
    return made


def live(running, report, until):
    thread = life.Life([running], START, report)
    thread.start()
    deadline = time.monotonic() + 10
    while not until() and time.monotonic() < deadline:
        time.sleep(0.01)
    thread.end()
    assert not thread.is_alive()


def test_people_punch_at_their_times_and_are_read(running, calls, monkeypatch, tmp_path):
    before = running.terminal.record_count
    monkeypatch.setattr(life, "now", lambda: EVENING + timedelta(hours=2))
    live(running, tmp_path / "report", lambda: calls)
    assert running.terminal.record_count > before + 5
    assert calls == [(tmp_path / "report", START)]


def test_nothing_is_read_when_nobody_punched(running, calls, monkeypatch, tmp_path):
    looked = []
    monkeypatch.setattr(life, "now", lambda: looked.append(1) or EVENING)
    live(running, tmp_path / "report", lambda: len(looked) > 3)
    assert calls == []


def test_a_read_that_fails_is_noted_and_life_goes_on(running, monkeypatch, tmp_path):
    moments = [EVENING + timedelta(minutes=minutes) for minutes in (40, 60, 80)]
    failed = []

    def fail(report, start):
        failed.append(1)
        message = "Bootcamp: no answer"
        raise CommandError(message)

    monkeypatch.setattr(life, "SECONDS", 0.01)
    monkeypatch.setattr(life, "now", lambda: moments.pop(0) if len(moments) > 1 else moments[0])
    monkeypatch.setattr(life, "sync", fail)
    live(running, tmp_path / "report", lambda: len(failed) > 1)
    assert (tmp_path / "report").read_text().count("Bootcamp: no answer") == len(failed) > 1

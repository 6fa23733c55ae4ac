"""The trail: who, what, when and how it ended, whatever becomes of the user and the terminal."""

import getpass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from attendance_devices.models import AuditEntry
from attendance_devices.services.access.audit_log import actor_name, note, start_entry
from tests.builders.crm import device

pytestmark = pytest.mark.django_db


def test_an_entry_keeps_the_names_of_a_user_and_a_terminal_that_are_gone() -> None:
    boss, gate = get_user_model().objects.create_user(username="boss", password="x"), device("Gate 1")
    note("clear_log", by=boss, device=gate, words="done", details={"records": 7})
    boss.delete()
    gate.delete()

    entry = AuditEntry.objects.get()
    assert (entry.by, entry.by_name, entry.device, entry.device_name) == (None, "boss", None, "Gate 1")
    assert (entry.verb, entry.outcome, entry.words, entry.details) == ("clear_log", "done", "done", {"records": 7})
    assert abs(entry.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert str(entry) == "clear_log done: Gate 1"


def test_what_is_no_terminal_is_a_subject_and_a_long_one_is_cut() -> None:
    entry = note("assign", subject="x" * 300)
    entry.refresh_from_db()
    assert (len(entry.subject), entry.device, entry.device_name) == (254, None, "")


def test_without_a_user_it_is_the_account_of_the_process() -> None:
    assert actor_name(None) == f"{getpass.getuser()} (manage.py)"


def test_an_account_without_a_name_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert actor_name(None) == "manage.py"


def test_a_beginning_refuses_to_be_part_of_a_transaction_that_may_be_undone(transactional_db: Any) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        start_entry("clear_log")
    assert start_entry("clear_log").outcome == "begun"

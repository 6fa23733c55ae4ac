"""``clean_up`` as a person runs it."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.domain.punches.retention import HeldBack
from attendance_devices.management.output.clean_up import WHY
from attendance_devices.models import PendingDay
from tests.builders.crm import MONDAY, days, nothing_is_written, setting
from tests.builders.old_days import TUESDAY, came, kept, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=30)


def said(*options: str) -> str:
    out = StringIO()
    call_command("clean_up", *options, stdout=out)
    return out.getvalue()


def test_a_dry_run_says_what_would_go_and_writes_nothing() -> None:
    worked(MONDAY)

    with nothing_is_written():
        lines = said("--dry-run").splitlines()

    assert lines == [
        "Runs: 0 rows of the history would be deleted",
        "Punches: 2 punches of 1 day would be deleted, and 0 punches of ignored users; kept are 30 days",
        "Dry run: nothing was written.",
    ]
    assert len(kept()) == 2


def test_it_says_what_went_and_what_was_held_back_of_whom() -> None:
    gate, asha = worked(MONDAY, *days(2, TUESDAY + (TUESDAY - MONDAY) * 8))
    came(gate, "9", MONDAY)
    PendingDay.objects.create(user=asha, date=MONDAY)

    lines = said().splitlines()

    assert "4 punches of 2 days deleted" in lines[1]
    assert lines[2] == f"Held back: 2 punches: {WHY[HeldBack.PENDING]}"
    assert lines[3] == f"  {asha.username}, {MONDAY}: {MONDAY} waits to be derived"
    assert lines[4] == f"Held back: 2 punches: {WHY[HeldBack.UNMAPPED]}"
    assert lines[5] == f"  {MONDAY}: user 9 of Gate"


def test_machines_are_told_the_same() -> None:
    worked(MONDAY)

    rehearsed, done = json.loads(said("--dry-run", "--format", "json")), json.loads(said("--format", "json"))

    assert (rehearsed.pop("dry_run"), done.pop("dry_run")) == (True, False)
    assert rehearsed == done
    assert (done["punches"], done["days"], done["held"], done["errors"]) == (2, 1, {}, [])


def test_where_everything_is_kept_it_says_so(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=0)

    assert "Punches: all are kept (KEEP_PUNCHES_DAYS is 0)" in said()


def test_a_part_that_fails_ends_with_one_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("attendance_devices.services.retention.clean_up.judge_days", broken)
    worked(MONDAY)
    out = StringIO()

    with pytest.raises(CommandError, match="A part failed") as failed:
        call_command("clean_up", stdout=out)

    assert failed.value.returncode == 1
    assert "FAILED the punches of employees: unexpected OSError: the disk is full" in out.getvalue()


@pytest.mark.parametrize("value", [-1, 1.5, "30", True, 36_501])
def test_a_number_of_days_that_is_none_is_wrong_usage(settings: Any, value: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=value)

    with pytest.raises(CommandError, match="KEEP_PUNCHES_DAYS") as failed:
        said()

    assert failed.value.returncode == 2


def test_every_reason_has_words() -> None:
    assert set(WHY) == set(HeldBack)

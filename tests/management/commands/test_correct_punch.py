"""``correct_punch`` as a person runs it, and what ``explain_day`` says then."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from attendance_devices.models import Correction, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, ZONE, at, device, employee, mapped, punched

pytestmark = pytest.mark.django_db
DAY = str(MONDAY)
SAYS = ("--by", "boss", "--why", "forgot the card")


@pytest.fixture
def asha() -> Any:
    """Asha, who came at nine on a Monday, and a boss who may correct."""
    get_user_model().objects.create_superuser(username="boss", password="x")
    asha = employee("7", username="asha")
    gate = device("Gate", timezone="Asia/Kathmandu")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:00")), ("7", at("12:00")))
    derive_pending()
    return asha


def said(*options: Any, command: str = "correct_punch") -> str:
    out = StringIO()
    call_command(command, *[str(option) for option in options], stdout=out)
    return out.getvalue()


def refused(*options: Any) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        said(*options)
    assert not Correction.objects.exists()
    return caught.value.returncode, str(caught.value)


def log(clock: str) -> int:
    return ESSLAttendanceLog.objects.get(device_time=at(clock)).pk


def test_a_punch_is_added_at_the_time_that_the_terminals_clock_shows(asha: Any) -> None:
    told = said("--add", "asha", f"{DAY}T18:00", "--device", "Gate", "--key", "out", *SAYS)

    made = Correction.objects.get()
    assert told.startswith(f"Correction {made.pk} is made. The next run, or process_attendance, brings these days")
    assert DAY in told
    assert (made.user_id, made.punch_type, made.made_by_name, made.why) == (asha.pk, "out", "boss", "forgot the card")
    assert f"{made.at.astimezone(made.device.zone):%H:%M}" == "18:00"
    derive_pending()
    assert ProcessedAttendance.objects.get().check_out == made.at


def test_without_a_device_the_clock_of_the_site_is_meant_and_an_offset_is_taken_as_it_is(asha: Any) -> None:
    said("--add", "7", f"{DAY} 18:00", *SAYS)
    said("--add", "7", f"{DAY}T18:30+00:00", *SAYS)
    first, second = (row.at for row in Correction.objects.order_by("pk"))
    assert first == at("18:00").replace(tzinfo=ZONE)
    assert second.isoformat() == f"{DAY}T18:30:00+00:00"


def test_a_punch_is_voided_changed_and_the_correction_undone(asha: Any) -> None:
    said("--void", log("09:00"), *SAYS)
    said("--change", log("12:00"), "--to", f"{DAY}T13:00", "--key", "out", *SAYS)
    void, change = Correction.objects.order_by("pk")
    assert (void.kind, change.kind, change.punch_type) == ("void", "change", "out")
    assert f"{change.at.astimezone(change.log.device.zone):%H:%M}" == "13:00"

    told = said("--undo", void.pk, "--by", "boss", "--format", "json")

    assert json.loads(told)["undone"] is True
    assert DAY in json.loads(told)["days"]
    void.refresh_from_db()
    assert void.undone_by_name == "boss"


def test_why_tells_every_correction_and_where_each_punch_came_from(asha: Any) -> None:
    said("--void", log("09:00"), "--by", "boss", "--why", "her card\nwas \x1b[2Jlent")
    said("--change", log("12:00"), "--to", f"{DAY}T13:00", "--key", "out", *SAYS)
    said("--add", "asha", f"{DAY}T10:00+05:45", *SAYS)
    void, change, add = Correction.objects.order_by("pk")
    said("--undo", change.pk, "--by", "boss")
    derive_pending()

    lines = said("asha", DAY, command="explain_day").splitlines()

    made = f"{void.made_at.astimezone(device('Other', timezone='Asia/Kathmandu').zone):%Y-%m-%d %H:%M}"
    assert any(line.startswith("09:00:00  Gate       left out; voided by boss on 2") for line in lines)
    assert any(line.startswith("10:00:00  (by hand)  check-in: first punch in the window; added by") for line in lines)
    assert f"Correction {void.pk}: voided 09:00:00 at Gate; by boss on {made}: her card was [2Jlent" in lines
    begins = f"Correction {change.pk}: changed 12:00:00 at Gate to 13:00:00, out; by boss on "
    assert [line.split(": ")[-1].split(" on ")[0] for line in lines if line.startswith(begins)] == [
        "forgot the card; undone by boss"
    ]
    assert f"Correction {add.pk}: added 10:00:00; by boss on {made}: forgot the card" in lines

    found = json.loads(said("asha", DAY, "--format", "json", command="explain_day"))
    sources = [(punch["log"], punch["correction"], punch["role"]) for punch in found["punches"]]
    assert sources == [
        (log("09:00"), void.pk, "voided"),
        (None, add.pk, "check_in"),
        (log("12:00"), None, "check_out"),
    ]
    assert [one["key"] for one in found["corrections"]] == [void.pk, change.pk, add.pk]
    assert found["corrections"][2]["at"] == f"{DAY}T10:00:00+05:45"
    assert found["corrections"][2]["undone_at"] is None


def test_a_punch_that_was_doubted_and_counts_as_it_is_says_so(asha: Any) -> None:
    ESSLAttendanceLog.objects.filter(device_time=at("12:00")).update(review="future")
    said("--change", log("12:00"), "--to", f"{DAY}T12:00", *SAYS)
    assert "changed 12:00:00 at Gate, which counts as it is; by boss" in said("asha", DAY, command="explain_day")


def test_what_the_verb_refuses_is_code_1_and_says_what_to_do(asha: Any) -> None:
    get_user_model().objects.create_user(username="clerk", password="x")
    assert refused("--void", log("09:00"), "--by", "clerk", "--why", "x") == (
        1,
        f"attendance log {log('09:00')}: clerk may not do this. An administrator grants it in the admin: "
        "'can add correction', and 'can change correction' to undo.",
    )
    assert refused("--void", log("09:00"), "--by", "boss")[0] == 1
    assert refused("--change", 999_999, "--to", f"{DAY}T12:00", *SAYS)[0] == 1
    assert refused("--void", 10**30, *SAYS)[0] == 1
    assert refused("--add", "asha", "0001-01-01T00:00", *SAYS)[0] == 1
    assert refused("--undo", 5, "--by", "boss") == (
        1,
        "correction 5: there is none. Check the number in the admin under attendance logs or corrections.",
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--add", "asha", "noon", *SAYS), "'noon' is no time; write it as 2026-01-31T09:00"),
        (("--add", "zoe", f"{DAY}T09:00", *SAYS), "No employee 'zoe'"),
        (("--add", "asha", f"{DAY}T09:00", "--device", "Roof", *SAYS), "No device 'Roof'"),
        (("--void", "1", "--by", "nobody", "--why", "x"), "No user 'nobody'"),
        (("--void", "1", "--key", "out", "--to", DAY, *SAYS), "--key, --to says nothing about --void"),
        (("--undo", "1", *SAYS), "--why says nothing about --undo"),
    ],
)
def test_wrong_usage_is_code_2(asha: Any, options: tuple[str, ...], words: str) -> None:
    code, message = refused(*options)
    assert code == 2
    assert message.startswith(words)

"""``review_inbox`` as a person runs it."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from attendance_devices.domain.review.items import Item, ItemKind
from attendance_devices.models import Acknowledgement, DeviceUser, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.corrections.requests import RequestedCorrection, request_correction
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.review.inbox.items import inbox
from tests.builders.crm import MONDAY, ZONE, at, device, employee, mapped, nothing_is_written, punched
from tests.builders.inbox import day_of, early, logs, moment

pytestmark = pytest.mark.django_db


def listed(*options: str) -> str:
    out = StringIO()
    with nothing_is_written():
        call_command("review_inbox", *options, stdout=out)
    return out.getvalue()


def settled(key: str, verb: str, *options: str) -> str:
    out = StringIO()
    call_command("review_inbox", f"--item={key}", f"--do={verb}", *options, stdout=out)
    return out.getvalue()


def refused(*options: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught, nothing_is_written():
        call_command("review_inbox", *options, stdout=StringIO())
    return caught.value.returncode, str(caught.value)


@pytest.fixture
def boss() -> Any:
    user = employee("", username="boss")
    user.is_superuser = True
    user.save()
    return user


def stranger() -> Item:
    punched(device(), ("9", at("09:00")))
    (item,) = inbox(kinds={ItemKind.UNKNOWN_PERSON}).items
    return item


def test_nothing_waits() -> None:
    assert listed() == "Nothing waits for a person.\n"


def test_every_item_is_told_with_what_can_be_done() -> None:
    asha = employee("7", "Asha Nair", username="asha")
    day_of(asha, is_outlier=True, outlier_reasons=["too long"], check_in=None, worked=timedelta(hours=1))
    item = stranger()

    assert listed().splitlines() == [
        "Inbox: 1 unknown person, 1 outlier",
        f"{item.key}  User 9 of Gate",
        f"  {item.happened}",
        "  If nobody acts: Every punch of this user stays stored and counts for nobody.",
        "  --do map (--employee): 1 punch and all to come are the employee's.",
        "  --do create: A new employee; the punches are that person's.",
        "  --do ignore: Punches are stored and never counted.",
        f"outlier:{asha.pk}:2024-01-08:  Asha Nair (asha), Monday 2024-01-08",
        "  too long.",
        "  If nobody acts: The day counts as it is: - to -, 1 h worked, present.",
        "  --do acknowledge (--why): The day counts as it is, and is told no more unless the reasons change.",
    ]


def test_a_proposed_time_is_shown_with_the_action() -> None:
    ahead = timedelta(days=9_000)
    gate, asha = device(timezone="Asia/Karachi", clock_drift=ahead, last_seen=moment(40)), employee("7")
    logs(gate, (moment(0), moment(5), ""), (moment(10) + ahead, moment(15), "future"), user=asha)

    assert "  --do correct (--why, --at unless 2024-01-08 09:10:00): It counts at 2024-01-08 09:10:00;" in listed()


def test_only_a_kind_and_only_so_many() -> None:
    gate = device()
    punched(gate, *[("9", datetime(2099, 1, 1, hour)) for hour in range(4)])

    said = listed("--kind=clock", "--limit=1")
    assert said.startswith("Inbox: 4 suspicious clocks\n")
    assert said.endswith("\n3 older items not shown; --kind and --limit tell more.\n")
    assert listed("--kind=outlier") == "Nothing waits for a person.\n"
    assert listed("--kind=outlier", "--kind=unknown_person").startswith("Inbox: 1 unknown person\n")
    assert "4 older items not shown" in listed("--limit=0", "--kind=clock")


def test_a_document_for_machines() -> None:
    item = stranger()

    found = json.loads(listed("--format=json"))

    assert (found["total"], found["counts"]["unknown_person"], found["counts"]["clock"]) == (1, 1, 0)
    (told,) = found["items"]
    assert (told["key"], told["kind"], told["happened"]) == (item.key, "unknown_person", item.happened)
    assert item.since is not None and datetime.fromisoformat(told["since"]) == item.since
    assert told["actions"][0] | {"does": ""} == {
        "do": "map",
        "label": "It is this employee",
        "does": "",
        "needs": ["employee"],
        "at": None,
    }


def test_a_stranger_who_writes_escape_sequences_does_not_reach_the_screen() -> None:
    item = stranger()
    DeviceUser.objects.update(device_user_name="\x1b[2JBilal")

    assert "\x1b" not in listed()
    assert item.key in listed()


def test_one_item_is_settled_by_somebody(boss: Any) -> None:
    item, asha = stranger(), employee("x", username="asha")

    said = settled(item.key, "map", "--by=boss", "--employee=asha", "--why=asked her")

    assert said.startswith("User 9 of Gate is asha from now on, earlier punches included.")
    assert DeviceUser.objects.get().system_user_id == asha.pk
    assert ESSLAttendanceLog.objects.get().user_id == asha.pk
    assert refused(f"--item={item.key}", "--do=ignore", "--by=boss")[0] == 1


def test_what_was_done_as_a_document(boss: Any) -> None:
    key = stranger().key

    assert json.loads(settled(key, "ignore", "--by=boss", "--format=json")) == {
        "item": key,
        "done": "User 9 of Gate is ignored from now on; the punches stay stored.",
    }


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--limit=-1"], 2, "--limit is a number of items"),
        (["--do=ignore", "--why=x"], 2, "--do, --why says nothing without --item; leave it out."),
        (["--item=clock:1"], 2, "--item needs --do and --by."),
        (["--item=clock:1", "--do=accept"], 2, "--item needs --by."),
        (["--item=clock:1", "--do=accept", "--by=boss", "--kind=clock"], 2, "--kind says nothing about --item"),
        (["--item=clock:1", "--do=accept", "--by=boss", "--limit=0"], 2, "--limit says nothing about --item"),
        (["--item=clock:1", "--do=accept", "--by=nobody"], 2, "No user 'nobody'."),
        (["--item=clock:1", "--do=accept", "--by=boss"], 1, "clock:1: closed already"),
        (["--item=clock:1", "--do=accept", "--by=boss", "--employee=zz"], 2, "No employee 'zz'"),
        (["--item=clock:1", "--do=correct", "--by=boss", "--at=noon"], 2, "'noon': it is no time. Write it as"),
        (["--item=clock:1", "--do=correct", "--by=boss", "--at=2024-01-08 17:30"], 1, "closed already"),
        (["--item=clock:1", "--do=correct", "--by=boss", "--at=2024-01-08T17:30+05:00"], 1, "closed already"),
        (["--item=clock:1", "--do=correct", "--by=boss", "--at=9999-12-31 23:59"], 2, "no punch is of the year 9999"),
        (
            ["--item=clock:1", "--do=correct", "--by=boss", "--at=0001-01-01T00:00+05:00"],
            2,
            "no punch is of the year 1",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(options: list[str], code: int, message: str, boss: Any) -> None:
    found, said = refused(*options)

    assert (found, message in said) == (code, True), said


def test_what_an_item_does_not_offer_or_still_needs_is_wrong_usage(boss: Any) -> None:
    key = stranger().key

    assert refused(f"--item={key}", "--do=accept", "--by=boss")[0] == 2
    assert refused(f"--item={key}", "--do=map", "--by=boss") == (
        2,
        f"{key}: map needs employee. Give what the action needs.",
    )


def test_who_may_not_is_refused() -> None:
    key = stranger().key
    clerk = employee("", username="clerk")
    clerk.user_permissions.add(Permission.objects.get(codename="view_deviceuser"))

    code, said = refused(f"--item={key}", "--do=ignore", "--by=clerk")

    assert code == 1 and "clerk has not the permission attendance_devices.change_deviceuser" in said


def test_an_hour_that_no_clock_showed_is_refused(boss: Any) -> None:
    gate = device(timezone="America/New_York")
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", datetime(2099, 1, 1)))
    (item,) = inbox(kinds={ItemKind.CLOCK}).items

    code, said = refused(f"--item={item.key}", "--do=correct", "--by=boss", "--at=2024-03-10 02:30", "--why=x")

    assert code == 2 and "went forward over it and never showed it" in said


def test_the_punch_that_makes_an_outlier_is_corrected_on_the_clock_of_that_wall(boss: Any) -> None:
    key = f"outlier:{early()[1].pk}:2024-01-08:day"
    named = "The check-in at 05:00:00 (Gate 1)"
    assert listed().splitlines()[4:6] == [
        f"  --do correct (--at, --why): {named} counts at the time you give; what the clock said is kept.",
        f"  --do void (--why): {named} never counts; what was said is kept.",
    ]
    assert refused(f"--item={key}", "--do=correct", "--by=boss", "--why=x")[0] == 2

    said = settled(key, "correct", "--by=boss", "--why=asked her", "--at=2024-01-08 09:00")

    assert said.startswith(f"{named} of asha, Monday 2024-01-08 (day) counts at 2024-01-08 09:00:00.")
    assert listed() == "Nothing waits for a person.\n"


def test_a_day_that_is_right_is_told_no_more(boss: Any) -> None:
    day_of(employee("7"), status="missing_check_out")
    (item,) = inbox().items

    settled(item.key, "acknowledge", "--by=boss", "--why=forgot the card")

    assert item.date == MONDAY
    assert Acknowledgement.objects.get().why == "forgot the card"
    assert listed() == "Nothing waits for a person.\n"


def test_what_an_employee_asks_for_is_told_and_granted_or_declined(boss: Any) -> None:
    asha, yesterday = employee("7", "Asha Nair", username="asha"), today() - timedelta(days=1)
    gate = device()
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:00", yesterday)))
    first, second = (
        request_correction(
            yesterday,
            RequestedCorrection(kind="add", shown=at(clock, yesterday), punch_type="out", why="forgot"),
            by=asha,
        )
        for clock in ("18:00", "18:30")
    )
    lines = listed("--kind=request").splitlines()
    assert lines[0] == "Inbox: 2 correction requests"
    assert "  Asha Nair (asha) asks to add a check-out at 18:00:00: forgot" in lines
    assert any(line.startswith("  --do grant (--at unless ") for line in lines)
    assert any(line.startswith("  --do decline (--why):") for line in lines)

    assert "corrected as it was asked for" in settled(f"request:{first.pk}", "grant", "--by=boss")
    assert "reads why" in settled(f"request:{second.pk}", "decline", "--by=boss", "--why=one is enough")

    assert listed("--kind=request") == "Nothing waits for a person.\n"
    row = ProcessedAttendance.objects.get(user=asha, date=yesterday)
    assert row.check_out == at("18:00", yesterday).replace(tzinfo=ZONE)

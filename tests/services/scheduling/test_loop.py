"""The clock without a queue."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from attendance_devices.models import Device, Heartbeat, Incident
from attendance_devices.services.scheduling import loop
from attendance_devices.services.scheduling.loop import PeriodicTask, run_turn
from attendance_devices.services.workers.heartbeat import pulse
from tests.builders.crm import ZONE, at, crm_rows, employee, on_the_wall, people, setting, taps, terminal, unplugged

pytestmark = pytest.mark.django_db
NOON = datetime(2024, 1, 8, 12, tzinfo=ZONE).astimezone(UTC)
"""Twelve o'clock where the company is."""


def never() -> bool:
    return False


def test_a_turn_reads_maps_derives_and_posts() -> None:
    employee("7")
    told: list[Any] = []
    with on_the_wall(terminal(people(("7", "Asha")), taps(("7", at("09:00")), ("7", at("17:00"))))):
        found = run_turn(told.append, never)

    assert [result.new for result in told] == [result.new for result in found.results] == [2]
    assert found.errors == ()


def test_recent_days_are_told_to_the_crm() -> None:
    user = employee("7")
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)
    with on_the_wall(
        terminal(people(("7", "Asha")), taps(("7", at("09:00", yesterday)), ("7", at("17:00", yesterday))))
    ):
        run_turn(lambda result: None, never)

    assert crm_rows() == [(user.username, yesterday, "09:00:00", "17:00:00")]


def test_the_second_turn_leaves_a_terminal_alone_until_it_is_its_turn() -> None:
    with on_the_wall(terminal()) as gate:
        assert len(run_turn(lambda result: None, never).results) == 1
        assert run_turn(lambda result: None, never).results == ()
        Device.objects.filter(pk=gate.pk).update(next_attempt=None)
        assert len(run_turn(lambda result: None, never).results) == 1


def test_one_that_fails_stops_no_other_and_waits_for_longer(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(ANSWER_SECONDS=1)
    dead = unplugged()
    with on_the_wall(terminal()):
        found = run_turn(lambda result: None, never)

    assert sorted(result.ok for result in found.results) == [False, True]
    dead.refresh_from_db()
    assert dead.next_attempt is not None and dead.failures == 1


def test_told_to_end_it_reads_no_more_and_what_is_left_keeps_its_turn() -> None:
    first = unplugged("First")
    unplugged("Second")
    Device.objects.filter(pk=first.pk).update(last_seen=NOON)
    told: list[Any] = []

    found = run_turn(told.append, lambda: bool(told))

    assert ([result.device for result in found.results], found.duties) == (["First"], ())


def test_a_turn_that_takes_long_is_no_standstill() -> None:
    told: list[Any] = []

    def takes_long(result: Any) -> None:
        if not told:
            Heartbeat.objects.update(at=datetime.now(UTC) - timedelta(minutes=11))
            assert not pulse().is_alive
        told.append(result)

    unplugged("First")
    unplugged("Second")
    run_turn(takes_long, never)

    assert len(told) == 2
    assert pulse().is_alive


def test_the_duties_are_done_at_the_first_turn_and_not_at_the_next() -> None:
    assert run_turn(lambda result: None, never).duties == ("sweep", "notify")
    assert run_turn(lambda result: None, never).duties == ()


def test_people_are_told(settings: Any) -> None:
    unplugged("Gate", failures=3, next_attempt=datetime.now(UTC) + timedelta(minutes=30))

    run_turn(lambda result: None, never)

    assert [incident.kind for incident in Incident.objects.all()] == ["down"]


def test_a_duty_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def breaks() -> None:
        message = "no mail server"
        raise ConnectionError(message)

    duties = (
        PeriodicTask(name="one", verb=breaks, every=timedelta(0)),
        PeriodicTask(name="two", verb=lambda: done.append("two")),
    )
    monkeypatch.setattr(loop, "DUTIES", duties)
    found = run_turn(lambda result: None, never)

    assert done == ["two"]
    assert "one: unexpected ConnectionError: no mail server" in found.errors[0]


TIMES = [
    (
        "an hour ago is due",
        PeriodicTask(name="x", verb=never, every=timedelta(hours=1)),
        NOON - timedelta(hours=1),
        True,
    ),
    (
        "a minute less is not",
        PeriodicTask(name="x", verb=never, every=timedelta(hours=1)),
        NOON - timedelta(minutes=59),
        False,
    ),
    ("of the far future is not believed", PeriodicTask(name="x", verb=never), NOON + timedelta(days=400), True),
    ("since this morning's time", PeriodicTask(name="x", verb=never, at=time(7)), NOON - timedelta(hours=4), False),
    ("before this morning's time", PeriodicTask(name="x", verb=never, at=time(7)), NOON - timedelta(hours=6), True),
    (
        "today's time is still to come",
        PeriodicTask(name="x", verb=never, at=time(13)),
        NOON - timedelta(hours=20),
        False,
    ),
    ("yesterday's was missed", PeriodicTask(name="x", verb=never, at=time(13)), NOON - timedelta(hours=24), True),
]


@pytest.mark.parametrize(("duty", "last", "is_due"), [case[1:] for case in TIMES], ids=[case[0] for case in TIMES])
def test_done_last(duty: PeriodicTask, last: datetime, is_due: bool) -> None:
    Heartbeat.objects.create(name="duty x", at=last)

    assert loop._claim_task(duty, NOON) is is_due
    assert loop._claim_task(duty, NOON) is False, "nobody does it twice"


def test_the_digest_of_the_morning_does_not_come_at_noon_because_it_is_the_first_start() -> None:
    assert loop._claim_task(PeriodicTask(name="x", verb=never, at=time(7)), NOON) is False
    assert loop._claim_task(PeriodicTask(name="x", verb=never, at=time(7)), NOON + timedelta(days=1)) is True

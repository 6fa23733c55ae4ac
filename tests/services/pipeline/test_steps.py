"""What the clock has done: a terminal is read when it is its turn, days follow, the missing are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.models import Device, DeviceUser, Errand, PendingDay, ProcessedAttendance, Shift, SyncRun
from attendance_devices.services.collection.collect import collect, collect_people
from attendance_devices.services.pipeline import steps
from attendance_devices.services.pipeline.steps import derive_and_post, poll, sweep
from attendance_devices.simulators.zkteco import Faults, Profile
from tests.builders.crm import (
    ZONE,
    crm_rows,
    device,
    employee,
    mapped,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
    unplugged,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SOON = 60.0


@pytest.fixture
def queue() -> list[str]:
    return []


def polled(gate: Device, queue: list[str]) -> Any:
    return poll(gate.pk, lambda: queue.append("days"), seconds=SOON)


def yesterday(hour: int) -> datetime:
    shown = datetime.now(ZONE).replace(tzinfo=None, minute=0, second=0, microsecond=0) - timedelta(days=1)
    return shown.replace(hour=hour)


def test_a_new_person_who_punched_has_a_row_in_the_crm_without_anybody_s_help(queue: list[str]) -> None:
    employee("7", "Asha Rao", username="asha")
    machine = terminal(people(("7", "Asha")), taps(("7", yesterday(9)), ("7", yesterday(17))))
    with on_the_wall(machine) as gate:
        assert polled(gate, queue).new == 2
        assert queue == ["days"]
        assert polled(gate, queue) is None, "a task that runs twice finds that it is not the terminal's turn"
    (done,) = derive_and_post()
    assert not done.errors
    assert (done.derived.created, done.posted.created) == (1, 1)
    assert [row[0] for row in crm_rows()] == ["asha"]
    assert SyncRun.objects.count() == 1


def test_a_read_without_news_asks_for_nothing(queue: list[str]) -> None:
    with on_the_wall(terminal(people(("7", "Asha")))) as gate:
        polled(gate, queue)
        queue.clear()
        Device.objects.update(next_attempt=None)
        Errand.objects.update(queued_until=None)
        assert polled(gate, queue).ok
    assert queue == []


def test_after_a_read_the_next_turn_is_within_the_interval_and_nobody_waits_for_it(queue: list[str]) -> None:
    with on_the_wall(terminal(), poll_minutes=30) as gate:
        Device.objects.update(queued_until=datetime.now(UTC) + MINUTE, failures=4)
        polled(gate, queue)
    gate.refresh_from_db()
    assert timedelta(0) < gate.next_attempt - datetime.now(UTC) <= 30 * MINUTE
    assert (gate.queued_until, gate.failures) == (None, 0)


def test_a_dead_terminal_is_tried_less_and_less_often(queue: list[str]) -> None:
    gate = unplugged()
    waits = []
    for _ in range(5):
        Device.objects.update(next_attempt=None)
        assert not polled(gate, queue).ok
        gate.refresh_from_db()
        waits.append((gate.next_attempt - datetime.now(UTC)) / MINUTE)
        assert polled(gate, queue) is None
    assert gate.failures == 5
    for wait, most in zip(waits, (5, 10, 20, 40, 60), strict=True):
        assert most * 0.74 < wait <= most


def test_a_person_who_polls_does_not_ask_whose_turn_it_is(queue: list[str]) -> None:
    with on_the_wall(terminal()) as gate:
        Device.objects.update(next_attempt=datetime.now(UTC) + 50 * MINUTE, failures=9)
        assert polled(gate, queue) is None
        assert collect(gate.pk).ok
        gate.refresh_from_db()
        assert gate.failures == 0
        assert gate.next_attempt - datetime.now(UTC) <= 5 * MINUTE


def test_what_only_a_person_can_mend_waits_the_longest_at_once(queue: list[str]) -> None:
    with on_the_wall(terminal(profile=Profile(comm_key=12))) as gate:
        assert not polled(gate, queue).retryable
    gate.refresh_from_db()
    assert gate.next_attempt - datetime.now(UTC) > 40 * MINUTE


def test_a_terminal_that_another_process_reads_has_not_failed(queue: list[str]) -> None:
    with on_the_wall(terminal()) as gate:
        until = datetime.now(UTC) + MINUTE
        Device.objects.update(lease_holder="another:1:x", lease_until=until, queued_until=until)
        result = polled(gate, queue)
    assert result.retryable
    gate.refresh_from_db()
    assert (gate.failures, gate.next_attempt, gate.queued_until) == (0, None, until)


def test_a_list_of_people_that_cannot_be_read_backs_off_too() -> None:
    gate = unplugged()
    assert not collect_people(gate.pk).ok
    gate.refresh_from_db()
    assert gate.next_attempt > datetime.now(UTC)


def test_a_black_hole_costs_a_short_wait(queue: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full answers no connection, as a black hole does."""
    import socket

    monkeypatch.setattr(steps, "CONNECT_SECONDS", 0.3)
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for plug in (first, second):
            plug.setblocking(False)
            plug.connect_ex(listener.getsockname())
        gate = device("Hole", address="127.0.0.1", port=listener.getsockname()[1])
        result = polled(gate, queue)
    assert "no answer within 0.3 s" in result.error
    (run,) = SyncRun.objects.all()
    assert run.finished_at - run.started_at < timedelta(seconds=9)


def test_a_terminal_by_udp_that_is_not_there_costs_no_longer(queue: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(steps, "CONNECT_SECONDS", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        gate = device("Silent", address="127.0.0.1", port=silent.getsockname()[1], transport="udp")
        result = polled(gate, queue)
    assert "no answer within 0.3 s" in result.error
    (run,) = SyncRun.objects.all()
    assert run.finished_at - run.started_at < timedelta(seconds=9)


def test_a_session_ends_before_the_queue_would_end_it(queue: list[str]) -> None:
    with on_the_wall(terminal(people(("7", "Asha")), faults=Faults(late_answer=0.4))) as gate:
        result = poll(gate.pk, lambda: None, seconds=0.6)
    (run,) = SyncRun.objects.all()
    assert "no answer" in result.error
    assert run.finished_at - run.started_at < timedelta(seconds=9)


def test_accounts_are_created_by_the_clock_only_if_the_settings_say_so(queue: list[str], settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(CREATE_USERS=True)
    with on_the_wall(terminal(people(("7", "Asha")))) as gate:
        polled(gate, queue)
    assert DeviceUser.objects.get().system_user is not None


def test_two_workers_do_not_derive_at_once() -> None:
    Errand.objects.create(name="days", holder="another:1:x", held_until=datetime.now(UTC) + MINUTE)
    assert derive_and_post() == []


def test_a_stage_that_fails_is_told_and_tried_again(settings: Any, queue: list[str]) -> None:
    gate, user = device(), employee("7")
    mapped(gate, "7", user)
    punched(gate, ("7", yesterday(9)), ("7", yesterday(17)))
    usual = setting()
    settings.ATTENDANCE_DEVICES = setting(ATTENDANCE_MODEL="no.Such")
    (done,) = derive_and_post()
    assert done.errors[0].startswith("posting to the CRM: ATTENDANCE_DEVICES['ATTENDANCE_MODEL'] is 'no.Such'")
    settings.ATTENDANCE_DEVICES = usual
    sweep(lambda: queue.append("days"))
    (done,) = derive_and_post()
    assert (queue, done.errors, len(crm_rows())) == (["days"], (), 1)


def test_the_crm_is_not_told_of_days_that_are_too_old(settings: Any) -> None:
    gate, user = device(), employee("7")
    mapped(gate, "7", user)
    punched(gate, ("7", yesterday(9) - timedelta(days=40)), ("7", yesterday(9)))
    derive_and_post()
    assert len(crm_rows()) == 1
    settings.ATTENDANCE_DEVICES = setting(POST_DAYS=90)
    derive_and_post()
    assert len(crm_rows()) == 2


def test_somebody_hired_after_the_terminal_was_read_is_mapped_by_the_sweep(queue: list[str]) -> None:
    gate = device()
    DeviceUser.objects.create(device=gate, device_user_id="7")
    punched(gate, ("7", yesterday(9)))
    employee("7", username="asha")
    sweep(lambda: queue.append("days"))
    derive_and_post()
    assert [row[0] for row in crm_rows()] == ["asha"]


def test_who_did_not_come_is_absent_at_the_first_sweep_after_the_shift_ended_and_the_terminal_was_read(
    queue: list[str],
) -> None:
    now = datetime.now(ZONE).replace(tzinfo=None, second=0, microsecond=0)
    begin, end = now - timedelta(hours=9), now - 20 * MINUTE
    shift = Shift.objects.create(name="Day", start=begin.time(), end=end.time(), weekdays="0123456")
    gate, user, other = device(), employee("7"), employee("8")
    for key, person in (("7", user), ("8", other)):
        mapped(gate, key, person)
        shift.assignments.create(user=person, date_from=begin.date() - timedelta(days=30))
    punched(gate, ("7", begin - timedelta(days=8)), ("8", begin - timedelta(days=8)))

    def said() -> str:
        sweep(lambda: None)
        derive_and_post()
        return ProcessedAttendance.objects.filter(user=user, date=begin.date()).values_list("status", flat=True)[0]

    Device.objects.update(last_sync=datetime.now(UTC) - 30 * MINUTE)
    assert said() == DayStatus.NO_DATA
    Device.objects.update(last_sync=datetime.now(UTC))
    assert said() == DayStatus.ABSENT
    assert not PendingDay.objects.exists()

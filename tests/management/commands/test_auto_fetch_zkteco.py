"""The daemon as a supervisor runs it: its own process, its signals, its exit codes, and what stands in the tables."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from attendance_devices.management.output import live
from attendance_devices.management.output.live import Report, line_words
from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.live.status import ListenerState, ListenerStatus
from attendance_devices.simulators.zkteco import Terminal
from tests.builders.crm import crm_rows, employee, on_the_wall, people, setting, taps, terminal, unplugged
from tests.builders.live import clock, stored, until_stored
from tests.builders.processes import default_signals
from tests.builders.shared_database import PATIENCE, shared_database, until

GATES = ("Gate 1", "Gate 2", "Gate 3")
PRIYA = [("7", "Priya Nair")]


@pytest.fixture
def environment(transactional_db: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of a process that shares the database of this test."""
    with shared_database(tmp_path) as found:
        yield found | {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}


@contextmanager
def daemon(environment: dict[str, str], folder: Path, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The command in a process of its own. What it says goes to a file, so that nobody has to read it."""
    command = [sys.executable, "-m", "django", "auto_fetch_zkteco", *options]
    with (
        (folder / "said").open("ab") as out,
        subprocess.Popen(
            command,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=default_signals,  # noqa: PLW1509 - the child only restores signals
        ) as process,
    ):
        try:
            yield process
        except BaseException:
            process.send_signal(signal.SIGABRT)  # it says where it was
            process.wait()
            sys.stdout.write(said(folder))
            raise
        finally:
            process.kill()


def said(folder: Path) -> str:
    return (folder / "said").read_text()


@contextmanager
def wall() -> Iterator[dict[str, Terminal]]:
    """Three terminals that know Priya, and so does the CRM."""
    employee("7", "Priya Nair")
    machines = {name: terminal(people(*PRIYA)) for name in GATES}
    with ExitStack() as stack:
        gates = [stack.enter_context(on_the_wall(machines[name], name)) for name in GATES]
        call_command("map_and_fetch_attendance", verbosity=0)
        assert len(gates) == 3
        yield machines


def listeners(machines: dict[str, Terminal]) -> list[int]:
    return [machine.listeners for machine in machines.values()]


def until_all_listen(machines: dict[str, Terminal], folder: Path) -> None:
    until(lambda: listeners(machines) == [1, 1, 1], "three listeners")
    for name in machines:
        until(lambda name=name: f"{name}: listening" in said(folder), f"{name} says so")


def test_a_punch_at_any_terminal_becomes_a_row_and_sigterm_leaves_all_as_they_were_found(
    environment: dict[str, str], tmp_path: Path
) -> None:
    now = clock()
    with wall() as machines:
        with daemon(environment, tmp_path) as process:
            until_all_listen(machines, tmp_path)
            for number, machine in enumerate(machines.values()):
                machine.punch("7", now - timedelta(minutes=30 - 10 * number))
                until(lambda count=number + 1: ESSLAttendanceLog.objects.count() == count, "a stored punch")
            went = f"{now - timedelta(minutes=10):%H:%M:%S}"
            until(lambda: went in {row[3] for row in crm_rows()} or len(crm_rows()) > 1, "the CRM's row")
            process.send_signal(signal.SIGTERM)
            code = process.wait(PATIENCE)
        registrations = [
            [data[0] for command, data in machine.journal if command == 500] for machine in machines.values()
        ]

        assert code == 0
        assert listeners(machines) == [0, 0, 0]
    assert registrations == [[1, 0]] * 3
    assert [machine.acknowledged for machine in machines.values()] == [1, 1, 1]
    assert set(Device.objects.values_list("lease_holder", flat=True)) == {""}
    assert set(ESSLAttendanceLog.objects.values_list("source", flat=True)) == {"live"}
    assert crm_rows()[0][2] == f"{now - timedelta(minutes=30):%H:%M:%S}"
    assert "locked" not in said(tmp_path)
    assert said(tmp_path).count("closed, 1 event, 1 punch stored") == 3


def test_a_daemon_that_was_killed_loses_and_doubles_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    now = clock()
    shown = [now - timedelta(minutes=number) for number in range(60, 0, -1)]
    with wall() as machines:
        gates = {name: Device.objects.get(name=name) for name in GATES}
        with daemon(environment, tmp_path) as process:
            until_all_listen(machines, tmp_path)
            for at in shown[:30]:
                for machine in machines.values():
                    machine.punch("7", at)
            until_stored(gates["Gate 1"], 5)
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)
        for at in shown[30:50]:
            for machine in machines.values():
                machine.punch("7", at)
        (tmp_path / "said").unlink()
        with daemon(environment, tmp_path) as process:
            until_all_listen(machines, tmp_path)
            for at in shown[50:]:
                for machine in machines.values():
                    machine.punch("7", at)
            for gate in gates.values():
                until_stored(gate, 60)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0

    for gate in gates.values():
        assert stored(gate) == [("7", at) for at in shown]
    assert crm_rows()[0][2] == f"{shown[0]:%H:%M:%S}"


def test_it_waits_for_devices_if_there_are_none_yet(environment: dict[str, str], tmp_path: Path) -> None:
    with daemon(environment, tmp_path) as process:
        until(lambda: "No active device yet" in said(tmp_path), "it says that it waits")
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 0


# Once


@pytest.mark.django_db
def test_once_reads_derives_and_posts(capsys: pytest.CaptureFixture[str]) -> None:
    employee("7", "Priya Nair")
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate:
        call_command("map_and_fetch_attendance", verbosity=0)
        machine.punch("7", clock())
        call_command("auto_fetch_zkteco", "--once", "--devices", str(gate.pk))

    assert len(crm_rows()) == 1
    assert "Gate: 1 new" in capsys.readouterr().out


@pytest.mark.django_db
def test_once_tells_the_crm_as_far_back_as_the_clock_does(settings: Any) -> None:
    employee("7", "Priya Nair")
    shown = [(("7", clock() - timedelta(days=days))) for days in (20, 1)]
    with on_the_wall(terminal(people(*PRIYA), taps(*shown))):
        settings.ATTENDANCE_DEVICES = setting(POST_DAYS=5)
        call_command("map_and_fetch_attendance", "--map-only", verbosity=0)
        call_command("auto_fetch_zkteco", "--once")
        assert len(crm_rows()) == 1
        settings.ATTENDANCE_DEVICES = setting(POST_DAYS=30)
        call_command("auto_fetch_zkteco", "--once")
        assert len(crm_rows()) == 2


@pytest.mark.django_db
def test_once_says_by_its_code_whether_some_or_all_failed(capsys: pytest.CaptureFixture[str]) -> None:
    unplugged("Dead")
    with pytest.raises(CommandError, match="No terminal could be read") as all_failed:
        call_command("auto_fetch_zkteco", "--once")
    with on_the_wall(terminal(people(*PRIYA), taps(("7", clock())))), pytest.raises(CommandError) as some_failed:
        call_command("auto_fetch_zkteco", "--once")

    assert (all_failed.value.returncode, some_failed.value.returncode) == (3, 1)
    assert ESSLAttendanceLog.objects.count() == 1
    assert "Dead: FAILED" in capsys.readouterr().out


@pytest.mark.django_db
def test_once_a_terminal_that_another_process_reads_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with on_the_wall(terminal()) as gate:
        held = {"lease_holder": "another/pid:[1]:1:x", "lease_until": datetime.now(UTC) + timedelta(minutes=5)}
        Device.objects.filter(pk=gate.pk).update(**held)
        call_command("auto_fetch_zkteco", "--once")
        call_command("poll_devices")
        call_command("map_and_fetch_attendance")

    assert capsys.readouterr().out.count("Gate: left alone, another process reads it") == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--devices", "Cellar"], id="a device that nobody knows"),
        pytest.param(["--once"], id="nothing to read at all"),
        pytest.param(["--once", "--daemon"], id="once and for ever"),
    ],
)
def test_wrong_usage_is_told_by_its_own_code(words: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("auto_fetch_zkteco", *words)

    assert caught.value.returncode == 2 or "not allowed with argument" in str(caught.value)


# What it says

AT = datetime(2026, 1, 5, 12, 0, 3, tzinfo=UTC)
GATE = ListenerStatus(key=1, device="Gate")
WORDS = [
    ("it connects", GATE, "Gate: connecting"),
    (
        "it listens",
        replace(GATE, state=ListenerState.LISTENING, since=AT, events=2, stored=1, last_punch=AT),
        r"Gate: listening, since 2026-01-05 \d\d:00:03, 2 events, 1 punch stored, the last at 2026-01-05 \d\d:00:03",
    ),
    (
        "it waits",
        replace(GATE, state=ListenerState.WAITING, last_error="192.0.2.1:4370: no answer. Look."),
        r"Gate: waiting\. 192\.0\.2\.1:4370: no answer\. Look\.",
    ),
]


@pytest.mark.parametrize(("status", "expected"), [case[1:] for case in WORDS], ids=[case[0] for case in WORDS])
def test_a_line_of_text_says_how_a_terminal_is_doing(status: ListenerStatus, expected: str) -> None:
    assert re.fullmatch(expected, line_words(status))


def test_an_attempt_that_fails_as_the_one_before_is_no_news() -> None:
    out = StringIO()
    report = Report(OutputWrapper(out), quiet=False)
    waiting = replace(GATE, state=ListenerState.WAITING, last_error="dead")
    for status in (GATE, waiting, GATE, waiting, replace(waiting, last_error="hung"), waiting):
        report.tell(status)

    assert out.getvalue() == "Gate: waiting. dead\nGate: waiting. hung\nGate: waiting. dead\n"


def test_a_reader_that_is_gone_ends_the_words_and_not_the_daemon() -> None:
    class Gone(StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(text)

    report = Report(OutputWrapper(Gone()), quiet=False)
    report.tell(replace(GATE, state=ListenerState.LISTENING))
    report.say("once more")


def test_now_and_then_it_says_how_all_are_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    listening = replace(GATE, state=ListenerState.LISTENING)
    board: Any = SimpleNamespace(statuses=[GATE, listening], last_error="the CRM's table is gone")
    out = StringIO()
    Report(OutputWrapper(out), quiet=False).tell_all(board)
    assert out.getvalue() == ""
    monkeypatch.setattr(live, "EVERY", 0)
    Report(OutputWrapper(out), quiet=False).tell_all(board)

    assert out.getvalue().splitlines() == [
        "Gate: connecting",
        "Gate: listening",
        "Days are not derived and posted: the CRM's table is gone",
    ]


def test_quiet_is_quiet() -> None:
    out = StringIO()
    Report(OutputWrapper(out), quiet=True).tell(replace(GATE, state=ListenerState.LISTENING))

    assert out.getvalue() == ""

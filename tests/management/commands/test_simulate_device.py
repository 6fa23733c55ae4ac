"""The command as a person runs it: its own process, its output, its end."""

import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.management.commands import simulate_device
from attendance_devices.simulators.zkteco import Terminal
from tests.builders.processes import default_signals
from tests.simulators.wire import EXIT, OK, SIZES, UNAUTH, Wire

COMMAND = [sys.executable, "-m", "django", "simulate_device", "--port", "0"]
ENVIRONMENT = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONUNBUFFERED": "1"}


@contextmanager
def simulated(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str, tuple[str, int]]]:
    """The command in a process of its own, what it says at first, and where it answers."""
    with subprocess.Popen(
        [*COMMAND, *options],
        env=ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=default_signals,  # noqa: PLW1509 - the child only restores signals
    ) as process:
        try:
            assert process.stdout is not None
            greeting = "".join(process.stdout.readline() for _ in range(4))
            found = re.search(r"answers on ([\d.]+):(\d+)\.", greeting)
            assert found, greeting
            yield process, greeting, (found[1], int(found[2]))
        finally:
            process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_serves_what_it_says_until_it_is_told_to_end(ending: signal.Signals) -> None:
    with simulated("--users", "7", "--days", "5", "--seed", "3") as (process, greeting, (host, port)):
        with Wire((host, port)) as tcp, Wire((host, port), udp=True) as udp:
            assert tcp.connect().command == udp.connect().command == OK
            sizes = struct.unpack("<20i", tcp.ask(SIZES).data)
            tcp.ask(EXIT)
        process.send_signal(ending)
        # Not communicate(): it would miss what readline() has buffered.
        assert process.stdout is not None
        assert process.stderr is not None
        said, complained = process.stdout.read(), process.stderr.read()
        process.wait(timeout=10)

    assert process.returncode == 0
    assert f"It holds 7 people and {sizes[8]} punches." in greeting
    assert f"test_device --ip {host} --port {port}" in greeting
    assert said == "Stopped.\n"
    assert complained == ""
    assert (host, sizes[4]) == ("127.0.0.1", 7)


def test_someone_punches_every_so_often_and_faults_and_key_are_in_force() -> None:
    options = ("--live", "0.02", "--comm-key", "5", "--fault", "close_after_bytes=16", "--no-udp", "--layout", "16")
    with simulated(*options) as (process, _, address):
        assert process.stdout is not None
        with Wire(address) as client:
            assert client.connect().command == UNAUTH
            assert client.socket.recv(1) == b""
        lines = [process.stdout.readline() for _ in range(2)]

    assert all(line.endswith(" punched.\n") for line in lines)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"fault": ["explode=1"]}, "Choose from: close_after_bytes"),
        ({"fault": ["busy=often"]}, "Write it like one of"),
        ({"encoding": "klingon"}, "Try utf-8"),
        ({"host": "gate.example"}, "no IPv4 address"),
        ({"host": "192.0.2.1"}, "Cannot listen on 192.0.2.1"),
        ({"port": 99999}, "Choose another --port"),
    ],
    ids=[
        "a fault nobody knows",
        "a fault without a number",
        "an encoding nobody knows",
        "a host name",
        "an address of another machine",
        "a port that does not exist",
    ],
)
def test_a_mistake_is_answered_with_what_to_do(
    options: dict[str, object], advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=advice):
        call_command("simulate_device", **{"port": 0, "users": 1, "days": 1, **options})

    warned = "no protection" in capsys.readouterr().err
    assert warned == (options.get("host") == "192.0.2.1")


def test_it_gives_back_the_signal_it_took(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    naps = iter([None, KeyboardInterrupt()])

    def sleep(seconds: float) -> None:
        if interrupt := next(naps):
            raise interrupt

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(simulate_device, "time", SimpleNamespace(sleep=sleep))

    call_command("simulate_device", port=0, users=3, days=2, live=60, layout="8")

    said = capsys.readouterr().out
    assert "It holds 3 people" in said
    assert said.count(" punched.") == 1
    assert said.endswith("Stopped.\n")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_port_in_use_is_told() -> None:
    with Terminal().serve() as (_, port), pytest.raises(CommandError, match="Choose another --port"):
        call_command("simulate_device", port=port, users=1, days=1)

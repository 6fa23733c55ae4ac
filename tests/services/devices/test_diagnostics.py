"""The doctor, on real sockets."""

import re
import socket
import threading
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from attendance_devices.domain.devices.device import DeviceAddress, Transport
from attendance_devices.services.devices.diagnostics import CheckedItem, probe
from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedPunch, Terminal
from tests.builders.crm import READING, ZONE, at, people, taps, terminal
from tests.builders.web_server import web_server


def address(host: str, port: int, **more: object) -> DeviceAddress:
    return DeviceAddress(host=host, port=port, answer_seconds=1.0, **more)  # type: ignore[arg-type]


def looked(machine: Terminal, *, udp: bool = True, **more: object) -> dict[str, CheckedItem]:
    with machine.serve(udp=udp) as (host, port):
        return {finding.step: finding for finding in probe("zkteco", address(host, port, **more), ZONE)}


def wrong(findings: dict[str, CheckedItem]) -> dict[str, str]:
    return {step: finding.next_step for step, finding in findings.items() if not finding.ok}


def test_a_sound_terminal_is_told_from_its_address_to_a_sample_of_its_punches() -> None:
    machine = terminal(
        people(("7", "Asha Nair"), ("8", "Bilal"), ("9", "Chen"), ("10", "Dia")), taps(("7", at("09:00")))
    )

    found = looked(machine, serial_number="SIM0001")

    assert wrong(found) == {}
    assert list(found) == [
        "address",
        "network",
        "session",
        "password",
        "identity",
        "clock",
        "people held",
        "punches held",
        "people",
        "records",
        "other transport",
    ]
    assert "serial number is the stored one" in found["identity"].found
    assert found["punches held"].found == "1 of 100000"
    assert found["people"].found == "4 listed: 7 Asha Nair, 8 Bilal, 9 Chen; 1 more"
    assert found["records"].found == "1 records of 40 bytes (layout 40): 7 at 2024-01-08 09:00:00"
    assert found["other transport"].found == "answers by UDP too"
    assert {command for command, _ in machine.journal} <= READING


def test_an_empty_terminal_is_sound() -> None:
    found = looked(terminal(), udp=False)

    assert wrong(found) == {}
    assert (found["people"].found, found["records"].found) == ("nobody is enrolled yet", "no punches yet")
    assert "not stored yet" in found["identity"].found
    assert found["other transport"].found == "no answer by UDP, which is not needed"


def test_a_wrong_comm_key_is_the_password_and_nothing_before_it() -> None:
    found = looked(terminal(profile=Profile(comm_key=99)), comm_key=1)

    assert list(wrong(found)) == ["password"]
    assert "Comm > PC connection" in found["password"].next_step
    assert [finding.ok for finding in found.values()] == [True, True, True, False]


def test_another_terminal_than_the_stored_one_is_the_identity() -> None:
    found = looked(terminal(), serial_number="OTHER")

    assert list(wrong(found)) == ["identity"]
    assert "SIM0001 answers, OTHER was expected" in found["identity"].found
    assert "clear the stored serial number" in found["identity"].next_step


def test_an_encrypted_session_is_the_session() -> None:
    assert "encrypted SDK connection" in wrong(looked(terminal(profile=Profile(encrypted=True))))["session"]


def test_a_terminal_that_tells_no_serial_number_is_no_fault_of_the_office() -> None:
    found = looked(terminal(profile=Profile(refused_options=frozenset({"~SerialNumber"}))))

    assert wrong(found) == {}
    assert "would not be noticed" in found["identity"].found


def test_a_port_where_nothing_listens_is_the_network() -> None:
    with Terminal().serve(udp=False) as (host, port):
        pass

    found = {finding.step: finding for finding in probe("zkteco", address(host, port), ZONE)}

    assert list(wrong(found)) == ["network"]
    assert "4370" in found["network"].next_step


def test_a_terminal_that_answers_by_the_other_transport_only_is_told() -> None:
    with socket.socket() as taken, Terminal().serve() as (host, port):
        # TCP of the address is refused: it is asked on another loopback address, where only UDP is forwarded.
        taken.bind(("127.0.0.2", 0))
        found = _only_udp(host, port)

    assert list(wrong(found)) == ["network", "other transport"]
    assert found["other transport"].next_step == "Set the device's transport to UDP."


def _only_udp(host: str, port: int) -> dict[str, CheckedItem]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as front:
        front.bind(("127.0.0.2", 0))
        front.settimeout(0.1)
        stop = threading.Event()
        thread = threading.Thread(target=_forward, args=(front, (host, port), stop))
        thread.start()
        try:
            here = address("127.0.0.2", front.getsockname()[1])
            return {finding.step: finding for finding in probe("zkteco", here, ZONE)}
        finally:
            stop.set()
            thread.join()


def _forward(front: socket.socket, target: tuple[str, int], stop: threading.Event) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
        back.settimeout(1)
        while not stop.is_set():
            try:
                packet, client = front.recvfrom(65_536)
                back.sendto(packet, target)
                front.sendto(back.recv(65_536), client)
            except TimeoutError:
                continue


def test_a_web_server_on_the_port_is_no_terminal() -> None:
    with web_server() as (host, port):
        found = {finding.step: finding for finding in probe("zkteco", address(host, port), ZONE)}

    assert list(wrong(found)) == ["session"]
    assert "another service" in found["session"].next_step


@pytest.mark.parametrize("host", ["gate; rm -rf /", "$(id)", "http://gate", "a" * 64, ""])
def test_an_address_with_shell_characters_is_refused_before_anything_is_asked(host: str) -> None:
    found = {finding.step: finding for finding in probe("zkteco", address(host, 4370), ZONE)}

    assert list(wrong(found)) == ["address"]


@pytest.mark.parametrize(
    ("drift", "says", "step"),
    [
        (timedelta(seconds=3), "[23] s ahead", ""),
        (timedelta(seconds=-90), "9[01] s behind", "Set the terminal's clock"),
        (timedelta(hours=-5), "5 h 0 min behind", "Correct the device's time zone"),
        (timedelta(hours=5, minutes=45), "5 h 45 min ahead", "Correct the device's time zone"),
        (timedelta(minutes=7), "7 min ahead", "Set the terminal's clock"),
        (timedelta(days=-4000), "4000 days behind", "Set the terminal's clock"),
    ],
)
def test_a_clock_that_is_wrong_is_told_from_a_zone_that_is(drift: timedelta, says: str, step: str) -> None:
    machine = terminal()
    machine.now += drift

    found = looked(machine, udp=False)["clock"]

    assert re.search(says, found.found)
    assert found.ok is not bool(step)
    assert found.next_step.startswith(step)


def test_a_terminal_that_is_nearly_full_is_told() -> None:
    punches = taps(*[("7", at("09:00") + timedelta(minutes=number)) for number in range(9)])
    users = people(*[(str(number), "") for number in range(1, 10)])
    found = looked(terminal(users, punches, profile=Profile(log_capacity=10, user_capacity=10)))

    assert "delete its oldest punches" in wrong(found)["punches held"]
    assert "people who have left" in wrong(found)["people held"]


def test_a_terminal_that_counts_nothing_is_told() -> None:
    found = looked(terminal(profile=Profile(size_table=4)))

    assert "set the record size by hand" in wrong(found)["punches held"]


def test_records_that_cannot_be_read_are_told_and_the_others_shown() -> None:
    machine = terminal(people(("7", "Asha")), taps(("7", at("09:00"))))
    bad = SimulatedPunch(user_id="7", raw_time=24 * 372 * 86_400 + (31 + 30) * 86_400)
    machine.set_punches([*taps(("7", at("09:00"))), bad])

    found = looked(machine)

    assert wrong(found) == {}, "nothing that a person could mend"
    assert "1 of the first 2 cannot be read" in found["bad records"].found
    assert "7 at 2024-01-08 09:00:00" in found["records"].found


@pytest.mark.parametrize(("command", "step"), [(1503, "people")])
def test_what_the_firmware_refuses_is_told_where_it_happens_and_what_was_seen_stays(command: int, step: str) -> None:
    found = looked(terminal(faults=Faults(refuse=frozenset({command}))))

    assert list(wrong(found)) == [step]
    assert found["clock"].ok


def test_a_terminal_that_falls_silent_keeps_what_was_seen() -> None:
    machine = terminal(people(("7", "Asha")), faults=Faults(stall_after_bytes=200))
    with machine.serve(udp=False) as (host, port):
        here = replace(address(host, port), answer_seconds=0.3)
        found = {finding.step: finding for finding in probe("zkteco", here, ZONE)}

    assert found["session"].ok
    assert len(wrong(found)) == 1
    assert "switched on" in next(iter(wrong(found).values()))


def test_udp_is_looked_at_as_well() -> None:
    found = looked(terminal(people(("7", "Asha")), taps(("7", at("09:00")))), transport=Transport.UDP)

    assert wrong(found) == {}
    assert found["network"].found == "answers by UDP"
    assert found["other transport"].found == "answers by TCP too"


def test_the_terminal_of_the_tests_has_a_clock_of_today() -> None:
    assert terminal().now.date() - date(2024, 1, 1) > timedelta(days=1)
    assert abs(terminal().now - datetime.now(ZONE).replace(tzinfo=None)) < timedelta(seconds=5)

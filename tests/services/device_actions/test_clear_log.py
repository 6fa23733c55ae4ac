"""A log is cleared only when every record is proven stored; whatever breaks, nothing is lost and people can punch.

Covers: services/device_actions/proof, services/devices/enable.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from attendance_devices.drivers.zkteco import writing
from attendance_devices.drivers.zkteco.driver import ZKTecoSession
from attendance_devices.exceptions import (
    AttendanceDevicesError,
    DeviceError,
    DeviceHungUp,
    DeviceTaken,
    LeftDisabled,
    NotProven,
    NotVerified,
    Unsupported,
    WriteForbidden,
    WriteRefused,
    WriteRejected,
)
from attendance_devices.models import AuditEntry, Device, DeviceUser, ESSLAttendanceLog, ForgottenPunch
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.device_actions.clear_log import clear_log
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.retention.clean_up import clean_up
from attendance_devices.services.workers.leases import leased
from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedPunch, Terminal
from tests.builders.crm import at, days, employee, nothing_is_written, people, taps, terminal
from tests.builders.old_days import told
from tests.builders.terminal_writes import (
    CLEAR,
    DISABLE,
    ENABLE,
    PREPARE,
    READ,
    at_command,
    no_pauses,
    only_read,
    orders,
    stored,
    trail,
    writer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_pauses")]
__all__ = ["no_pauses"]
WHOLE = ["disable", "clear", "enable"]
FEBRUARY_31 = (((2026 - 2000) * 12 + 1) * 31 + 30) * 86400
LAYOUTS: list[dict[str, Any]] = [
    {"record_layout": "40"},
    {"record_layout": "16"},
    {"record_layout": "8", "user_size": 28},
    {"record_layout": "8prime", "user_size": 28},
    {"record_layout": "49"},
    {"record_layout": "40", "sentinel": True, "frame_size": 1008},
]


def logged() -> int:
    return ESSLAttendanceLog.objects.count()


def everything_is_there(machine: Terminal, gate: Device, count: int = 6) -> None:
    """Nothing is lost: what the terminal holds and what is stored make up all that was ever punched. It can be used."""
    machine.faults = Faults()
    assert collect(gate.pk).ok
    assert logged() == count
    assert not machine.disabled
    gate.refresh_from_db()
    assert gate.disabled_since is None
    assert machine.punch("7", at("23:00", days(9)[8]))
    assert collect(gate.pk).new == 1


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("profile", LAYOUTS, ids=lambda profile: " ".join(map(str, profile.values())))
def test_a_log_that_is_stored_is_cleared_and_the_next_poll_reads_the_new_one(
    profile: dict[str, Any], transport: str
) -> None:
    log = taps(*[("7", at("09:00", day)) for day in days(6)])
    machine = terminal(people(("7", "Asha")), log, profile=Profile(**profile))
    with stored(machine, transport=transport) as (machine, gate):
        result = clear_log(gate.pk)

        assert result.cleared
        assert result.words == "Gate 1: 6 records, all stored, were cleared"
        assert machine.record_count == 0
        assert orders(machine) == WHOLE
        assert trail() == [("clear_log", "begun"), ("clear_log", "done")]
        gate.refresh_from_db()
        assert (gate.record_count, gate.disabled_since, gate.lease_holder) == (0, None, "")
        machine.set_punches(taps(*[("7", at("10:00", day)) for day in days(40)]))
        found = collect(gate.pk)
        assert (found.new, found.known, found.whole) == (40, 0, True)


def test_the_dry_run_says_what_would_be_cleared_and_writes_nothing() -> None:
    with stored() as (machine, gate):
        with nothing_is_written():
            plan = clear_log(gate.pk, dry_run=True)

        assert plan.words == "Gate 1: 6 records, all stored, would be cleared; nobody can punch there for about 1 s"
        assert only_read(machine)
        assert machine.record_count == 6


def test_an_empty_log_is_left_alone() -> None:
    with stored(terminal()) as (machine, gate):
        assert clear_log(gate.pk).words == "the log of Gate 1 is empty: there is nothing to clear"
        assert only_read(machine)
    assert trail() == []


def test_whoever_asks_is_named_in_the_trail_and_the_process_where_nobody_is() -> None:
    with stored() as (_, gate):
        boss = writer()
        clear_log(gate.pk, by=boss)
        begun, done = AuditEntry.objects.order_by("pk")
        assert (begun.by, begun.by_name, begun.device, begun.device_name) == (boss, "clerk", gate, "Gate 1")
        assert begun.words.startswith("Gate 1: 6 records, all stored, would be cleared")
        assert done.details == {"begun": begun.pk, "records": 6}


def unstore(machine: Terminal, gate: Device) -> None:
    ESSLAttendanceLog.objects.get(device_time=at("09:00", days(6)[3])).delete()


def other_person(machine: Terminal, gate: Device) -> None:
    ESSLAttendanceLog.objects.filter(device_time=at("09:00", days(6)[3])).update(biometric_id="8")


def other_fold(machine: Terminal, gate: Device) -> None:
    ESSLAttendanceLog.objects.filter(device_time=at("09:00", days(6)[3])).update(fold=1)


def other_device(machine: Terminal, gate: Device) -> None:
    other = Device.objects.create(name="Other", address="192.0.2.1")
    ESSLAttendanceLog.objects.filter(device_time=at("09:00", days(6)[3])).update(device=other)


def new_punch(machine: Terminal, gate: Device) -> None:
    machine.punch("7", at("18:00"))


def unreadable(machine: Terminal, gate: Device) -> None:
    log = [SimulatedPunch(user_id="7", at=at("09:00", day)) for day in days(6)]
    machine.set_punches([*log, SimulatedPunch(user_id="7", raw_time=FEBRUARY_31)])
    assert collect(gate.pk).quarantined == 1


def forgets_to_count(machine: Terminal, gate: Device) -> None:
    machine.faults = Faults(refuse=frozenset({50}))


def miscounts(machine: Terminal, gate: Device) -> None:
    machine.faults = Faults(wrong_count=7)


REFUSALS: list[tuple[str, Callable[[Terminal, Device], None], str]] = [
    ("a record was lost here", unstore, "1 record is not stored: 7 at 2024-01-11 09:00:00. Run poll_devices"),
    ("it is stored for another person", other_person, "1 record is not stored: 7 at 2024-01-11 09:00:00"),
    ("it is stored for the other pass of an hour", other_fold, "1 record is not stored: 7 at 2024-01-11"),
    ("it is stored for another terminal", other_device, "1 record is not stored: 7 at 2024-01-11 09:00:00"),
    ("somebody punched since the last poll", new_punch, "1 record is not stored: 7 at 2024-01-08 18:00:00"),
    ("a record is in quarantine", unreadable, "1 record is unreadable: a record that cannot be read (31.02.2026 is"),
    ("it does not say how many it holds", forgets_to_count, "it does not say how many records it holds"),
    ("it counts more than could be read", miscounts, "it counts 7 records, and 6 could be read"),
]


@pytest.mark.parametrize("dry_run", [True, False], ids=["rehearsed", "in earnest"])
@pytest.mark.parametrize(("spoil", "said"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_it_is_refused_without_a_word_to_the_terminal_when(
    spoil: Callable[[Terminal, Device], None], said: str, dry_run: bool
) -> None:
    # With the size of its records entered by hand, a log is read whatever the terminal counts.
    with stored(record_size=40) as (machine, gate):
        spoil(machine, gate)
        before = machine.log_bytes()

        with pytest.raises(NotProven) as caught:
            clear_log(gate.pk, dry_run=dry_run)

        assert f"Gate 1: refused: {said}" in str(caught.value)
        assert caught.value.advice
        assert only_read(machine)
        assert machine.log_bytes() == before
    assert trail() == ([] if dry_run else [("clear_log", "refused")])


def test_only_the_first_few_of_many_are_named() -> None:
    with stored() as (_, gate):
        ESSLAttendanceLog.objects.all().delete()
        with pytest.raises(NotProven) as caught:
            clear_log(gate.pk, dry_run=True)
    assert "6 records are not stored: 7 at 2024-01-08 09:00:00, " in str(caught.value)
    assert "2024-01-12 09:00:00, ..." in str(caught.value)
    assert "2024-01-13" not in str(caught.value)


def test_two_touches_in_one_second_are_one_stored_punch() -> None:
    machine = terminal(punches=taps(*[("7", at("09:00"))] * 2, ("8", at("09:00"))))
    with stored(machine) as (machine, gate):
        assert logged() == 2
        assert clear_log(gate.pk).records == 3


def test_a_slot_that_has_another_owner_now_is_proven_by_the_slot() -> None:
    profile = Profile(record_layout="8", user_size=28)
    log = taps(*[("7", at("09:00", day)) for day in days(6)])
    with stored(terminal(people(("7", "Asha")), log, profile=profile)) as (machine, gate):
        machine.users = people(("9", "Babar"))
        assert clear_log(gate.pk).cleared
        assert set(ESSLAttendanceLog.objects.values_list("biometric_id", flat=True)) == {"7"}


def test_a_slot_is_not_proven_by_the_punch_of_another_slot() -> None:
    profile = Profile(record_layout="8", user_size=28)
    log = taps(*[("7", at("09:00", day)) for day in days(6)])
    with stored(terminal(people(("7", "Asha")), log, profile=profile)) as (_, gate):
        ESSLAttendanceLog.objects.filter(device_time=at("09:00")).update(slot=None)
        assert clear_log(gate.pk, dry_run=True).records == 6, "what came by another way names no slot"
        ESSLAttendanceLog.objects.filter(device_time=at("09:00")).update(slot=44)
        with pytest.raises(NotProven, match="1 record is not stored: 7 at 2024-01-08"):
            clear_log(gate.pk)


# The hour that repeats: New York, 3 November 2024, 01:00 to 02:00

NIGHT = days(1, at("00:00").date().replace(month=11, day=3))[0]


def autumn(*clocks: str) -> Terminal:
    return terminal(punches=taps(*[("7", at(clock, NIGHT)) for clock in clocks]))


def test_both_passes_of_a_repeated_hour_have_to_be_stored() -> None:
    with stored(autumn("00:30", "01:15", "01:45", "01:15", "03:00"), timezone="America/New_York") as (_, gate):
        assert sorted(ESSLAttendanceLog.objects.values_list("fold", flat=True)) == [0, 0, 0, 0, 1]
        second = ESSLAttendanceLog.objects.get(fold=1)
        kept = second.pk, second.delete()
        with pytest.raises(NotProven, match="1 record is not stored: 7 at 2024-11-03 01:15:00"):
            clear_log(gate.pk)
        second.pk = kept[0]
        second.save(force_insert=True)
        assert clear_log(gate.pk).cleared


def test_one_stored_second_pass_does_not_stand_for_two_records() -> None:
    with stored(autumn("01:15", "01:45", "01:15", "03:00"), timezone="America/New_York") as (_, gate):
        ESSLAttendanceLog.objects.get(fold=0, device_time=at("01:15", NIGHT)).delete()
        with pytest.raises(NotProven, match="1 record is not stored: 7 at 2024-11-03 01:15:00"):
            clear_log(gate.pk)


@pytest.mark.parametrize("fold", [0, 1])
def test_a_record_of_a_pass_that_nobody_knows_is_proven_by_either_and_by_nothing_else(fold: int) -> None:
    with stored(autumn("01:45", "03:00"), timezone="America/New_York") as (_, gate):
        first = ESSLAttendanceLog.objects.filter(device_time=at("01:45", NIGHT))
        first.update(fold=fold)
        assert clear_log(gate.pk, dry_run=True).records == 2
        first.delete()
        with pytest.raises(NotProven, match="1 record is not stored: 7 at 2024-11-03 01:45:00"):
            clear_log(gate.pk, dry_run=True)


def test_within_a_repeated_hour_the_log_is_needed_to_tell_its_passes_apart() -> None:
    with stored(timezone="America/New_York") as (machine, gate):
        machine.now = at("01:20", NIGHT)
        with pytest.raises(WriteRefused, match=r"its clock shows 01:2\d, an hour that repeats"):
            clear_log(gate.pk, dry_run=True)
        machine.now = at("02:20", NIGHT)
        assert clear_log(gate.pk, dry_run=True).records == 6


# While it is done


def test_a_punch_between_the_two_readings_stops_it_and_is_kept() -> None:
    with stored() as (machine, gate):
        at_command(machine, DISABLE, lambda: machine.punch("7", at("18:00")) and None)
        with pytest.raises(NotProven, match="1 record is not stored: 7 at 2024-01-08 18:00:00"):
            clear_log(gate.pk)

        assert orders(machine) == ["disable", "enable"]
        assert machine.record_count == 7
        everything_is_there(machine, gate, 7)
    assert trail() == [("clear_log", "begun"), ("clear_log", "refused")]


def test_a_log_that_is_another_one_at_the_second_reading_stops_it() -> None:
    with stored() as (machine, gate):
        at_command(machine, DISABLE, partial(machine.delete_oldest, 2))
        with pytest.raises(NotProven, match=r"its log changed between two readings \(6 and 4 records\)"):
            clear_log(gate.pk)
        assert orders(machine) == ["disable", "enable"]
        assert machine.record_count == 4


def test_a_row_that_is_gone_at_the_second_reading_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    disable = ZKTecoSession.disable

    def and_lose_a_row(session: ZKTecoSession) -> None:
        disable(session)
        ESSLAttendanceLog.objects.get(device_time=at("09:00")).delete()

    monkeypatch.setattr(ZKTecoSession, "disable", and_lose_a_row)
    with stored() as (machine, gate):
        with pytest.raises(NotProven, match="1 record is not stored"):
            clear_log(gate.pk)
        assert machine.record_count == 6
        assert orders(machine) == ["disable", "enable"]


def test_a_terminal_that_only_pretends_to_be_still_is_counted_once_more() -> None:
    with stored() as (machine, gate):
        machine.faults = Faults(pretend=frozenset({DISABLE}))
        # Sizes are asked for around each preparing of the log, and after the reading: the last of them is the sixth.
        at_command(machine, 50, lambda: machine.punch("7", at("18:00")) and None, time=6)
        with pytest.raises(NotProven, match="it counts 7 records, and 6 could be read"):
            clear_log(gate.pk)
        assert orders(machine) == ["disable", "enable"]
        everything_is_there(machine, gate, 7)


def test_a_terminal_that_only_pretends_to_clear_is_found_out() -> None:
    with stored() as (machine, gate):
        machine.faults = Faults(pretend=frozenset({CLEAR}))
        with pytest.raises(NotVerified, match="it took the order to clear its log and counts 6 records; all 6"):
            clear_log(gate.pk)
        assert orders(machine) == WHOLE
        everything_is_there(machine, gate)
    assert ("clear_log", "failed") in trail()


@pytest.mark.parametrize(
    ("faults", "error", "told"),
    [
        (Faults(deny=frozenset({DISABLE})), WriteRejected, ["disable", "enable"]),
        (Faults(refuse=frozenset({DISABLE})), Unsupported, ["disable", "enable"]),
        (Faults(deny=frozenset({CLEAR})), WriteRejected, WHOLE),
        (Faults(refuse=frozenset({CLEAR})), Unsupported, WHOLE),
    ],
    ids=["it will not be still", "it cannot be still", "it will not clear", "it cannot clear"],
)
def test_a_terminal_that_says_no_keeps_its_log_and_takes_punches(
    faults: Faults, error: type[DeviceError], told: list[str]
) -> None:
    with stored() as (machine, gate):
        machine.faults = faults
        with pytest.raises(error):
            clear_log(gate.pk)
        assert orders(machine) == told
        assert machine.record_count == 6
        everything_is_there(machine, gate)


def cut(before: int = 0, after: int = 0) -> Faults:
    """One connection fails there; the next is sound."""
    return Faults(cut_before=frozenset({before}), cut_after=frozenset({after}), limited=1)


CUTS: list[tuple[str, Faults, int]] = [
    ("before it is kept still", cut(before=DISABLE), 6),
    ("after it is kept still", cut(after=DISABLE), 6),
    ("as the second reading begins", cut(before=PREPARE), 6),
    ("before it is cleared", cut(before=CLEAR), 6),
    ("after it was cleared", cut(after=CLEAR), 0),
]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(("faults", "left"), [case[1:] for case in CUTS], ids=[case[0] for case in CUTS])
def test_when_the_line_is_cut_nothing_is_lost_and_people_can_punch(
    faults: Faults, left: int, transport: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CLEAR_SECONDS", 1.0)
    settings.ATTENDANCE_DEVICES = {**settings.ATTENDANCE_DEVICES, "ANSWER_SECONDS": 0.5}
    with stored(transport=transport) as (machine, gate):
        # The first connection, which proves, is sound; the second fails as declared, the third lets go.
        at_command(machine, 1001, lambda: setattr(machine, "faults", faults))

        with pytest.raises(DeviceError):
            clear_log(gate.pk)

        assert machine.record_count == left
        assert not machine.disabled
        assert orders(machine)[-1] == "enable"
        everything_is_there(machine, gate)
    assert trail()[:2] == [("clear_log", "begun"), ("clear_log", "failed")]


def test_a_cut_while_it_lets_go_is_tried_again_on_a_fresh_connection() -> None:
    with stored() as (machine, gate):
        machine.faults = Faults(cut_before=frozenset({ENABLE}), limited=4)
        assert clear_log(gate.pk).cleared
        assert not machine.disabled
        gate.refresh_from_db()
        assert gate.disabled_since is None


def test_a_terminal_that_cannot_be_told_to_go_on_is_remembered_and_told_at_the_next_poll() -> None:
    with stored() as (machine, gate):
        machine.faults = Faults(cut_before=frozenset({ENABLE}))
        with pytest.raises(LeftDisabled, match="could not be told to take punches again") as caught:
            clear_log(gate.pk)

        assert "run poll_devices" in caught.value.advice
        assert machine.disabled
        gate.refresh_from_db()
        assert gate.disabled_since is not None
        assert trail() == [("clear_log", "begun"), ("clear_log", "failed")]
        everything_is_there(machine, gate)
    assert ("enable", "done") in trail()


def test_a_terminal_that_is_gone_before_it_heard_anything_is_not_said_to_be_left_still() -> None:
    with stored() as (machine, gate):
        at_command(machine, 1001, lambda: setattr(machine, "faults", Faults(cut_before=frozenset({1000}))))
        with pytest.raises(DeviceHungUp):
            clear_log(gate.pk)
        assert only_read(machine)
        gate.refresh_from_db()
        assert gate.disabled_since is None


def test_a_terminal_that_is_gone_in_the_middle_says_both_things_that_happened() -> None:
    with stored() as (machine, gate):
        at_command(
            machine, CLEAR, lambda: setattr(machine, "faults", Faults(cut_before=frozenset({1000, READ, 50, 1013})))
        )
        with pytest.raises(LeftDisabled) as caught:
            clear_log(gate.pk)
        assert str(caught.value).count("closed the connection") == 2
        everything_is_there(machine, gate)


def test_a_poll_goes_on_reading_a_terminal_that_says_no_to_being_let_go() -> None:
    with stored() as (machine, gate):
        Device.objects.update(disabled_since=gate.last_seen)
        machine.faults = Faults(deny=frozenset({ENABLE}))
        machine.punch("7", at("18:00"))
        assert collect(gate.pk).new == 1
        gate.refresh_from_db()
        assert gate.disabled_since is not None


# Who may, and one at a time


@pytest.mark.parametrize("dry_run", [True, False], ids=["rehearsed", "in earnest"])
def test_without_the_right_it_is_refused_before_the_terminal_hears_of_it(dry_run: bool) -> None:
    with stored() as (machine, gate):
        asked = len(machine.journal)
        with pytest.raises(WriteForbidden, match="clerk may not write to terminals"):
            clear_log(gate.pk, by=writer(allowed=False), dry_run=dry_run)
        assert len(machine.journal) == asked


@pytest.mark.parametrize("dry_run", [True, False], ids=["rehearsed", "in earnest"])
def test_while_another_process_has_the_terminal_nobody_else_talks_to_it(dry_run: bool) -> None:
    with stored() as (machine, gate):
        asked = len(machine.journal)
        with leased(gate.pk, timedelta(minutes=1)), pytest.raises(DeviceTaken):
            clear_log(gate.pk, dry_run=dry_run)
        assert len(machine.journal) == asked


def test_while_it_is_cleared_nobody_else_gets_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    order = ZKTecoSession.clear_log

    def and_try_a_poll(session: ZKTecoSession) -> None:
        tried.append(collect(Device.objects.get().pk).error)
        order(session)

    monkeypatch.setattr(ZKTecoSession, "clear_log", and_try_a_poll)
    with stored() as (machine, gate):
        clear_log(gate.pk)
        assert machine.peak_sessions == 1
    assert len(tried) == 1
    assert "another process reads it" in tried[0]


def test_an_interrupted_write_leaves_its_trail_and_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(session: ZKTecoSession) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ZKTecoSession, "clear_log", interrupted)
    with stored() as (machine, gate):
        with pytest.raises(KeyboardInterrupt):
            clear_log(gate.pk)
        assert orders(machine) == ["disable", "enable"]
        assert AuditEntry.objects.first().words == "broken off by KeyboardInterrupt"
        everything_is_there(machine, gate)


def test_a_terminal_that_is_off_is_a_typed_error_and_nothing_is_begun() -> None:
    with stored() as (machine, gate):
        machine.stop()
        with pytest.raises(AttendanceDevicesError, match="nothing listens"):
            clear_log(gate.pk)
    assert trail() == [("clear_log", "failed")]


def test_what_was_stored_and_is_no_longer_kept_stands_in_nobodys_way(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {**settings.ATTENDANCE_DEVICES, "KEEP_PUNCHES_DAYS": 30}
    asha = employee("7")
    with stored() as (machine, gate):
        assign(DeviceUser.objects.get(device=gate), asha.pk, by="a person")
        told(gate)
        assert clean_up().punches == machine.record_count == 6
        assert logged() == 0

        clear_log(gate.pk)

        assert machine.record_count == 0
        assert collect(gate.pk, whole=True).new == 0
        assert not ForgottenPunch.objects.exists()

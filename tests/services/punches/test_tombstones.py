"""Punches that went while their terminal still holds them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.exceptions import CursorTaken
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, ForgottenPunch
from attendance_devices.models.logs import Source
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.collection.edit_device import apply_time_zone
from attendance_devices.services.punches.coverage import devices_with_first_punch, first_believable_punch
from attendance_devices.services.punches.store import receipt_now, sort, store
from attendance_devices.services.punches.tombstones import OldestRecords, drop_marks, marks, new_key
from attendance_devices.services.retention.clean_up import clean_up
from attendance_devices.simulators.zkteco import Faults, Profile, Terminal
from tests.builders.crm import MONDAY, at, device, employee, mapped, on_the_wall, people, setting, taps, terminal
from tests.builders.old_days import TUESDAY, came, kept, told, worked

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
NIGHT = at("00:00", datetime(2024, 11, 3).date())
"""In New York the hour after one o'clock comes twice."""


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=30)


def fresh(gate: Device) -> Device:
    gate.refresh_from_db()
    return gate


def new(gate: Device, *punches: Punch) -> list[datetime]:
    """Which of these a read would take for new ones."""
    found = sort(fresh(gate), Batch(punches=punches, cursor={}), receipt_now(Source.POLL))
    assert found.known == len(punches) - len(found.logs)
    return [log.device_time for log in found.logs]


class TestAForgottenPunch:
    def test_is_known_by_its_id_and_its_moment_alone(self) -> None:
        gate, _ = worked(MONDAY)
        other = device("Other")
        clean_up()

        assert new(gate, Punch(biometric_id="7", device_time=at("09:00"))) == []
        for stranger in ("8", "07", "7 ", "A"):
            assert new(gate, Punch(biometric_id=stranger, device_time=at("09:00"))) == [at("09:00")]
        assert new(gate, Punch(biometric_id="7", device_time=at("09:00:01"))) == [at("09:00:01")]
        assert new(other, Punch(biometric_id="7", device_time=at("09:00"))) == [at("09:00")]

    @pytest.mark.parametrize("fold", [0, 1, None])
    def test_is_known_in_any_pass_of_a_repeated_hour(self, fold: int | None) -> None:
        gate, _ = worked(MONDAY)
        clean_up()

        assert new(gate, Punch(biometric_id="7", device_time=at("09:00"), fold=fold)) == []

    def test_is_known_by_its_slot_though_that_is_another_s_now(self) -> None:
        gate, _ = worked(TUESDAY)
        store(
            fresh(gate),
            Batch(punches=[Punch(biometric_id="7", device_time=at("09:00"), slot=3)], cursor={}),
            receipt_now(Source.POLL),
        )
        told(gate)
        assert clean_up().punches == 3

        assert new(gate, Punch(biometric_id="12", device_time=at("09:00"), slot=3)) == []
        assert new(gate, Punch(biometric_id="12", device_time=at("09:00"), slot=4)) == [at("09:00")]
        assert new(gate, Punch(biometric_id="3", device_time=at("09:00"))) == [at("09:00")], "an id is no slot"

    def test_names_nobody(self) -> None:
        worked(MONDAY, key="4711")
        clean_up()
        row = ForgottenPunch.objects.values().first()

        assert row is not None
        assert "4711" not in str({**row, "place": 0, "id": 0})

    def test_has_marks_that_another_key_does_not_make(self) -> None:
        one, other = new_key(), new_key()

        assert marks(one, "7", 7) == marks(one, "7", 7)
        assert len({*marks(one, "7", 7), *marks(other, "7", 7)}) == 4
        assert marks(one, "7", None)[1] == ""

    def test_is_known_whatever_becomes_of_the_secret_key(self, settings: Any) -> None:
        gate, _ = worked(MONDAY)
        clean_up()
        settings.SECRET_KEY, settings.SALT_KEY = "another", "another"

        assert new(gate, Punch(biometric_id="7", device_time=at("09:00"))) == []

    @pytest.mark.parametrize("layout", ["40", "16", "8"])
    def test_is_known_by_any_record_of_a_real_read(self, layout: str) -> None:
        employee("7")
        machine = terminal(people(("7", "")), taps(("7", at("09:00"))), profile=Profile(record_layout=layout))
        with on_the_wall(machine) as gate:
            assert collect(gate.pk).new == 1
            DeviceUser.objects.update(system_user=None, ignored=True)
            assert clean_up().ignored == 1

            found = collect(gate.pk, whole=True)

        assert (found.ok, found.new, found.known, found.missing) == (True, 0, 1, 0)


def test_a_read_that_began_before_anything_was_forgotten_is_refused() -> None:
    gate, _ = worked(MONDAY)
    begun = Device.objects.get(pk=gate.pk)
    clean_up()
    batch = Batch(punches=[Punch(biometric_id="7", device_time=at("09:00"))], cursor={})

    with pytest.raises(CursorTaken):
        store(begun, batch, receipt_now(Source.POLL))

    assert kept() == []


def test_a_read_that_began_between_two_clean_ups_goes_on() -> None:
    gate, _ = worked(MONDAY)
    clean_up()
    came(gate, "7", MONDAY + 9 * ONE_DAY)
    told(gate)
    begun = Device.objects.get(pk=gate.pk)
    clean_up()
    batch = Batch(punches=[Punch(biometric_id="7", device_time=at("09:00", MONDAY + 9 * ONE_DAY))], cursor={})

    assert store(begun, batch, receipt_now(Source.POLL)).logs == []


class TestATerminalThatHoldsThemNoMore:
    @pytest.fixture
    def machine(self) -> Terminal:
        return terminal(people(("7", "")), taps(*[("7", at(f"09:0{number}")) for number in range(6)]))

    def forgotten(self, machine: Terminal, gate: Device) -> None:
        """All six are."""
        collect(gate.pk)
        DeviceUser.objects.update(ignored=True)
        assert clean_up().ignored == 6

    def left(self, gate: Device, *, whole: bool = True) -> list[datetime]:
        """Which marks there are after a read."""
        assert collect(gate.pk, whole=whole).ok
        return sorted(ForgottenPunch.objects.values_list("device_time", flat=True))

    def test_has_none_when_its_log_was_cleared(self, machine: Terminal) -> None:
        with on_the_wall(machine) as gate:
            self.forgotten(machine, gate)
            machine.clear_log()

            assert self.left(gate) == []
        assert fresh(gate).forgets_with == ""

    def test_has_those_from_its_oldest_record_on_when_others_were_written_over(self, machine: Terminal) -> None:
        with on_the_wall(machine) as gate:
            self.forgotten(machine, gate)
            machine.delete_oldest(4)

            assert self.left(gate) == [at("09:04"), at("09:05")]
        assert fresh(gate).forgets_with

    def test_has_none_when_it_was_cleared_and_holds_others(self, machine: Terminal) -> None:
        with on_the_wall(machine) as gate:
            self.forgotten(machine, gate)
            machine.clear_log()
            machine.punch(user_id="7", at=at("10:00"))

            assert self.left(gate) == []

    def test_keeps_those_that_a_lost_clock_made(self, machine: Terminal) -> None:
        lost = datetime(2000, 1, 1, 0, 5)
        machine.punch(user_id="7", at=lost)
        with on_the_wall(machine) as gate:
            collect(gate.pk)
            DeviceUser.objects.update(ignored=True)
            ESSLAttendanceLog.objects.update(review="")
            assert clean_up().ignored == 7
            machine.delete_oldest(6)
            machine.punch(user_id="7", at=at("10:00"))

            assert self.left(gate) == [lost], "the others went, though it is older than they are"

    def test_is_believed_only_after_a_whole_read(self, machine: Terminal) -> None:
        with on_the_wall(machine) as gate:
            self.forgotten(machine, gate)
            machine.punch(user_id="7", at=at("10:00"))

            assert len(self.left(gate, whole=False)) == 6

    def test_is_not_taken_to_be_empty_when_nobody_can_read_its_records(self, machine: Terminal) -> None:
        with on_the_wall(machine) as gate:
            self.forgotten(machine, gate)
        unread = OldestRecords()
        unread.meet([], 6)

        drop_marks(fresh(gate), unread)

        assert ForgottenPunch.objects.count() == 6

    def test_is_not_believed_when_the_read_was_cut(self, machine: Terminal) -> None:
        with on_the_wall(machine) as gate:
            self.forgotten(machine, gate)
            machine.delete_oldest(2)
            machine.faults = Faults(close_after_bytes=150)
            assert not collect(gate.pk, whole=True).ok

        assert ForgottenPunch.objects.count() == 6


class TestACorrectedZone:
    def test_does_not_make_them_new(self) -> None:
        gate, _ = worked(NIGHT.date(), timezone="UTC")
        came(gate, "7", NIGHT.date(), clocks=["01:30"])
        told(gate)
        clean_up()
        gate = fresh(gate)
        gate.timezone = "America/New_York"
        gate.save()
        apply_time_zone(gate)

        for fold in (0, 1, None):
            assert new(gate, Punch(biometric_id="7", device_time=at("01:30", NIGHT.date()), fold=fold)) == []

    def test_tells_the_passes_of_the_rest_by_those_that_are_gone(self) -> None:
        gate, _ = worked(MONDAY, timezone="UTC")
        DeviceUser.objects.create(device=gate, device_user_id="9", ignored=True)
        for clock, who in (("00:50", "9"), ("01:40", "9"), ("01:10", "7"), ("02:30", "9")):
            came(gate, who, NIGHT.date(), clocks=[clock])
        ESSLAttendanceLog.objects.filter(biometric_id="7").update(user=None)
        DeviceUser.objects.filter(device_user_id="7").update(system_user=None)
        assert clean_up().ignored == 3
        gate = fresh(gate)
        gate.timezone = "America/New_York"
        gate.save()

        apply_time_zone(gate)

        log = ESSLAttendanceLog.objects.get(device_time=at("01:10", NIGHT.date()))
        assert log.fold == 1, "the clock had shown 01:40 before"

    def test_moves_the_moment_since_when_the_terminal_answers(self) -> None:
        worked(MONDAY, timezone="UTC")
        clean_up()
        Device.objects.update(timezone="Asia/Karachi")
        (found,) = devices_with_first_punch()

        since = first_believable_punch(found, found.zone)
        assert since is not None
        assert since.isoformat() == "2024-01-08T04:00:00+00:00"


def test_marks_are_dropped_only_of_that_device() -> None:
    gate, asha = worked(MONDAY)
    other = device("Other")
    mapped(other, "7", asha)
    came(other, "7", MONDAY)
    told(gate, other)
    assert clean_up().punches == 4

    drop_marks(fresh(gate), OldestRecords())

    assert list(ForgottenPunch.objects.values_list("device", flat=True)) == [other.pk, other.pk]

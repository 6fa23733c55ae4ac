"""Punches that a person hands in are stored as a collect stores them, and the terminal's own log goes on as it was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.punches.punch import BadRecord, Punch
from attendance_devices.exceptions import AddressInvalid, ImportForbidden, ZoneChanged
from attendance_devices.models import (
    AuditEntry,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    PendingDay,
    QuarantinedRecord,
    SyncRun,
)
from attendance_devices.services.collection import import_rows
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.collection.import_rows import store_punches
from attendance_devices.services.retention.candidates import OldPunch
from attendance_devices.services.retention.delete import delete_ignored_punches
from attendance_devices.signals import punches_collected
from tests.builders.crm import at, days, device, employee, mapped, on_the_wall, people, statements, taps, terminal

pytestmark = pytest.mark.django_db


def of(*shown: tuple[str, datetime]) -> list[Punch]:
    return [Punch(who, moment) for who, moment in shown]


def six(who: str = "7") -> list[tuple[str, datetime]]:
    return [(who, at("09:00", day)) for day in days(6)]


def clerk(*, allowed: bool = True) -> Any:
    user = get_user_model().objects.create_user(username="clerk", password="x")
    user.user_permissions.add(
        Permission.objects.get(codename="import_attendance" if allowed else "view_esslattendancelog")
    )
    return user


class TestOnce:
    def test_what_a_poll_stored_is_known(self) -> None:
        with on_the_wall(terminal(people(("7", "Ann")), taps(*six()))) as gate:
            collect(gate.pk)
            gate.refresh_from_db()
            result = store_punches(gate, of(*six(), ("7", at("17:00"))))
        assert (result.new, result.known, result.ok) == (1, 6, True)
        assert ESSLAttendanceLog.objects.count() == 7
        assert ESSLAttendanceLog.objects.get(source="file").device_time == at("17:00")

    def test_what_was_handed_in_is_known_to_a_poll(self) -> None:
        with on_the_wall(terminal(people(("7", "Ann")), taps(*six()))) as gate:
            store_punches(gate, of(*six()[:4]))
            result = collect(gate.pk)
        assert (result.new, result.known, result.device_records, result.missing) == (2, 4, 6, 0)

    def test_twice_in_one_hand_is_one(self) -> None:
        result = store_punches(device(), of(*six(), *six()))
        assert (result.new, result.known) == (6, 6)

    def test_so_is_a_double_across_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(import_rows, "PUNCHES_AT_ONCE", 4)
        result = store_punches(device(), of(*six(), *six()))
        assert (result.new, result.known) == (6, 6)

    def test_what_could_not_be_read_is_quarantined_once(self) -> None:
        gate, bad = device(), [BadRecord(raw=b"7\tnever", reason="line 1: 'never' is no time")]
        assert store_punches(gate, [], bad).quarantined == 1
        assert store_punches(gate, [], bad).known == 1
        assert QuarantinedRecord.objects.get().source == "file"

    def test_a_reason_longer_than_its_column_is_cut(self) -> None:
        gate = device()
        store_punches(gate, [], [BadRecord(raw=b"7", reason="x" * 500)])
        assert QuarantinedRecord.objects.get().reason == "x" * 200


class TestTheTerminalsLog:
    def test_the_cursor_stays_and_the_next_poll_reads_only_the_tail(self) -> None:
        machine = terminal(people(("7", "Ann")), taps(*six()))
        with on_the_wall(machine) as gate:
            collect(gate.pk)
            gate.refresh_from_db()
            before = (gate.cursor, gate.cursor_serial, gate.last_sync, gate.record_count)
            store_punches(gate, of(("8", at("08:00"))))
            gate.refresh_from_db()
            assert (gate.cursor, gate.cursor_serial, gate.last_sync, gate.record_count) == before
            machine.punch(user_id="7", at=at("17:00"))
            result = collect(gate.pk)
        assert (result.ok, result.new, result.whole) == (True, 1, False)

    def test_a_session_that_another_process_holds_is_no_hindrance(self) -> None:
        gate = device(lease_holder="elsewhere:1:abc", lease_until=datetime.now(UTC) + timedelta(minutes=5))
        assert store_punches(gate, of(*six())).new == 6

    def test_a_read_that_began_before_goes_on(self) -> None:
        with on_the_wall(terminal(people(("7", "Ann")), taps(*six()))) as gate:
            stale = Device.objects.get(pk=gate.pk)
            store_punches(gate, of(*six()[:2]))
            assert stale.cursor_serial == Device.objects.get(pk=gate.pk).cursor_serial

    def test_punches_that_a_retention_took_stay_away(self) -> None:
        gate = device()
        store_punches(gate, of(*six()))
        stale = Device.objects.get(pk=gate.pk)
        going = [
            OldPunch(
                key=log.pk,
                user=None,
                device=gate.pk,
                shown=log.device_time,
                biometric_id=log.biometric_id,
                slot=None,
                review="",
                source=log.source,
                is_corrected=False,
            )
            for log in ESSLAttendanceLog.objects.order_by("pk")
        ]
        with transaction.atomic():
            delete_ignored_punches(going)
        assert not ESSLAttendanceLog.objects.exists()
        assert Device.objects.get().first_shown is None, "of the days behind a file nobody can say who was missing"
        assert store_punches(stale, of(*six())).new == 0

    def test_a_zone_that_is_corrected_meanwhile_stops_it(self) -> None:
        gate = device(timezone="Asia/Karachi")
        Device.objects.update(timezone="Asia/Kathmandu")
        with pytest.raises(ZoneChanged, match=r"from Asia/Karachi to Asia/Kathmandu meanwhile\. Import the file again"):
            store_punches(gate, of(*six()))
        assert not ESSLAttendanceLog.objects.exists()

    def test_a_zone_that_does_not_exist_is_named(self) -> None:
        gate = device(timezone="Mars/Olympus")
        with pytest.raises(AddressInvalid, match="its time zone 'Mars/Olympus' is unknown"):
            store_punches(gate, of(*six()))


class TestWhatFollows:
    def test_days_of_mapped_people_wait_to_be_derived(self) -> None:
        gate, ann = device(), employee("7")
        mapped(gate, "7", ann)
        store_punches(gate, of(*six(), ("8", at("09:00"))))
        assert PendingDay.objects.count() == 6
        assert set(PendingDay.objects.values_list("user_id", flat=True)) == {ann.pk}

    def test_unknown_people_become_device_users_that_no_terminal_lists(self) -> None:
        gate = device()
        result = store_punches(gate, of(*six()))
        assert result.unknown_ids == ["7"]
        assert DeviceUser.objects.get().on_device is False

    def test_a_run_and_an_audit_entry_are_kept(self) -> None:
        gate, user = device(), clerk()
        store_punches(gate, of(*six()), by=user, subject="sheet.xlsx")
        run, entry = SyncRun.objects.get(), AuditEntry.objects.get()
        assert (run.new, run.whole, run.device_records, run.error) == (6, False, None, "")
        assert (entry.by_name, entry.subject, entry.words) == (
            "clerk",
            "sheet.xlsx",
            "Gate: 6 new, 0 known, 0 quarantined",
        )

    @pytest.mark.django_db(transaction=True)
    def test_whoever_listens_hears_of_it(self) -> None:
        heard: list[int] = []

        def hear(sender: Any, new: int, **kwargs: Any) -> None:
            heard.append(new)

        punches_collected.connect(hear, sender=Device)
        try:
            store_punches(device(), of(*six()))
        finally:
            punches_collected.disconnect(hear, sender=Device)
        assert heard == [6]

    def test_without_the_right_nothing_is_stored(self) -> None:
        gate, user = device(), clerk(allowed=False)
        with pytest.raises(ImportForbidden, match="clerk: may not bring attendance in from files"):
            store_punches(gate, of(*six()), by=user)
        assert not ESSLAttendanceLog.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_all_or_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(import_rows, "PUNCHES_AT_ONCE", 4)
        gate = device()
        spoilt = Punch("7", at("23:00"), raw_status="not a number")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="not a number"):
            store_punches(gate, [*of(*six()), spoilt])
        assert not ESSLAttendanceLog.objects.exists()
        assert not SyncRun.objects.exists()

    def test_the_number_of_queries_does_not_grow(self) -> None:
        gate = device()
        asked = []
        for number in (10, 400):
            punches = [Punch("7", at("09:00") + timedelta(minutes=n + number)) for n in range(number)]
            with CaptureQueriesContext(
                connection,
            ) as queries:
                store_punches(gate, punches)
            asked.append(statements(queries))
        assert asked[1] <= asked[0]

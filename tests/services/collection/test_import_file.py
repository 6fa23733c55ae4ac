"""A log from a USB stick: looked at without a write, stored once however often, and refused if it is doubtful.

Covers: services/collection/file_report, domain/punches/file_contents.
"""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from attendance_devices.domain.punches.file_contents import TouchedDays
from attendance_devices.domain.results import CollectResult
from attendance_devices.drivers.zkteco import attlog
from attendance_devices.exceptions import (
    FileChanged,
    FileDoubtful,
    FileUnreadable,
    ImportForbidden,
    Unsupported,
    ZoneChanged,
)
from attendance_devices.models import (
    AuditEntry,
    Device,
    ESSLAttendanceLog,
    PendingDay,
    ProcessedAttendance,
    QuarantinedRecord,
    SyncRun,
)
from attendance_devices.services.collection import import_file
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.collection.import_file import import_log, inspect_file
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.punches.store import store_without_cursor
from attendance_devices.simulators.zkteco import SimulatedPunch
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    crm_rows,
    days,
    device,
    employee,
    mapped,
    nothing_is_written,
    on_the_wall,
    our_rows,
    people,
    punched,
    taps,
    terminal,
)
from tests.builders.log_files import line, stick, week

pytestmark = pytest.mark.django_db
NAME = "1_attlog.dat"


def imported(*given: Any, **more: Any) -> CollectResult:
    return import_log(*given, **more).result


def stored() -> list[tuple[str, datetime, int]]:
    return list(ESSLAttendanceLog.objects.order_by("pk").values_list("biometric_id", "device_time", "fold"))


class TestLooking:
    def test_it_says_what_would_be_new_known_and_quarantined_and_whose_days(self) -> None:
        gate, ann = device(), employee("7")
        mapped(gate, "7", ann)
        mapped(gate, "8", employee("8"))
        punched(gate, *week()[:5])
        file = stick([*week("7", "8"), ("9", at("12:00"))], b"nonsense\r\n", b"nonsense\r\n")
        with nothing_is_written():
            found = inspect_file(gate, file, NAME)
        assert (found.records, found.new, found.known, found.quarantined, found.flagged) == (27, 20, 6, 1, 0)
        assert found.unlisted == ["9"]
        assert found.unreadable[0] == "line 26: there is no tab between an id and a time"
        saturday = days(6)[-1]
        assert found.touched[0] == TouchedDays(
            biometric_id="7", employee=str(ann.pk), days=4, first=days(6)[2], last=saturday
        )
        assert found.touched[2] == TouchedDays(biometric_id="9", employee="", days=1, first=MONDAY, last=MONDAY)
        assert (found.first, found.last, found.doubts) == (MONDAY, saturday, [])

    def test_what_it_says_is_what_an_import_does(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attlog, "BATCH_LINES", 7)
        gate, file = (
            device(),
            stick([*week("7", "8"), *week("7")], b"nonsense\r\n" * 9, line("7", datetime(2001, 1, 1))),
        )
        found = inspect_file(gate, file, NAME)
        file.seek(0)
        result = imported(gate, file, NAME, digest=found.digest)
        said = (found.new, found.known, found.quarantined, found.flagged)
        assert said == (result.new, result.known, result.quarantined, result.flagged) == (25, 20, 1, 1)

    def test_a_file_without_a_punch_is_no_log(self) -> None:
        for data in (b"", b"\0" * 99, b"\r\n\r\n"):
            with pytest.raises(FileUnreadable, match=r"1_attlog\.dat: there is no punch in it\. Choose the file"):
                inspect_file(device(f"Gate {len(data)}"), io.BytesIO(data), NAME)

    def test_a_file_of_another_kind_is_no_log_and_says_what_is_wrong_with_it(self) -> None:
        with pytest.raises(FileUnreadable, match="no punch in it; line by line: line 1: there is no tab"):
            inspect_file(device(), io.BytesIO(b"PK\x03\x04 an archive\n more"), "sheet.xlsx")

    def test_lines_of_control_characters_are_quarantined_on_every_database(self) -> None:
        quotes = b"7\t2024-01-08 09:00:00\t1\t\x02" + b"'" * 50 + b"\t1\t0"
        bad = [b"7\t" + b"\x01" * 60, quotes, b"\xf0\x9f\x98", b"a\x00b"]
        result = imported(device(), stick(week(), *(one + b"\r\n" for one in bad)), NAME)
        assert (result.new, result.quarantined) == (12, 4)
        assert sorted(bytes(row.raw) for row in QuarantinedRecord.objects.all()) == sorted(bad)

    def test_an_unknown_encoding_is_named(self) -> None:
        with pytest.raises(FileUnreadable, match="'klingon' is no encoding of such a file"):
            inspect_file(device(), stick(week()), NAME, encoding="klingon")

    def test_a_file_in_the_wrong_encoding_stores_nothing(self) -> None:
        gate = device()
        with pytest.raises(FileUnreadable, match="no punch in it"):
            imported(gate, stick(week()), NAME, encoding="utf-16")
        assert stored() == []
        assert not QuarantinedRecord.objects.exists()


class TestOnce:
    def test_the_same_file_twice_stores_each_punch_once(self) -> None:
        gate, file = device(), stick(week("7", "8"), b"nonsense\r\n")
        first = imported(gate, file, NAME)
        file.seek(0)
        second = imported(gate, file, NAME)
        assert (first.new, first.known, first.quarantined) == (24, 0, 1)
        assert (second.new, second.known, second.quarantined) == (0, 25, 0)
        assert (len(stored()), QuarantinedRecord.objects.count()) == (24, 1)

    def test_half_a_file_and_then_the_whole(self) -> None:
        gate, data = device(), stick(week("7", "8")).getvalue()
        half = imported(gate, io.BytesIO(data[: len(data) // 2 + 9]), NAME)
        whole = imported(gate, io.BytesIO(data), NAME)
        assert (half.quarantined, half.new + whole.new) == (1, 24)
        assert len(set(stored())) == len(stored()) == 24

    def test_a_terminal_that_is_polled_and_carried_by_hand_has_each_punch_once(self) -> None:
        machine = terminal(people(("7", "Ann"), ("8", "Bob")), taps(*week("7", "8")[:16]))
        with on_the_wall(machine) as gate:
            assert collect(gate.pk).new == 16
            gate.refresh_from_db()
            before = gate.cursor
            result = imported(gate, stick(week("7", "8")), NAME)
            assert (result.new, result.known) == (8, 16)
            for who, moment in [*week("7", "8")[16:], ("7", at("23:00"))]:
                machine.punch(user_id=who, at=moment)
            gate.refresh_from_db()
            assert gate.cursor == before
            tail = collect(gate.pk)
            assert (tail.new, tail.known, tail.whole) == (1, 8, False)
            whole = collect(gate.pk, whole=True)
        assert (whole.new, whole.known, whole.device_records, whole.missing) == (0, 25, 25, 0)
        assert len(set(stored())) == len(stored()) == 25

    def test_what_a_line_says_is_what_the_protocol_says(self) -> None:
        shown = [SimulatedPunch(user_id="00012", at=at("09:00"), state=1, verify=15)]
        with on_the_wall(terminal(people(("00012", "Ann")), shown)) as gate:
            collect(gate.pk)
            other = device("Other")
            imported(other, io.BytesIO(b"    00012\t2024-01-08 09:00:00\t1\t1\t15\t0\r\n"), NAME, sure=True)
        columns = ("biometric_id", "device_time", "punch_time", "fold", "punch_type", "raw_status", "verify_mode")
        one, two = ESSLAttendanceLog.objects.order_by("pk").values_list(*columns, "work_code", "review")
        assert one == two

    def test_in_the_repeated_hour_too(self) -> None:
        clock = ["00:50", "01:10", "01:50", "01:10", "01:20", "02:10"]
        shown = [("7", datetime(2024, 11, 3, *map(int, moment.split(":")))) for moment in clock]
        with on_the_wall(terminal(people(("7", "Ann")), taps(*shown)), timezone="America/New_York") as gate:
            imported(gate, stick(shown), NAME)
            result = collect(gate.pk)
        assert (result.new, result.known) == (0, 6)
        assert [fold for *_, fold in stored()] == [0, 0, 0, 1, 1, 0]

    def test_while_another_process_talks_to_the_terminal(self) -> None:
        until = datetime.now(UTC) + timedelta(minutes=5)
        gate = device(lease_holder="elsewhere:1:abc", lease_until=until)
        assert imported(gate, stick(week()), NAME).new == 12
        gate.refresh_from_db()
        assert (gate.lease_holder, gate.lease_until) == ("elsewhere:1:abc", until)


class TestBrokenOff:
    def test_what_was_stored_stays_and_the_next_import_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attlog, "BATCH_LINES", 5)
        gate, file, calls = device(), stick(week("7", "8")), []

        def cut(*args: Any) -> Any:
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return store_without_cursor(*args)

        with monkeypatch.context() as patched:
            patched.setattr(import_file, "store_without_cursor", cut)
            with pytest.raises(KeyboardInterrupt):
                imported(gate, file, NAME)
        assert len(stored()) == 10
        assert list(AuditEntry.objects.values_list("outcome", flat=True)) == ["begun"]
        file.seek(0)
        assert imported(gate, file, NAME).new == 14
        assert len(set(stored())) == 24

    def test_a_zone_corrected_in_between_is_told_with_what_was_stored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attlog, "BATCH_LINES", 5)
        gate, calls = device(), []

        def correct(*args: Any) -> Any:
            calls.append(1)
            if len(calls) == 2:
                Device.objects.update(timezone="Asia/Kathmandu")
            return store_without_cursor(*args)

        monkeypatch.setattr(import_file, "store_without_cursor", correct)
        with pytest.raises(ZoneChanged, match="meanwhile"):
            imported(gate, stick(week("7", "8")), NAME)
        run = SyncRun.objects.get()
        assert (run.new, len(stored())) == (5, 5)
        assert "Import the file again" in run.error
        outcomes = list(AuditEntry.objects.order_by("pk").values_list("outcome", flat=True))
        assert outcomes == ["begun", "failed"]


class TestDoubts:
    def test_a_name_with_another_serial_number(self) -> None:
        gate = device(serial_number="AAA1111111111")
        device("Back door", serial_number="CGKK223862906")
        file = stick(week())
        found = inspect_file(gate, file, "CGKK223862906_attlog.dat")
        assert found.doubts == [
            "it is of the terminal with serial number CGKK223862906, which is Back door, and Gate is AAA1111111111"
        ]
        file.seek(0)
        with pytest.raises(FileDoubtful, match=r"was not imported: it is of the terminal.*Choose the terminal"):
            imported(gate, file, "CGKK223862906_attlog.dat")
        assert stored() == []
        assert not AuditEntry.objects.exists()
        file.seek(0)
        assert imported(gate, file, "CGKK223862906_attlog.dat", sure=True).new == 12
        assert AuditEntry.objects.order_by("-pk")[0].details["doubts"] == found.doubts

    @pytest.mark.parametrize("name", ["cgkk223862906_attlog.dat", NAME])
    def test_its_own_serial_number_or_none_is_no_doubt(self, name: str) -> None:
        assert inspect_file(device(serial_number="CGKK223862906"), stick(week()), name).doubts == []

    def test_a_serial_number_in_the_file_counts_as_well(self) -> None:
        gate, file = device(serial_number="AAA1111111111"), io.BytesIO(b"SN=3393161000021\r\n" + line("7", at("09:00")))
        assert "serial number 3393161000021, and Gate is AAA1111111111" in inspect_file(gate, file, NAME).doubts[0]

    def test_a_device_without_a_serial_number_takes_any_but_that_of_another(self) -> None:
        gate = device()
        assert inspect_file(gate, stick(week()), "CGKK223862906_attlog.dat").doubts == []
        device("Back door", serial_number="CGKK223862906")
        assert "which is Back door" in inspect_file(gate, stick(week()), "CGKK223862906_attlog.dat").doubts[0]

    def test_most_ids_unknown(self) -> None:
        gate, back = device(), device("Back door")
        for who in ("1", "2", "3"):
            mapped(gate, who, None)
        for who in ("7", "8"):
            mapped(back, who, None)
        found = inspect_file(gate, stick(week("1", "7", "8", "9")), NAME)
        assert found.doubts == ["3 of the 4 ids in it are not known on Gate, and Back door knows 2 of them"]
        assert inspect_file(gate, stick(week("1", "2", "8", "9")), NAME).doubts == [], "half of them may be new"

    def test_a_device_that_knows_nobody_yet_is_no_doubt(self) -> None:
        assert inspect_file(device(), stick(week("7", "8")), NAME).doubts == []

    def test_punches_that_another_terminal_has(self) -> None:
        gate, back = device(), device("Back door")
        punched(back, *week("7", "8"))
        punched(gate, ("7", at("12:00")), ("8", at("12:00")))
        assert inspect_file(gate, stick(week("7", "8")), NAME).doubts == [
            "24 of 24 punches that were looked for are stored as those of Back door"
        ]
        assert inspect_file(back, stick(week("7", "8")), NAME).doubts == []

    def test_most_lines_unreadable(self) -> None:
        found = inspect_file(device(), stick(week()[:2], b"a\r\n", b"b\r\n", b"c\r\n"), NAME)
        assert found.doubts == ["3 of its 5 lines cannot be read (line 3: there is no tab between an id and a time)"]

    def test_more_people_than_any_terminal_knows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("attendance_devices.services.collection.file_report.MOST_IDS", 3)
        with pytest.raises(FileUnreadable, match="names more than 3 people"):
            inspect_file(device(), stick(week("1", "2", "3", "4")), NAME)


class TestWho:
    def test_the_right_is_asked_for_and_the_trail_names_the_file(self) -> None:
        gate = device()
        user = get_user_model().objects.create_user(username="clerk", password="x")
        with pytest.raises(ImportForbidden):
            imported(gate, stick(week()), NAME, by=user)
        user.user_permissions.add(Permission.objects.get(codename="import_attendance"))
        user = get_user_model().objects.get(pk=user.pk)
        imported(gate, stick(week()), NAME, by=user)
        begun, done = AuditEntry.objects.order_by("pk")
        assert (begun.outcome, done.outcome, done.by_name, done.subject) == ("begun", "done", "clerk", NAME)
        assert done.words == "Gate: 12 new, 0 known, 0 quarantined"
        assert len(done.details["digest"]) == 64

    def test_another_file_than_the_one_that_was_looked_at(self) -> None:
        gate = device()
        found = inspect_file(gate, stick(week()), NAME)
        with pytest.raises(FileChanged, match=r"it is not the file that was looked at\. Choose the same file"):
            imported(gate, stick(week("8")), NAME, digest=found.digest)
        assert stored() == []

    def test_a_vendor_that_writes_no_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from tests.builders.memory_driver import MemoryDriver

        monkeypatch.setattr(import_file, "driver", lambda vendor: MemoryDriver())
        with pytest.raises(Unsupported, match="write no file"):
            inspect_file(device(), stick(week()), NAME)


class TestWhatFollows:
    def test_days_become_the_same_rows_as_by_a_poll(self) -> None:
        ann = employee("7")
        with on_the_wall(terminal(people(("7", "Ann")), taps(*week()))) as gate:
            mapped(gate, "7", ann)
            collect(gate.pk)
            derive_pending()
            polled = our_rows()
            ESSLAttendanceLog.objects.all().delete()
            ProcessedAttendance.objects.all().delete()
            imported(gate, stick(week()), NAME)
            assert PendingDay.objects.count() == 6
            derive_pending()
        assert our_rows() == polled
        assert len(polled) == 6
        assert crm_rows() == [], "the CRM is told by a post"

    def test_a_file_is_no_reading_of_the_terminal(self) -> None:
        gate = device()
        imported(gate, stick(week()), NAME)
        gate.refresh_from_db()
        assert (gate.last_sync, gate.last_seen, gate.last_reconciled, gate.record_count) == (None,) * 4
        run = SyncRun.objects.get()
        assert (run.new, run.whole, run.device_records) == (12, False, None)


def long_file(lines: int) -> Iterator[bytes]:
    start = datetime(2020, 1, 1, tzinfo=ZONE)
    for n in range(lines):
        yield line(str(n % 300), start + timedelta(seconds=61 * n))


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attlog, "BATCH_LINES", 1_000)
    peaks = []
    gate = device()
    for lines in (2_000, 6_000):
        file = io.BytesIO(b"".join(long_file(lines)))
        tracemalloc.start()
        found = inspect_file(gate, file, NAME)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (found.new, len(found.touched)) == (lines, 300)
    assert peaks[1] < 1.4 * peaks[0]

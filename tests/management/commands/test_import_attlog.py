"""``import_attlog`` as a person runs it."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.models import AuditEntry, Device, ESSLAttendanceLog, ProcessedAttendance
from tests.builders.crm import MONDAY, at, days, device, employee, mapped, nothing_is_written, punched
from tests.builders.log_files import stick, week
from tests.builders.terminal_writes import writer

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Device:
    return device()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "1_attlog.dat"
    path.write_bytes(stick(week(), b"nonsense\r\n").getvalue())
    return str(path)


def said(*options: str) -> str:
    out = StringIO()
    call_command("import_attlog", *options, stdout=out)
    return out.getvalue()


def refused(*options: str) -> tuple[int, str, str]:
    """Exit code, message and what was printed before it."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_attlog", *options, stdout=out)
    return caught.value.returncode, str(caught.value), out.getvalue()


def test_a_dry_run_says_what_would_be_stored_and_writes_nothing(gate: Device, file: str) -> None:
    ann = employee("7", "Ann Lee")
    mapped(gate, "7", ann)
    punched(gate, ("7", at("09:00")))
    with nothing_is_written():
        told = said(file, "--device", "Gate", "--dry-run").splitlines()
    assert told[:4] == [
        "Dry run: nothing was written.",
        "Gate: 1_attlog.dat, 13 records: 11 new punches would be stored, 1 known, 1 would be quarantined",
        f"  7 (Ann Lee ({ann.get_username()})): 6 days, {MONDAY} to {days(6)[-1]}",
        "  not readable: line 13: there is no tab between an id and a time",
    ]
    assert told[4].startswith("SHA-256 ")


def test_it_stores_derives_and_says_which_days_the_crm_is_not_told_of(gate: Device, file: str) -> None:
    employee("7")
    told = said(file, "--device", str(gate.pk)).splitlines()
    assert told[0] == "Gate: 12 new punches, 0 known, 1 quarantined"
    assert told[2] == "Days: 6 new, 0 changed, 0 unchanged, 0 removed"
    assert told[3].startswith("CRM rows: 0 created")
    assert told[4].endswith(f"not told of them by itself: process_attendance --start-date {MONDAY} does that.")
    assert ProcessedAttendance.objects.count() == 6, "whoever is new on the device is mapped first"
    assert said(file, "--device", "Gate").startswith("Gate: 0 new punches, 13 known, 0 quarantined")


def test_a_doubtful_file_takes_a_yes(gate: Device, file: str) -> None:
    Device.objects.update(serial_number="AAA1111111111")
    renamed = Path(file).rename(Path(file).with_name("CGKK223862906_attlog.dat"))
    code, message, _ = refused(str(renamed), "--device", "Gate")
    assert code == 1
    assert "it is of the terminal with serial number CGKK223862906, and Gate is AAA1111111111" in message
    assert message.endswith("say so. (--yes)")
    code, _, told = refused(str(renamed), "--device", "Gate", "--dry-run")
    assert code == 1
    assert "Doubtful: it is of the terminal" in told
    assert not ESSLAttendanceLog.objects.exists()
    assert "Doubtful" in said(str(renamed), "--device", "Gate", "--dry-run", "--yes")
    assert "12 new punches" in said(str(renamed), "--device", "Gate", "--yes")


def test_machines_get_a_document(gate: Device, file: str) -> None:
    plan = json.loads(said(file, "--device", "Gate", "--dry-run", "--format", "json"))
    done = json.loads(said(file, "--device", "Gate", "--format", "json"))
    assert (plan["dry_run"], plan["new"], plan["touched"][0]["days"]) == (True, 12, 6)
    assert (done["dry_run"], done["new"], done["quarantined"], done["ok"]) == (False, 12, 1, True)
    assert done["digest"] == plan["digest"]


def test_the_rights_of_whoever_says_so_count(gate: Device, file: str) -> None:
    writer()
    code, message, _ = refused(file, "--device", "Gate", "--by", "clerk")
    assert (code, "clerk: may not bring attendance in" in message) == (1, True)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-16", "gbk"])
def test_an_encoding_can_be_said(gate: Device, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "attlog.dat"
    path.write_bytes("张7\t2024-01-08 09:00:00\t1\t0\t1\t0\r\n".encode(encoding))
    assert said(str(path), "--device", "Gate", "--encoding", encoding).startswith("Gate: 1 new punch,")
    assert ESSLAttendanceLog.objects.get().biometric_id == "张7"


def test_wrong_usage_is_refused(gate: Device, file: str, tmp_path: Path) -> None:
    assert refused(file)[1] == "Error: the following arguments are required: --device"
    assert refused(file, "--device", "Nowhere")[:2] == (
        2,
        f"No device 'Nowhere'. Known: {gate.pk} Gate ({gate.address}).",
    )
    code, message, _ = refused(str(tmp_path / "none.dat"), "--device", "Gate")
    assert (code, "none.dat cannot be read: No such file or directory. Give the path" in message) == (2, True)
    assert refused(str(tmp_path), "--device", "Gate")[0] == 2
    assert refused(file, "--device", "Gate", "--by", "nobody")[0] == 2
    code, message, _ = refused(file, "--device", "Gate", "--encoding", "klingon")
    assert (code, "'klingon' is no encoding" in message) == (1, True)


def test_what_is_no_log_is_refused_and_nothing_is_stored(gate: Device, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 50)
    code, message, _ = refused(str(path), "--device", "Gate", "--yes")
    assert (code, "sheet.xlsx: there is no punch in it" in message) == (1, True)
    assert not AuditEntry.objects.exists()

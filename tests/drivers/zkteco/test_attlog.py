"""The log on a USB stick: every line that is not empty is a punch, or is handed out as it came."""

import time
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from attendance_devices.domain.punches.punch import BadRecord, Punch
from attendance_devices.drivers.zkteco import attlog
from attendance_devices.drivers.zkteco.attlog import FOOTER, HEADER, Attlog
from attendance_devices.drivers.zkteco.lines import BLANK, LONGEST, PADDING
from tests.builders.sampling import examples

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
NINE = datetime(2024, 1, 8, 9)
SDK = b"        7\t2024-01-08 09:00:00\t1\t0\t1\t0\r\n"
"""As the samples of the vendor's SDK write it: id, time, number of the terminal, state, verify, work code."""


def read(
    data: bytes, *, name: str = "1_attlog.dat", encoding: str = "", zone: ZoneInfo = UTC_ZONE, step: int = 0
) -> tuple[list[Punch], list[BadRecord], str]:
    chunks = [data[at : at + step] for at in range(0, len(data), step)] if step else [data]
    log = Attlog(chunks, name, zone, encoding)
    batches = list(log.batches())
    return [p for one in batches for p in one.punches], [b for one in batches for b in one.bad], log.serial


def one(line: bytes, **how: str) -> Punch:
    punches, bad, _ = read(line, **how)  # type: ignore[arg-type]
    assert not bad, bad
    (punch,) = punches
    return punch


@pytest.mark.parametrize(
    ("line", "state", "verify", "work"),
    [
        pytest.param(SDK, 0, 1, "", id="six columns, the vendor's SDK"),
        pytest.param(b"7\t2024-01-08 09:00:00\t1\t1\t15\t12\n", 1, 15, "12", id="another state, face, work code"),
        pytest.param(b"7\t2024-01-08 09:00:00\t1\t255\t1\t0\t\n", 255, 1, "", id="six, and a tab at the end"),
        pytest.param(b"7\t2024-01-08 09:00:00\t1\t0\t1\t\n", 0, 1, "", id="six, the work code empty"),
        pytest.param(b"7\t2024-01-08 09:00:00\t  1\t  4\t  1\t  0\n", 4, 1, "", id="six, all padded"),
        pytest.param(b"7\t2024-01-08 09:00:00\t0\t1\t0\t0\t0\t0\t0\t0\t\n", 0, 1, "", id="eleven, captured push"),
        pytest.param(b"7\t2024-01-08 09:00:00\t0\t1\t\t0\t0\t\r\n", 0, 1, "", id="eight, captured push, no work code"),
        pytest.param(b"7\t2024-01-08 09:00:00\t5\t4\t3\t0\t0\n", 5, 4, "3", id="seven, pushed"),
        pytest.param(b"7\t2024-01-08 09:00:00\t1\t0\n", None, None, "", id="four: nobody knows which they are"),
        pytest.param(b"7\t2024-01-08 09:00:00\n", None, None, "", id="two"),
        pytest.param(b"7\t2024-01-08 09:00:00\t\t\t\n", None, None, "", id="two, and tabs"),
    ],
)
def test_the_columns_say_what_their_number_means(line: bytes, state: int | None, verify: int | None, work: str) -> None:
    found = one(line)
    assert (found.biometric_id, found.device_time, found.fold, found.slot) == ("7", NINE, 0, None)
    assert (found.raw_status, found.verify_mode, found.work_code) == (state, verify, work)
    key = {0: "in", 1: "out", 4: "overtime_in", 5: "overtime_out"}.get(-1 if state is None else state, "")
    assert found.punch_type == key


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("step", [0, 1, 7, 43])
def test_any_end_of_line_and_any_chunk_gives_the_same_lines(end: bytes, step: int) -> None:
    data = end.join([SDK.strip(), b"", b"nonsense", b"8\t2024-01-08 10:00:00\t1\t1\t1\t0"])
    punches, bad, _ = read(data, step=step)
    assert [(p.biometric_id, p.punch_type) for p in punches] == [("7", "in"), ("8", "out")]
    assert [(b.raw, b.reason) for b in bad] == [(b"nonsense", "line 3: there is no tab between an id and a time")]


@pytest.mark.parametrize(
    "padding", [b"\0" * 5_000, b"\x1a", b"\n\n\n", b"   \t \n", b"", b"\0" * 20_000 + b"\n"], ids=len
)
def test_what_only_pads_the_file_is_nothing(padding: bytes) -> None:
    punches, bad, _ = read(SDK + padding)
    assert (len(punches), bad) == (1, [])


@pytest.mark.parametrize(
    ("encoding", "given"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("utf-8", "UTF8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("gbk", "gbk"),
        ("cp1256", "windows-1256"),
        ("latin-1", "latin-1"),
    ],
)
@pytest.mark.parametrize("step", [0, 1, 3])
def test_encodings_are_found_or_said(encoding: str, given: str, step: int) -> None:
    text = "".join(f"      {who}\t2024-01-08 09:00:00\t1\t0\t1\t0\r\n" for who in ("7", "00012", "B-4"))
    punches, bad, _ = read(text.encode(encoding), encoding=given, step=step)
    assert (bad, [p.biometric_id for p in punches]) == ([], ["7", "00012", "B-4"])


@pytest.mark.parametrize(("encoding", "who"), [("gbk", "张7"), ("cp1256", "محمد"), ("utf-16", "张7"), ("utf-8", "é")])
def test_an_id_of_other_letters_is_read_in_its_encoding(encoding: str, who: str) -> None:
    line = f"{who}\t2024-01-08 09:00:00\t1\t0\t1\t0\r\n".encode(encoding)
    assert one(line, encoding=encoding).biometric_id == who


def test_in_the_wrong_encoding_an_id_is_kept_as_it_came_and_a_name_does_not_matter() -> None:
    _, bad, _ = read("张\t2024-01-08 09:00:00\t1\t0\t1\t0".encode("gbk"))
    assert bad[0].raw.startswith("张".encode("gbk"))
    assert bad[0].reason == "line 1: the id is no text in utf-8; another encoding may be right"
    assert one("7\t2024-01-08 09:00:00\t0\t1\t0\t0\t0\t张三".encode("gbk")).biometric_id == "7"


@pytest.mark.parametrize("encoding", ["klingon", "hex", "rot13", "utf-7", "cp500", "undefined", "a\0b"])
def test_what_is_no_encoding_of_such_a_file_is_said_at_once(encoding: str) -> None:
    with pytest.raises(ValueError, match="is no encoding of such a file; give one such as utf-8"):
        Attlog([SDK], "1_attlog.dat", UTC_ZONE, encoding)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\t2024-01-08 09:00:00\t1\t0\t1\t0", "the id is empty"),
        (b"7\t2024-02-30 09:00:00\t1\t0\t1\t0", "'2024-02-30 09:00:00' is no time of the form"),
        (b"7\t0000-00-00 00:00:00\t1\t0\t1\t0", "is no time"),
        (b"7\t2024-01-08 09:00\t1\t0\t1\t0", "is no time"),
        (b"7\t08.01.2024 09:00:00\t1\t0\t1\t0", "is no time"),
        (b"7\t2024-01-08 09:00:00\t1\tC/In\t1\t0", "the state 'C/In' is no number"),
        (b"7\t2024-01-08 09:00:00\t1\t-1\t1\t0", "the state '-1' is no number"),
        (b"7\t2024-01-08 09:00:00\t1\t0\t1;25\t0", "the way to verify '1;25' is no number"),
        (b"7 2024-01-08 09:00:00 1 0 1 0", "there is no tab"),
        (b"7,2024-01-08 09:00:00,1,0,1,0", "there is no tab"),
        (b"7\0x\t2024-01-08 09:00:00\t1\t0\t1\t0", "control characters"),
        (b"x" * 65 + b"\t2024-01-08 09:00:00\t1\t0\t1\t0", "longer than 64"),
        (b"\x8f\xff\x00\x01PK\x03\x04", "there is no tab"),
    ],
)
def test_what_cannot_be_read_is_handed_out_as_it_came(line: bytes, reason: str) -> None:
    punches, bad, _ = read(SDK + line + b"\r\n" + SDK)
    assert [b.raw for b in bad] == [line]
    assert reason in bad[0].reason
    assert bad[0].reason.startswith("line 2: ")
    assert len(punches) == 2, "one bad line stops no other"


def test_a_line_too_long_is_cut_and_none_of_it_is_a_punch() -> None:
    punches, bad, _ = read(SDK + b"x" * LONGEST + SDK + SDK, step=1_000)
    assert len(punches) == 2
    assert b"".join(b.raw for b in bad) == b"x" * LONGEST + SDK.strip()
    assert {b.reason for b in bad} == {"line 2: it is longer than 4,096 bytes"}


@pytest.mark.parametrize(
    ("name", "serial"),
    [
        ("1_attlog.dat", ""),
        ("255_attlog.dat", ""),
        ("attlog.dat", ""),
        ("AttLog.dat", ""),
        ("CGKK223862906_attlog.dat", "CGKK223862906"),
        ("3393161000021_attlog (1).dat", "3393161000021"),
        ("af4c211360651_ATTLOG.DAT", "af4c211360651"),
        ("Gate 2/CGKK223862906_attlog.dat", ""),
    ],
)
def test_a_name_may_hold_the_serial_number(name: str, serial: str) -> None:
    assert read(SDK, name=name)[2] == serial


@pytest.mark.parametrize("first", [b"SN=3393161000021", b"SN: 3393161000021", b"SerialNumber=3393161000021"])
def test_black_and_white_terminals_frame_their_records(first: bytes) -> None:
    punches, bad, serial = read(first + b"\r\n" + SDK + b"CheckSum=5A3F\r\n")
    assert (len(punches), bad, serial) == (1, [], "3393161000021")


@pytest.mark.parametrize("line", [b"S" + b"a " * 2_000 + b"!", b"SN=1\r\n" + (b"C" + b"a " * 2_000 + b"!\r\n") * 300])
def test_a_long_line_of_words_costs_no_more_than_another(line: bytes) -> None:
    started = time.process_time()
    _, bad, _ = read(line)
    assert bad
    assert time.process_time() - started < 2


def test_without_the_frame_before_a_line_after_is_no_frame() -> None:
    _, bad, _ = read(SDK + b"CheckSum=5A3F\r\n")
    assert [b.raw for b in bad] == [b"CheckSum=5A3F"]


def test_the_order_of_the_file_tells_the_passes_of_the_repeated_hour() -> None:
    clock = ["01:59:00", "02:10:00", "02:50:00", "02:05:00", "02:10:00", "03:01:00"]
    data = b"".join(f"7\t2024-10-27 {at}\t1\t0\t1\t0\r\n".encode() for at in clock)
    punches, _, _ = read(b"7\t2024-10-26 09:00:00\t1\t0\t1\t0\r\n" + data, zone=BERLIN)
    assert [p.fold for p in punches] == [0, 0, 0, 0, 1, 1, 0]
    tail, _, _ = read(data[2 * len(data) // 6 :], zone=BERLIN)
    assert [p.fold for p in tail] == [None, 1, 1, 0], "a file that begins within it does not know"


def test_batches_are_of_bounded_size_and_no_cursor_comes_of_them() -> None:
    log = Attlog([SDK * 20_000], "1_attlog.dat", UTC_ZONE)
    batches = list(log.batches())
    assert [one.records for one in batches] == [6_000, 6_000, 6_000, 2_000]
    assert all(dict(one.cursor) == {} and not one.whole for one in batches)


def framed(line: bytes) -> bool:
    return b"\t" not in line and bool(HEADER.fullmatch(line) or FOOTER.fullmatch(line))


def lines_of(data: bytes) -> list[bytes]:
    return [line.strip(PADDING) for line in data.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip(BLANK)]


PIECES = st.sampled_from(
    [SDK, SDK.strip(), b"\n", b"\r", b"\t", b"\0", b"7", b"2024-01-08 09:00:00", b"SN=33931610", b"C1", b"\x1a", b" "]
)


@settings(max_examples=examples(100))
@given(
    st.one_of(st.binary(max_size=400), st.lists(st.one_of(PIECES, st.binary(max_size=9)), max_size=30).map(b"".join)),
    st.integers(1, 50),
)
@example(b"\xff\xfe7", 1)
@example(b"\xef\xbb\xbf" + SDK, 2)
@example(b"0\x000\x000\x00", 1)
def test_whatever_bytes_come_every_line_is_a_punch_or_a_bad_record(data: bytes, step: int) -> None:
    punches, bad, _ = read(data, encoding="utf-8", step=step)
    lines = lines_of(data)
    found = len(punches) + len(bad)
    assert found <= len(lines) <= found + sum(framed(line) for line in lines)
    assert {record.raw for record in bad} <= set(lines)
    assert (punches, bad) == read(data, encoding="utf-8")[:2], "chunks do not matter"


@settings(max_examples=examples(100))
@given(st.binary(max_size=300), st.sampled_from(["", "utf-16", "utf-16-le", "utf-32-be", "gbk", "cp1256", "shift_jis"]))
def test_whatever_bytes_come_no_encoding_raises(data: bytes, encoding: str) -> None:
    punches, bad, _ = read(data, encoding=encoding, step=5)
    assert all(record.raw and record.reason for record in bad)
    assert all(punch.biometric_id for punch in punches)


@settings(max_examples=examples(50))
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=9),
            st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.replace(microsecond=0)),
            st.integers(0, 255),
            st.integers(0, 25),
        ),
        max_size=20,
    )
)
def test_what_was_written_is_what_is_read(rows: list[tuple[str, datetime, int, int]]) -> None:
    text = "".join(f"{who:>9}\t{at}\t1\t{state}\t{verify}\t0\r\n" for who, at, state, verify in rows)
    punches, bad, _ = read(text.encode("utf-8"), encoding="utf-8")
    assert bad == []
    assert [(p.biometric_id, p.device_time, p.raw_status, p.verify_mode) for p in punches] == rows


def written(lines: int) -> Iterator[bytes]:
    """Some people, all day, in chunks."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(0, lines, 1_000):
        yield b"".join(
            f"{n % 500:>9}\t{start + timedelta(seconds=37 * n):%Y-%m-%d %H:%M:%S}\t1\t{n % 2}\t1\t0\r\n".encode()
            for n in range(number, number + 1_000)
        )


def peak_of(chunks: Iterable[bytes]) -> tuple[int, int]:
    tracemalloc.start()
    count = sum(one.records for one in Attlog(chunks, "1_attlog.dat", BERLIN).batches())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count, peak


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attlog, "BATCH_LINES", 1_000)
    few, small = peak_of(written(2_000))
    many, large = peak_of(written(12_000))
    assert (few, many) == (2_000, 12_000)
    assert large < 1.3 * small


def test_memory_does_not_grow_with_a_line() -> None:
    _, small = peak_of(b"x" * 65_536 for _ in range(20))
    _, large = peak_of(b"x" * 65_536 for _ in range(400))
    assert large < 2 * small

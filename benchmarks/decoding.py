"""From the bytes of a log to punches, against what `struct` alone takes, and a read against pyzk's."""

import struct
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from zoneinfo import ZoneInfo

from attendance_devices.domain.devices.device import DeviceAddress
from attendance_devices.domain.punches.instants import FoldReader
from attendance_devices.domain.punches.punch import Punch
from attendance_devices.drivers.zkteco.attendance import Decoder
from attendance_devices.drivers.zkteco.driver import ZKTecoDriver
from attendance_devices.drivers.zkteco.layouts import L40
from attendance_devices.drivers.zkteco.log import BATCH_RECORDS
from benchmarks.measure import Row, best, compared
from benchmarks.terminals import PACING, RECORD, log, served

TITLE = "Decoding 40-byte records"
NOTE = """\
Ours: `Decoder.feed` in the stretches that the driver reads. `iter_unpack`: `list(struct.iter_unpack(…))` of the whole
log, which checks nothing, converts nothing and makes no punch; the stricter lines do the same to both, first in
stretches that are let go, then with everything kept. The whole read: session, transfer and decoding from a terminal in
another process, one millisecond between frames, which pyzk needs; pyzk's own `get_attendance()`, run once and
on 100 000 records only: it copies the rest of the log for every record."""
ZONE = ZoneInfo("Asia/Karachi")
FORM = "<2x24sBIB8x"
COUNTS = (100_000, 500_000)
REPEATS = 5
AIM = 5.0


def rows() -> list[Row]:
    """Pure decoding, then whole reads."""
    whole = log(max(COUNTS))
    found = [row for count in COUNTS for row in pure(whole[: count * RECORD])]
    return [*found, read(whole[: COUNTS[0] * RECORD])]


def pure(raw: bytes) -> list[Row]:
    """Without any socket."""
    acts: dict[str, Callable[[], object]] = {
        "whole": lambda: list(struct.iter_unpack(FORM, raw)),
        "stretches": lambda: [len(list(struct.iter_unpack(FORM, part))) for part in stretches(raw)],
        "ours": lambda: [len(part) for part in decoded(raw)],
        "ours kept": lambda: list(chain.from_iterable(decoded(raw))),
    }
    times = best(acts, REPEATS)
    what = f"{len(raw) // RECORD:,} records".replace(",", " ")
    return [
        compared(what, times["ours"], ("iter_unpack", times["whole"]), at_most=AIM),
        compared(f"{what}, both in stretches", times["ours"], ("iter_unpack", times["stretches"]), at_most=AIM),
        compared(f"{what}, both kept whole", times["ours kept"], ("iter_unpack", times["whole"]), at_most=AIM),
    ]


def read(raw: bytes) -> Row:
    """A read from a terminal, ours and pyzk's."""
    with served(raw, pacing=PACING) as remote:
        address = DeviceAddress(host=remote.host, port=remote.port)
        ours = min(timed(partial(read_by_driver, address), len(raw) // RECORD) for _ in range(REPEATS))
        pyzk = timed(partial(read_by_pyzk, address), len(raw) // RECORD)
    return compared(f"whole read of {len(raw) // RECORD:,} records".replace(",", " "), ours, ("pyzk", pyzk))


def timed(act: Callable[[], int], count: int) -> float:
    """Seconds of a read that must have found `count` records."""
    start = time.perf_counter()
    found = act()
    spent = time.perf_counter() - start
    if found != count:
        message = f"{found} records of {count}"
        raise RuntimeError(message)
    return spent


def stretches(raw: bytes) -> Iterator[bytes]:
    """As the driver reads them."""
    step = BATCH_RECORDS * RECORD
    return (raw[start : start + step] for start in range(0, len(raw), step))


def decoded(raw: bytes) -> Iterator[list[Punch]]:
    """The punches of each stretch."""
    decoder = Decoder(L40, ZONE, folds=FoldReader(ZONE))
    return (decoder.feed(part)[0] for part in stretches(raw))


def read_by_driver(address: DeviceAddress) -> int:
    """How many punches a session of ours reads."""
    with ZKTecoDriver().session(address) as session:
        return sum(len(batch.punches) for batch in session.batches({}, ZONE))


def read_by_pyzk(address: DeviceAddress) -> int:
    """How many punches pyzk reads."""
    from zk import ZK

    terminal = ZK(address.host, port=address.port, timeout=60, ommit_ping=True).connect()
    try:
        return len(terminal.get_attendance())
    finally:
        terminal.disconnect()

"""What a read of half a million punches takes of memory, in a process that does nothing else."""

import multiprocessing
import re
import tracemalloc
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.measure import Row, size
from benchmarks.terminals import RECORD, log, served

TITLE = "Memory of a read of 500 000 punches"
NOTE = """\
`ZKTecoSession.batches` read to its end from a terminal in another process, each batch let go before the next, in a
fresh process: the peak that `tracemalloc` sees, and, in another one without it, how far the process grew (`VmHWM`,
Linux). The reference is the log itself, 20 million bytes."""
PUNCHES = 500_000
AIM = 3.0
STATUS = Path("/proc/self/status")


def rows() -> list[Row]:
    """Both ways to look at it."""
    raw = log(PUNCHES)
    with served(raw) as remote:
        found = [judged("peak of Python's objects", peak_in_child((remote.host, remote.port), traced=True))]
        if STATUS.exists():
            found.append(judged("growth of the process", peak_in_child((remote.host, remote.port), traced=False)))
    return found


def judged(what: str, peak: int) -> Row:
    """Against the payload."""
    payload = PUNCHES * RECORD
    ratio = peak / payload
    reference = f"payload: {size(payload)}"
    return Row(
        what=what, ours=size(peak), reference=reference, ratio=f"{ratio:.2f}x", aim=f"<= {AIM:g}x", met=ratio <= AIM
    )


def peak_in_child(address: tuple[str, int], *, traced: bool) -> int:
    """Bytes that the read took at its peak."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_read, args=(theirs, address, traced))
    child.start()
    theirs.close()
    found = int(ours.recv())
    child.join()
    return found


def _read(pipe: Connection, address: tuple[str, int], traced: bool) -> None:
    from attendance_devices.domain.devices.device import DeviceAddress
    from benchmarks.decoding import read_by_driver

    if traced:
        tracemalloc.start()
    before = 0 if traced else _high_water()
    found = read_by_driver(DeviceAddress(host=address[0], port=address[1]))
    if found != PUNCHES:
        raise RuntimeError(found)
    pipe.send(tracemalloc.get_traced_memory()[1] if traced else _high_water() - before)


def _high_water() -> int:
    """The most memory that this process ever held, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    return int(found[1]) * 1024 if found else 0

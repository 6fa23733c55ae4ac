"""Which cluster of this machine has stalled, while another goes on? Each leaves a mark of its own as its tasks begin.

Only those of this machine are judged. A mark of another that grows old may be that of a machine that was taken away,
and whoever starts a cluster again does so where it runs.
"""

import multiprocessing
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from attendance_devices.models import Heartbeat
from attendance_devices.services.workers.leases import machine_name

PREFIX = "cluster "
STALLED_AFTER = timedelta(minutes=20)
"""For each cluster that there is: a tick a minute, which any of them may take, and one gets none of twenty for each."""
KEEP_MARKS = timedelta(days=1)
"""So long a mark counts as one of a cluster that there is."""
MEND = "Kill it with all its processes and start it again; 'check_clockwork || systemctl restart …' does both."
ENDED = "ZX"
"""States of a process that is there and does nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMark:
    """The row that is renewed by one cluster."""

    name: str
    note: str
    """Machine, process and when that began: a number of a process is given again."""


def own_mark() -> ClusterMark | None:
    """That of the cluster whose worker this process is. None elsewhere, and where no /proc tells of processes."""
    parent = multiprocessing.parent_process()
    began = _process_start(parent.pid) if parent is not None and parent.pid else ""
    if parent is None or not began:
        return None
    note = f"{machine_name()}:{parent.pid}:{began}"
    return ClusterMark(name=f"{PREFIX}{sha256(note.encode()).hexdigest()[:24]}", note=note)


def reset_marks(now: datetime) -> None:
    """Nobody did anything for long: which cluster goes on first says nothing about the others. :param now: aware."""
    Heartbeat.objects.filter(name__startswith=PREFIX, at__lt=now).delete()


def stalled_clusters(last: datetime | None) -> list[str]:
    """Each cluster of this machine that begins no task while others do, in words, and what to do. Writes nothing.

    :param last: when any task began last; aware.
    """
    if last is None:
        return []
    rows = list(Heartbeat.objects.filter(name__startswith=PREFIX, at__gt=last - 7 * KEEP_MARKS).order_by("at"))
    longest = STALLED_AFTER * sum(row.at > last - KEEP_MARKS for row in rows)
    return [_describe(row) for row in rows if last - row.at > longest and _is_here(row.note)]


def _describe(row: Heartbeat) -> str:
    process = row.note.rsplit(":", 2)[1]
    since = f"{row.at:%Y-%m-%d %H:%M} UTC"
    return f"The cluster of process {process} on this machine began no task since {since}, though others go on. {MEND}"


def _is_here(note: str) -> bool:
    where, process, began = note.rsplit(":", 2)
    return where == machine_name() and process.isdigit() and _process_start(int(process)) == began


def _process_start(process: int) -> str:
    """When it began, as the kernel counts; empty if it is not there any more, or if nobody can tell."""
    try:
        state, *facts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in ENDED else facts[18]

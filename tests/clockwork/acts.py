"""What a test has done in the company's own process. Arguments and answers are such as JSON can say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db.models import Count, F

from attendance_devices.models import Device, Errand, ESSLAttendanceLog, Heartbeat, PendingDay, SyncRun
from attendance_devices.services.workers.cluster_health import PREFIX, stalled_clusters
from attendance_devices.services.workers.heartbeat import pulse, task_started
from example_project.hr.models import Attendance, CustomUser


def make_tables() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)


def add_people(keys: list[str]) -> None:
    """Employees whom the CRM knows by these ids of the terminals."""
    CustomUser.objects.bulk_create([CustomUser(username=f"person{key}", biometric_id=key) for key in keys])


def add_device(name: str, host: str, port: int, facts: dict[str, Any]) -> int:
    return int(Device.objects.create(name=name, address=host, port=port, **facts).pk)


def change_devices(facts: dict[str, Any], names: list[str] | None = None) -> int:
    devices = Device.objects.filter(name__in=names) if names else Device.objects.all()
    return devices.update(**facts)


def all_due() -> int:
    """The turn of every device is now."""
    return Device.objects.update(next_attempt=None)


def tick() -> None:
    """What the schedule does once a minute."""
    from django_q.tasks import async_task

    async_task("attendance_devices.tasks.poll_due")


def run_schedules() -> None:
    """What the cluster itself does every half minute."""
    from django_q.scheduler import scheduler

    scheduler()


def overdue(hours: float) -> int:
    """Every schedule should have run long ago. How many there are."""
    from django_q.models import Schedule

    moment = datetime.now(UTC) - timedelta(hours=hours)
    return Schedule.objects.update(next_run=moment)


def stand_still(minutes: float) -> None:
    """Nothing has happened for so long."""
    task_started()
    Heartbeat.objects.update(at=datetime.now(UTC) - timedelta(minutes=minutes))


def clusters() -> int:
    """How many have begun a task."""
    return Heartbeat.objects.filter(name__startswith=PREFIX).count()


def age_marks(minutes: float) -> None:
    """As if no cluster had begun anything for so long, but others go on."""
    Heartbeat.objects.filter(name__startswith=PREFIX).update(at=datetime.now(UTC) - timedelta(minutes=minutes))


def idle_parents() -> list[int]:
    """The clusters that do nothing while others go on: the processes that were started."""
    named = [words.split("process ")[1].split()[0] for words in stalled_clusters(pulse().work)]
    return [int(Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[1]) for one in named]


def tasks_waiting() -> int:
    """In the queue of the database, those that a cluster has in hand included."""
    from django_q.models import OrmQ

    return int(OrmQ.objects.count())


def pulse_words() -> str:
    """How the clock goes."""
    return pulse().words


def runs() -> dict[str, int]:
    """Device -> how often it was read or tried."""
    return dict(Device.objects.values_list("name").annotate(Count("runs")))


def enqueue(task: str, *args: Any) -> None:
    """A task of ours, as often as one likes."""
    from django_q.tasks import async_task

    async_task(f"attendance_devices.tasks.{task}", *args)


def devices() -> dict[str, dict[str, Any]]:
    """By name: how each is doing."""
    fields = ("failures", "last_error", "last_sync", "next_attempt", "queued_until", "lease_holder", "last_seen")
    return {row["name"]: row for row in Device.objects.values("name", *fields)}


def holder(name: str) -> int:
    """The process that reads it now; 0 is nobody."""
    text = Device.objects.values_list("lease_holder", flat=True).get(name=name)
    return int(text.split(":")[-2]) if text else 0


def stored() -> dict[str, int]:
    """Device -> punches stored, each different."""
    rows = list(ESSLAttendanceLog.objects.values_list("device__name", "biometric_id", "device_time", "fold"))
    found = dict.fromkeys(Device.objects.values_list("name", flat=True), 0)
    for name, *_ in set(rows):
        found[name] += 1
    assert len(set(rows)) == len(rows)
    return found


def crm_rows() -> int:
    """Rows of the CRM, of which no two are of one person and day."""
    assert not Attendance.objects.values("user", "date").annotate(n=Count("pk")).filter(n__gt=1).exists()
    return Attendance.objects.count()


def is_quiet() -> bool:
    """Nothing waits: no day to derive, no device in the queue, nobody asked for what is not done."""
    queued = Device.objects.filter(queued_until__gt=datetime.now(UTC))
    asked = Errand.objects.filter(asked__gt=F("done"))
    return not any(rows.exists() for rows in (PendingDay.objects.all(), queued, asked))


def failed_tasks() -> list[str]:
    """What reached the queue as a failure."""
    from django_q.models import Failure

    return [f"{task.func} {task.args}: {task.result}" for task in Failure.objects.all()]


def run_errors() -> list[str]:
    """What went wrong with terminals."""
    return sorted(set(SyncRun.objects.exclude(error="").values_list("error", flat=True)))


def beats() -> dict[str, float]:
    """Seconds since each heartbeat."""
    now = datetime.now(UTC)
    return {row.name: (now - row.at) / timedelta(seconds=1) for row in Heartbeat.objects.all()}

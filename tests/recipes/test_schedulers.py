"""Each recipe of docs/schedulers.md is done as it says there, by the real thing, until the CRM's row is there."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from attendance_devices.simulators.zkteco import Faults
from tests.recipes.project import PATIENCE, ROOT, Office, cron_lines, office, recipe

SMALL_BROKER = """# crm/settings.py
import pathlib

QUEUE = pathlib.Path("queue")
QUEUE.mkdir(exist_ok=True)
CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = dict.fromkeys(["data_folder_in", "data_folder_out", "control_folder"], "queue")
CELERY_BROKER_TRANSPORT_OPTIONS["polling_interval"] = 0.1
CELERY_BEAT_SCHEDULE["poll"]["schedule"] = 1
"""
"""Needs no server, and ticks at once."""


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as found:
        yield found
        assert found.rows() == found.count("hr_attendance") == 1
        assert found.terminal.peak_sessions == 1


def test_cron(crm: Office) -> None:
    read, *others = cron_lines("Cron")

    assert crm.by_cron(read) == [""]
    assert crm.rows() == 1
    assert crm.by_cron(read, *others) == [""] * 3, "two at once, too"
    assert crm.count("attendance_devices_heartbeat") == 0, "nobody is told for ever that a clock stands still"


def test_one_process_that_loops_until_it_is_told_to_end_whatever_happens_to_the_database(crm: Office) -> None:
    (line,) = recipe("One process", "sh")
    crm.sql("ALTER TABLE attendance_devices_device RENAME TO away")
    with crm.start(f"{line.strip()} --every 0.1") as process:
        crm.until_said("this turn: unexpected OperationalError")
        crm.sql("ALTER TABLE away RENAME TO attendance_devices_device")
        crm.until("hr_attendance")
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 0, crm.said


def test_a_loop_that_is_killed_while_it_reads_is_followed_by_the_next(crm: Office) -> None:
    (line,) = recipe("One process", "sh")
    crm.terminal.faults = Faults(late_answer=90, late_command=1503)
    with crm.start(f"{line.strip()} --every 0.1") as process:
        crm.until("attendance_devices_device WHERE lease_holder <> ''")
        process.kill()
        process.wait(PATIENCE)
    crm.terminal.faults = Faults()
    with crm.start(f"{line.strip()} --every 0.1") as process:
        crm.until("hr_attendance")
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 0, crm.said


def test_celery(crm: Office) -> None:
    crm.write(*recipe("Celery", "python"), SMALL_BROKER)
    beat, worker = recipe("Celery", "sh")[0].splitlines()
    with crm.start(beat), crm.start(f"{worker.split('#')[0]} --pool solo") as process:
        crm.until("hr_attendance")
        os.kill(process.pid, signal.SIGTERM)

        assert process.wait(PATIENCE) == 0, crm.said
    assert "Traceback" not in crm.said


def test_every_task_of_celery_is_scheduled_by_its_name_and_runs(crm: Office) -> None:
    """In the process itself, one after the other: which of them beat would start today depends on the hour."""
    crm.write(*recipe("Celery", "python"), SMALL_BROKER)
    crm.write("# each.py\n" + EACH_OF_CELERY)

    crm.run("python each.py")


EACH_OF_CELERY = """
import crm
app = crm.celery_app
app.conf.task_always_eager = app.conf.task_eager_propagates = True
app.loader.import_default_modules()
named = {entry["task"] for entry in app.conf.beat_schedule.values()}
asked_for = {"crm.tasks.poll_device", "crm.tasks.derive_and_post"}
ours = {name for name in app.tasks if name.startswith("crm.")}
assert named | asked_for == ours, named ^ ours
for name in sorted(named):
    app.tasks[name].delay()
"""


def test_django_tasks(crm: Office) -> None:
    crm.write(*recipe("Django's own tasks", "python"))
    _, migrate, worker = [line for block in recipe("Django's own tasks", "sh") for line in block.splitlines()]
    crm.run(migrate)

    assert set(crm.by_cron(*cron_lines("Django's own tasks"))) == {""}
    crm.run(f"{worker.split('#')[0]} --batch --no-startup-delay --verbosity 0")
    assert crm.count("django_tasks_database_dbtaskresult WHERE status = 'SUCCESSFUL'") >= 4
    assert crm.count("django_tasks_database_dbtaskresult WHERE status <> 'SUCCESSFUL'") == 0


def test_the_readme_shows_the_first_line_of_cron_as_it_is_here() -> None:
    shown = re.findall(r"```cron\n(.*map_and_fetch.*)\n```", (ROOT / "README.md").read_text())

    assert [line.split(maxsplit=5)[5] for line in shown] == cron_lines("Cron")[:1]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_the_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target

"""``python -m tests.browser.founding FACTS``: weeks of the demo company, up to a morning on which a gate falls silent.

The terminals are real sockets and are read by the app's own command, as the demo does it; only the clock is moved.
"""

import contextlib
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django
import time_machine
from django.core.management import CommandError, call_command

from example_project.demo import terminals
from example_project.demo.home import ZONE, now
from example_project.demo.punches import first_day
from example_project.demo.staff import DOS, LOGINS
from example_project.demo.sync import sync

MORNING = datetime(2026, 11, 20, 9, 15, tzinfo=ZONE)
"""A Friday. The tests and the pictures begin here."""
START = first_day(MORNING.date())
READ_AT = (MORNING - timedelta(hours=10), MORNING.replace(hour=6, minute=30), MORNING.replace(hour=8, minute=12))
SILENT_AT = tuple(MORNING.replace(hour=hour, minute=minute) for hour, minute in ((8, 40), (8, 58), (9, 13)))
"""The gate of DOS Attendance answers no more."""
PASSWORD = "open-sesame"
PEOPLE = {"ceo": LOGINS[0], "hr": LOGINS[1], "it": "kamil.nowak", "employee": LOGINS[2]}
"""Who does what in the tests, and the accounts with which they do it."""

GROUPS = {"hr": "Attendance HR officer", "it": "Attendance terminal administrator"}


def found(folder: Path) -> None:
    """Make the database; what happens in it happens at its own time."""
    report = folder / "report.txt"
    with time_machine.travel(READ_AT[0], tick=False) as clock, contextlib.ExitStack() as stack:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed_crm", password=PASSWORD, verbosity=0)
        terminals.assign_shifts(START)
        _let_in()
        running = stack.enter_context(terminals.serve(START, now))
        terminals.declare(running)
        for moment in (*READ_AT, *SILENT_AT):
            clock.move_to(moment)
            for item in running:
                if item.make.office == DOS and moment in SILENT_AT:
                    item.terminal.stop()
                item.catch_up(START, now().replace(microsecond=0))
            with contextlib.suppress(CommandError) if moment in SILENT_AT else contextlib.nullcontext():
                sync(report, START)


def _let_in() -> None:
    """The passwords of those who are no login of the demo, and what HR and IT may do, by the ready-made groups."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import Group

    from example_project.hr.models import CustomUser

    call_command("install_roles", verbosity=0)
    CustomUser.objects.filter(username__in=PEOPLE.values()).update(password=make_password(PASSWORD))
    for who, group in GROUPS.items():
        CustomUser.objects.get(username=PEOPLE[who]).groups.add(Group.objects.get(name=group))


def facts() -> dict[str, Any]:
    """The keys that addresses of pages need."""
    from attendance_devices.models import Device, DeviceUser
    from example_project.hr.models import CustomUser

    return {
        "people": dict(CustomUser.objects.values_list("username", "pk")),
        "strangers": dict(DeviceUser.objects.filter(system_user=None).values_list("device_user_id", "pk")),
        "devices": dict(Device.objects.values_list("name", "pk")),
    }


def settle() -> None:
    """One file and no log beside it, so that it can be copied."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=DELETE")
    connection.close()


if __name__ == "__main__":
    django.setup()
    found(Path(sys.argv[1]).parent)
    Path(sys.argv[1]).write_text(json.dumps(facts()))
    settle()

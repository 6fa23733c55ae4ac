"""``install_schedules``: have the queue's clock do what cron or a person would do."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices import schedules
from attendance_devices.exceptions import QueueMissing
from attendance_devices.management.output.text import counted, write_json, write_lines
from attendance_devices.services.scheduling.schedules import ScheduleState, ScheduleStatus, blocking_rows


class Command(BaseCommand):
    """Exit code 0: done or shown; 2: wrong usage, or no queue."""

    help = "Create the schedules that are missing. One that a person changed or deleted stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        wish = parser.add_mutually_exclusive_group()
        wish.add_argument("--show", action="store_true", help="print how each stands and write nothing")
        wish.add_argument("--remove", action="store_true", help="take away what this command made, and nothing else")
        keys = [one.key for one in schedules.SCHEDULES]
        wish.add_argument("--again", action="append", choices=keys, help="a deleted one is wanted again (repeatable)")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            done = _done(options)
            found = schedules.standings()
        except QueueMissing as error:
            raise CommandError(str(error), returncode=2) from error
        if options["format"] == "json":
            write_json(
                self.stdout, {"done": done, "schedules": [_values(one) for one in found], "blocked": blocking_rows()}
            )
        else:
            write_lines(self.stdout, [*_lines(found), *blocking_rows(), *([done] if done else [])])


def _done(options: dict[str, Any]) -> str:
    if options["show"]:
        return ""
    if options["remove"]:
        return f"{counted(schedules.remove(), 'schedule')} removed."
    made = schedules.install(again=options["again"] or ())
    return f"{counted(len(made), 'schedule')} created. They run while qcluster does; check_clockwork says whether."


def _lines(found: list[ScheduleStatus]) -> Iterator[str]:
    for one in found:
        when = f"every {one.planned.minutes} min" if one.planned.minutes else f"daily at {one.planned.at:%H:%M}"
        following = f"; next run {one.next_run:%Y-%m-%d %H:%M:%S %Z}" if one.next_run else ""
        yield f"{one.planned.key:<8}{when:<16}{one.state.value}{following}; it {one.planned.words}"
        yield from (f"        {change}" for change in one.changes)
        if one.state is ScheduleState.DELETED:
            yield f"        It stays deleted; install_schedules --again {one.planned.key} makes it again."


def _values(one: ScheduleStatus) -> dict[str, Any]:
    facts = {"key": one.planned.key, "function": one.planned.func, "state": one.state.value}
    return facts | {"next_run": one.next_run and one.next_run.isoformat(), "changes": list(one.changes)}

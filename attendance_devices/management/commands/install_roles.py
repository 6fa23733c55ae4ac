"""``install_roles``: groups with the rights that people of three kinds need."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.exceptions import RightsMissing
from attendance_devices.management.output.text import write_json, write_lines
from attendance_devices.services.access import roles
from attendance_devices.services.access.roles import ROLES, RoleState, RoleStatus


class Command(BaseCommand):
    """Exit code 0: done or shown; 1: the database lacks a right; 2: wrong usage."""

    help = "Make the groups that are missing. What a person granted or took away stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        wish = parser.add_mutually_exclusive_group()
        wish.add_argument("--show", action="store_true", help="print how each stands and write nothing")
        keys = [role.key for role in ROLES]
        wish.add_argument("--again", action="append", choices=keys, help="a deleted one is wanted again (repeatable)")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            done = [] if options["show"] else roles.install(again=options["again"] or ())
        except RightsMissing as error:
            raise CommandError(str(error), returncode=1) from error
        found = roles.role_statuses()
        if options["format"] == "json":
            write_json(self.stdout, {"done": done, "roles": [_values(one) for one in found]})
        else:
            write_lines(self.stdout, [*(line for one in found for line in _lines(one)), *done])


def _lines(one: RoleStatus) -> Iterator[str]:
    renamed = f" as {one.group!r}" if one.group not in ("", one.role.name) else ""
    yield f"{one.role.key:<10} {one.role.name}: {one.state.value}{renamed}; {one.role.words}"
    if one.state in (RoleState.MISSING, RoleState.DELETED):
        yield from (f"             {name}" for name in one.role.rights)
    yield from (f"           + {name}, granted by a person" for name in one.granted)
    yield from (f"           - {name}, taken away by a person" for name in one.taken)
    yield from (f"           ? {name}, new; install_roles gives it" for name in one.lacking)
    if one.state is RoleState.DELETED:
        yield f"           It stays deleted; install_roles --again {one.role.key} makes it again."
    if one.state is RoleState.BY_HAND:
        yield "           It was there before us and is left alone; rename or delete it to have ours."


def _values(one: RoleStatus) -> dict[str, Any]:
    facts = {"key": one.role.key, "name": one.role.name, "state": one.state.value, "group": one.group}
    return facts | {"granted": list(one.granted), "taken": list(one.taken), "lacking": list(one.lacking)}

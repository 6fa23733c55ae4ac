"""``review_inbox``: what waits for a person, and one decision about it."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from attendance_devices.domain.review.items import ItemAction, ItemKind
from attendance_devices.exceptions import ActionNotOffered, AttendanceDevicesError, InputMissing, InstantInvalid
from attendance_devices.management.arguments import chosen_employee, settings_or_usage
from attendance_devices.management.output.inbox import inbox_lines, inbox_values
from attendance_devices.management.output.text import write_json, write_lines
from attendance_devices.services.devices.local_time import parse_instant, zone_by_name
from attendance_devices.services.review.decide import decide_item
from attendance_devices.services.review.inbox.items import MOST, find_item, inbox

SETTLING = ("do", "by", "why", "at", "employee")


class Command(BaseCommand):
    """Exit code 0: told, or done; 1: refused, and nothing was changed; 2: wrong usage."""

    help = (
        "List what waits for a person: suspicious clocks, unknown people, unreadable records, missing checks, "
        "outliers, edited and failed rows of the CRM. With --item, decide about one of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds, verbs = [kind.value for kind in ItemKind], [verb.value for verb in ItemAction]
        parser.add_argument("--kind", action="append", choices=kinds, help="only this kind (repeatable)")
        parser.add_argument("--limit", type=int, metavar="N", help=f"no more than N items of each kind ({MOST})")
        parser.add_argument("--item", metavar="KEY", help="decide about this item, as clock:123")
        parser.add_argument("--do", choices=verbs, help="with --item: one of the actions that it offers")
        parser.add_argument("--by", metavar="USERNAME", help="with --item: who decides; the admin's rights count")
        parser.add_argument("--why", metavar="TEXT", help="with --item: why")
        parser.add_argument("--at", metavar="TIME", help="with --item: when it really was, on the clock of that wall")
        parser.add_argument("--employee", metavar="USER", help="with --item: who it is")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        as_json = options["format"] == "json"
        if options["item"]:
            done = _settled(options)
            write_json(self.stdout, {"item": options["item"], "done": done}) if as_json else write_lines(
                self.stdout, [done]
            )
            return
        _judge([name for name in SETTLING if options[name] is not None], "says nothing without --item")
        kinds = None if options["kind"] is None else {ItemKind(name) for name in options["kind"]}
        limit = MOST if options["limit"] is None else options["limit"]
        if limit < 0:
            raise CommandError("--limit is a number of items, 0 or more.", returncode=2)
        found = inbox(kinds=kinds, limit=limit)
        write_json(self.stdout, inbox_values(found)) if as_json else write_lines(self.stdout, inbox_lines(found))


def _judge(idle: list[str], why: str) -> None:
    """Options that say nothing about what is asked would be silently dropped."""
    if idle:
        raise CommandError(f"{', '.join(f'--{name}' for name in idle)} {why}; leave it out.", returncode=2)


def _settled(options: dict[str, Any]) -> str:
    _judge([name for name in ("kind", "limit") if options[name] is not None], "says nothing about --item")
    missing = [f"--{name}" for name in ("do", "by") if not options[name]]
    if missing:
        raise CommandError(f"--item needs {' and '.join(missing)}.", returncode=2)
    given = {
        "by": _user(options["by"]),
        "why": options["why"] or "",
        "at": _time(options["at"], options["item"]) if options["at"] else None,
        "employee": chosen_employee(options["employee"]) if options["employee"] else None,
    }
    try:
        return decide_item(options["item"], options["do"], **given)
    except AttendanceDevicesError as error:
        usage = isinstance(error, ActionNotOffered | InputMissing)
        raise CommandError(str(error), returncode=2 if usage else 1) from error


def _time(text: str, key: str) -> datetime:
    """With an offset as it is; without one as the clock of that wall shows it."""
    item = find_item(key)
    try:
        return parse_instant(text, zone_by_name(item.zone if item else ""))
    except InstantInvalid as error:
        raise CommandError(str(error), returncode=2) from error


def _user(name: str) -> Any:
    user = get_user_model()
    found = user._base_manager.filter(**{user.USERNAME_FIELD: name}).first()
    if found is None:
        raise CommandError(f"No user {name!r}. Give the user name of whoever decides, after --by.", returncode=2)
    return found

"""``correct_punch``: add a punch, void one, change one, or undo such a correction."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.exceptions import CorrectionError
from attendance_devices.management.arguments import chosen_devices, chosen_employee, settings_or_usage
from attendance_devices.management.output.text import write_json, write_lines
from attendance_devices.models import Correction, Device, ESSLAttendanceLog
from attendance_devices.services.corrections.correct import (
    add_punch,
    change_punch,
    instant_from_clock,
    undo_correction,
    void_punch,
)
from attendance_devices.services.punches.applied_corrections import days_touched

KEYS = [kind.value for kind in PunchType if kind]


class Command(BaseCommand):
    """Exit code 0: done; 1: refused, and nothing was written; 2: wrong usage."""

    help = (
        "Correct what the terminals said: add a punch, void one, change one, or undo a correction. What was said is "
        "kept, and 'explain_day' tells both."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--add", nargs=2, metavar=("USER", "TIME"), help="a punch that no terminal told of")
        what.add_argument("--void", type=int, metavar="LOG", help="this punch (its number) does not count")
        what.add_argument("--change", type=int, metavar="LOG", help="this punch has another time or meaning")
        what.add_argument("--undo", type=int, metavar="ID", help="take this correction back")
        parser.add_argument("--to", metavar="TIME", help="with --change: when it really took place")
        parser.add_argument("--key", choices=KEYS, default="", help="with --add or --change: what it means")
        parser.add_argument("--device", metavar="NAME", help="with --add: where; its clock tells the zone of TIME")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who says so; the admin's rights count")
        parser.add_argument("--why", default="", metavar="TEXT", help="why; needed for all but --undo")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        _judge(options)
        by = _user(options["by"])
        try:
            row = _corrected(options, by)
        except CorrectionError as error:
            raise CommandError(str(error), returncode=1) from error
        days = sorted({shown.date().isoformat() for _, shown in days_touched([row])})
        if options["format"] == "json":
            write_json(
                self.stdout, {"correction": row.pk, "kind": row.kind, "undone": bool(row.undone_at), "days": days}
            )
            return
        done = "undone" if row.undone_at else "made"
        later = "The next run, or process_attendance, brings these days up to date"
        write_lines(self.stdout, [f"Correction {row.pk} is {done}. {later}: {', '.join(days)}."])


def _judge(options: dict[str, Any]) -> None:
    """Options that say nothing about what is asked would be silently dropped."""
    allowed = {"add": ("key", "device", "why"), "void": ("why",), "change": ("key", "to", "why"), "undo": ()}
    asked = next(name for name in allowed if options[name] is not None)
    idle = [f"--{name}" for name in ("key", "device", "to", "why") if options[name] and name not in allowed[asked]]
    if idle:
        raise CommandError(f"{', '.join(idle)} says nothing about --{asked}; leave it out.", returncode=2)


def _corrected(options: dict[str, Any], by: Any) -> Correction:
    says = {"by": by, "why": options["why"]}
    if options["add"] is not None:
        who, text = options["add"]
        device = chosen_devices(names=[options["device"]])[0] if options["device"] else None
        return add_punch(chosen_employee(who), _time(text, device), punch_type=options["key"], device=device, **says)
    if options["void"] is not None:
        return void_punch(options["void"], **says)
    if options["change"] is not None:
        log = ESSLAttendanceLog.objects.filter(pk=options["change"]).select_related("device").first()
        at = _time(options["to"], log.device if log else None) if options["to"] else None
        return change_punch(options["change"], punch_type=options["key"], at=at, **says)
    return undo_correction(options["undo"], by=by)


def _time(text: str, device: Device | None) -> datetime:
    """With an offset as it is; without one as the clock of the device shows it, else one of the site."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no time; write it as 2026-01-31T09:00, or 2026-01-31T09:00+05:00."
        raise CommandError(message, returncode=2) from error
    return found if found.tzinfo else instant_from_clock(found, device)


def _user(name: str) -> Any:
    user = get_user_model()
    found = user._base_manager.filter(**{user.USERNAME_FIELD: name}).first()
    if found is None:
        raise CommandError(f"No user {name!r}. Give the user name of whoever corrects, after --by.", returncode=2)
    return found

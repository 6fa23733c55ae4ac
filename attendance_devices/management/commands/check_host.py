"""Shows what the CRM makes of an account and a row, written for real and rolled back."""

from argparse import ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from attendance_devices import conf
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.rehearsal import Rehearsal, find_user, rehearse
from attendance_devices.services.devices.local_time import zone_of_some_device

WRONG, USAGE = 1, 2


class Command(BaseCommand):
    """Exit code 0: the CRM takes both; 1: something is wrong; 2: the arguments make no sense."""

    help = "Write one account and one attendance row into the CRM, show every field, roll both back. Its receivers run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", default="", help="user name or primary key of the employee to write a row for")
        parser.add_argument("--date", type=_day, default=None, help="day of the row, as 2026-01-31 (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            self._check(options)
        except (OperationalError, ProgrammingError) as error:
            message = f"The database does not answer as it should: {error}. Run 'manage.py migrate' first."
            raise CommandError(message, returncode=WRONG) from error

    def _check(self, options: dict[str, Any]) -> None:
        employee = find_user(options["user"]) if options["user"] else ""
        if options["user"] and not employee:
            message = f"No user has the user name or key {options['user']!r}. Leave --user out to take anybody."
            raise CommandError(message, returncode=USAGE)
        given = conf.load()
        zone = zone_of_some_device()
        day = options["date"] or datetime.now(zone).date()
        self.stdout.write(f"A day from 09:00 to 18:00 by the clock of {zone}:")
        found = rehearse(current_host(), given, employee=employee, day=day, zone=zone)
        self._show_row(found)
        self._show_account(found)
        self._show_counts(found)
        wrong = _wrong(found, creates=given.create_users)
        if wrong:
            raise CommandError(" ".join(wrong), returncode=WRONG)
        if found.account_error:
            self.stdout.write("The row is good and nothing of this stayed; accounts would be refused, see above.")
        else:
            self.stdout.write("All good: nothing of this stayed.")

    def _show_row(self, found: Rehearsal) -> None:
        if found.outcome is None:
            self.stdout.write(
                f"Row: {found.row_error or 'none; ATTENDANCE_MODEL is not set, so days are only recorded'}"
            )
            return
        why = found.outcome.error or found.outcome.plan.reason
        self.stdout.write(f"Row: {found.outcome.action.value}" + (f" - {why}" if why else ""))
        self._show_fields(found.row)
        self._show_list("  not filled: ", found.unfilled_row)

    def _show_account(self, found: Rehearsal) -> None:
        self.stdout.write("Account of a person whom only a terminal knows:")
        self._show_fields(list(found.account.fields.items()))
        self._show_list("  warning: ", found.account.warnings)
        self._show_list("  refused: ", found.account.refusals)
        self._show_list("  not filled: ", found.unfilled_account)
        is_said = not found.account_error or found.account.refusals
        self._show_list("  refused: ", [] if is_said else [found.account_error])

    def _show_counts(self, found: Rehearsal) -> None:
        for count in found.counts:
            self.stdout.write(f"{count.label}: {count.before} rows before, {count.after} after")

    def _show_fields(self, fields: Any) -> None:
        width = max((len(name) for name, _ in fields), default=0)
        self._show_list("  ", [f"{name.ljust(width)}  {text}".rstrip() for name, text in fields])

    def _show_list(self, start: str, lines: Any) -> None:
        for line in lines:
            self.stdout.write(f"{start}{line}")


def _wrong(found: Rehearsal, *, creates: bool) -> list[str]:
    """What keeps the exit code from being 0. An account that nobody asked for is no fault."""
    wrong = [found.row_error] if found.row_error else []
    if found.outcome is not None and found.outcome.action is PostAction.FAILED:
        wrong.append(f"The CRM does not take the row: {found.outcome.error}")
    if creates and found.account_error:
        wrong.append(f"The CRM does not take the account: {found.account_error}")
    wrong += [f"{count.label} has other rows than before." for count in found.counts if count.before != count.after]
    return wrong


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no date; write it as 2026-01-31"
        raise ArgumentTypeError(message) from error

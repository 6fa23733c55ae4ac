"""The whole way into the CRM, gone for real and rolled back: an account is made, a day written, and nothing stays."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.utils import timezone

from attendance_devices.conf import Settings
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.domain.people.mapping import AccountPlan
from attendance_devices.domain.posting.host_row import HostRow, RowOutcome
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.checks import accounts, rows
from attendance_devices.hosts.rows.table import named_model, read_shape
from attendance_devices.hosts.schema.conversion import as_text
from attendance_devices.hosts.schema.fields import AnyModel
from attendance_devices.hosts.schema.person_path import person, users

NAME = "Check Host"
FIRST_ID = 900001
SOME = 50
NINE, EIGHTEEN = time(9), time(18)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCount:
    """How many rows a table had before, and how many it has now."""

    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the CRM made of it."""

    account: AccountPlan
    account_error: str
    outcome: RowOutcome | None = None
    """None where the CRM takes no rows, or nobody is there to try with."""
    row: Sequence[tuple[str, str]] = ()
    """Every column of the row as it stood in the database."""
    row_error: str = ""
    unfilled_row: Sequence[str] = ()
    unfilled_account: Sequence[str] = ()
    counts: Sequence[TableCount] = ()


def find_user(text: str) -> str:
    """Key of the user with this user name or primary key; empty if there is none."""
    user = get_user_model()
    found = user._base_manager.filter(**{user.USERNAME_FIELD: text}).values_list("pk", flat=True).first()
    try:
        found = found or user._base_manager.filter(pk=text).values_list("pk", flat=True).first()
    except (ValidationError, ValueError):
        return ""
    return "" if found is None else str(found)


def rehearse(host: Host, given: Settings, *, employee: str, day: date, zone: tzinfo) -> Rehearsal:
    """Make an account and write a day from 09:00 to 18:00, and roll both back.

    :param employee: key of a user; empty takes somebody the CRM has, or else the account made on the way.
    :param zone: of the clock that shows these hours.
    """
    tables = _tables(given)
    before = [table._base_manager.count() for table in tables]
    with _nothing_stays(tables):
        somebody = employee or _somebody(given)
        account, made, account_error = _account(host)
        somebody = somebody or made
        outcome = _write(host, somebody, day, zone) if host.takes_rows and somebody else None
        row = _columns(given, outcome.host_pk, zone) if outcome is not None and not outcome.error else []
    counts = [
        TableCount(label=table._meta.label, before=old, after=table._base_manager.count())
        for table, old in zip(tables, before, strict=True)
    ]
    nobody = host.takes_rows and outcome is None
    return Rehearsal(
        account=account,
        account_error=account_error,
        outcome=outcome,
        row=row,
        row_error="nobody to write a row for; name an employee with --user" if nobody else "",
        unfilled_row=_unfilled_row(given),
        unfilled_account=[f"{field.name} {why}" for field, why in accounts.unfilled(given)],
        counts=counts,
    )


@contextmanager
def _nothing_stays(tables: Sequence[AnyModel]) -> Iterator[None]:
    aliases = sorted({router.db_for_write(table) for table in tables})
    with ExitStack() as stack:
        for alias in aliases:
            stack.enter_context(transaction.atomic(using=alias))
        yield
        for alias in aliases:
            transaction.set_rollback(True, using=alias)


def _tables(given: Settings) -> list[AnyModel]:
    tables: list[AnyModel] = [get_user_model()]
    if given.attendance_model:
        tables.append(named_model(given.attendance_model, "ATTENDANCE_MODEL"))
    if given.parent is not None:
        tables.append(named_model(given.parent.model, "PARENT"))
    return tables


def _account(host: Host) -> tuple[AccountPlan, str, str]:
    enrolment = Enrolment(device_user_id=_unknown_id(host), name=NAME)
    account = host.plan_account(enrolment, device="check_host", office="", taken=())
    try:
        return account, host.create_employee(account), ""
    except HostError as error:
        return account, "", str(error)


def _unknown_id(host: Host) -> str:
    ids = [str(number) for number in range(FIRST_ID, FIRST_ID + SOME)]
    known = {text for found in host.find_employees(ids).values() for text in found}
    return next((text for text in ids if text not in known), ids[0])


def _somebody(given: Settings) -> str:
    """Any user whose person the CRM knows, the oldest first."""
    model = get_user_model()
    keys = model._base_manager.order_by("pk").values_list("pk", flat=True)[:SOME]
    some = users({str(key) for key in keys}, [given.person_path])
    return next((key for key, user in some.items() if person(user, given.person_path) is not None), "")


def _write(host: Host, employee: str, day: date, zone: tzinfo) -> RowOutcome:
    row = HostRow(
        key=0,
        employee=employee,
        date=day,
        check_in=datetime.combine(day, NINE, tzinfo=zone).astimezone(UTC),
        check_out=datetime.combine(day, EIGHTEEN, tzinfo=zone).astimezone(UTC),
        zone=zone,
        worked=timedelta(hours=9),
        status=DayStatus.PRESENT,
        punch_count=2,
        device="check_host",
    )
    return host.write_rows(host.plan_rows([row]))[0]


def _columns(given: Settings, pk: str, zone: tzinfo) -> list[tuple[str, str]]:
    model = named_model(given.attendance_model, "ATTENDANCE_MODEL")
    found: models.Model | None = model._base_manager.filter(pk=pk).first() if pk else None
    if found is None:
        return []
    return [(field.name, _as_held(getattr(found, field.attname), zone)) for field in model._meta.concrete_fields]


def _as_held(value: Any, zone: tzinfo) -> str:
    """A naive time as it stands in the column; an instant by the clock of `zone`, with its offset."""
    if not isinstance(value, datetime):
        return as_text(value)
    shown = value.astimezone(zone) if timezone.is_aware(value) else value
    return shown.isoformat(sep=" ", timespec="seconds")


def _unfilled_row(given: Settings) -> list[str]:
    if not given.attendance_model:
        return []
    return [f"{field.name} is required and nothing fills it" for field in rows.unfilled(read_shape(given))]

"""Judges what the setting says about employees and their accounts: by the user model alone, without the database."""

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured

from attendance_devices.conf import Settings
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.hosts.checks.faults import Fault, columns_hint, line_to_paste
from attendance_devices.hosts.people import lookups
from attendance_devices.hosts.people.privileges import POWERS, looks_privileged
from attendance_devices.hosts.people.templates import (
    AccountRequest,
    account_field,
    account_key,
    id_field,
    is_email,
    template_text,
    user_name_fields,
)
from attendance_devices.hosts.schema.conversion import as_text
from attendance_devices.hosts.schema.fields import AnyField, is_filled_by_django, makes_its_default

NOBODY = AccountRequest(enrolment=Enrolment(device_user_id="1", name="Nobody"), device="Gate", office="1", taken=())


def judge_accounts(given: Settings) -> list[Fault]:
    """Everything wrong with lookups and the field template."""
    faults = [*_lookups(given), *_template(given), *_powers(given)]
    if not faults and given.create_users:
        faults += [*_unfilled(given), *_privileged(given)]
    return faults


def _lookups(given: Settings) -> Iterator[Fault]:
    for name, path in given.employee_lookups.items():
        if lookups.USUAL.get(name) != path and not lookups.exists(path):
            label = get_user_model()._meta.label
            message = f"ATTENDANCE_DEVICES['EMPLOYEE_LOOKUPS'][{name!r}] is {path!r}, which leads nowhere from {label}."
            hint = columns_hint("EMPLOYEE_LOOKUPS", get_user_model()) + ', or a path such as "employee__device_id"'
            yield Fault(code="E010", message=message, hint=hint)


def _template(given: Settings) -> Iterator[Fault]:
    for name, value in given.new_user.items():
        try:
            account_field(name, given.person_path)
            template_text(name, value, NOBODY)
        except ImproperlyConfigured as error:
            yield Fault(code="E015", message=str(error), hint=columns_hint("NEW_USER", get_user_model()))


def _powers(given: Settings) -> Iterator[Fault]:
    for power in POWERS:
        if given.new_user.get(power) not in (None, False, "", "False"):
            message = f"ATTENDANCE_DEVICES['NEW_USER'] asks for {power}: created accounts never have it."
            hint = f'Take it out: del ATTENDANCE_DEVICES["NEW_USER"]["{power}"]. Give such powers to people by hand.'
            yield Fault(code="E016", message=message, hint=hint)


def _unfilled(given: Settings) -> Iterator[Fault]:
    for column, why in unfilled(given):
        message = f"CREATE_USERS is on, but {get_user_model()._meta.label}.{column.name} {why}."
        example = f"{column.name}-{{device_user_id}}"
        if is_email(column.name):
            example = "{device_user_id}@staff.example.com"
        line = f'ATTENDANCE_DEVICES["NEW_USER"]["{column.name}"] = "{example}"'
        hint = f"{line}, or {line_to_paste('CREATE_USERS', 'False')}"
        yield Fault(code="E017", message=message, hint=hint)


def _privileged(given: Settings) -> Iterator[Fault]:
    """Defaults that would make an account more than an employee. A link needs the database: it is left to the plan."""
    named = {account_key(name, given) for name in given.new_user}
    for column in get_user_model()._meta.concrete_fields:
        if column.name in named or column.is_relation or not column.has_default() or makes_its_default(column):
            continue
        text = as_text(column.get_default())
        shown = {as_text(value): str(words) for value, words in column.flatchoices}.get(text, text)
        if looks_privileged(column, text, shown):
            message = (
                f"CREATE_USERS is on, and {get_user_model()._meta.label}.{column.name} is {shown!r} by default, which "
                "looks privileged: no account is created."
            )
            line = f'ATTENDANCE_DEVICES["NEW_USER"]["{column.name}"]'
            hint = f"Write the value that employees get as {line}, or this one if it is meant."
            yield Fault(code="E023", message=message, hint=hint)


def unfilled(given: Settings) -> Iterator[tuple[AnyField, str]]:
    """Columns without which no account, or no second one, can be saved; and why."""
    template = {account_key(name, given): value for name, value in given.new_user.items()}
    own = {id_field(given), *(name for name in user_name_fields() if not is_email(name))}
    for column in get_user_model()._meta.concrete_fields:
        value = template.get(column.name)
        if column.name == "password" or column.primary_key or column.name in own:
            continue
        if value not in (None, ""):
            is_same = not isinstance(value, str) or "{" not in value
            if column.unique and is_same:
                yield column, "is unique and would be the same in every account"
        elif not column.null and column.unique and not makes_its_default(column):
            yield column, "is unique and nothing fills it"
        elif not column.null and not column.blank and not is_filled_by_django(column):
            yield column, "is required and nothing fills it"

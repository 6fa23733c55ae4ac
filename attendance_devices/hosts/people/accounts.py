"""Accounts of people whom only a terminal knows: the plan with every field, and the making of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models, router

from attendance_devices.conf import Settings
from attendance_devices.domain.people.mapping import AccountPlan
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.people.privileges import POWERS, looks_privileged
from attendance_devices.hosts.people.templates import AccountRequest, account_field, account_key, fill
from attendance_devices.hosts.schema import natural_keys
from attendance_devices.hosts.schema.conversion import Unmappable, as_text, fit, nothing
from attendance_devices.hosts.schema.fields import AnyField, is_filled_by_django, makes_its_default
from attendance_devices.hosts.schema.person_path import person
from attendance_devices.hosts.schema.savepoint import savepoint

PASSWORD = "password"  # noqa: S105 - the name of a column
UNUSABLE = "unusable"
FROM_SETTING = "from the setting"
WHEN_SAVED = "set when saved"


def plan_account(given: Settings, asked: AccountRequest) -> AccountPlan:
    """Every column of the account that would be made. Writes nothing."""
    texts = fill(given, asked)
    fields = {field.name: _shown(field, texts, given) for field in get_user_model()._meta.concrete_fields}
    fields |= {name: text for name, text in texts.items() if "__" in name}
    columns = [(account_field(name, given.person_path), name, text) for name, text in fields.items()]
    return AccountPlan(
        fields=fields,
        warnings=tuple(found for column in columns if (found := _warning(*column))),
        refusals=tuple(found for column in columns if (found := _refusal(*column, is_asked_for=column[1] in texts))),
    )


def create_account(given: Settings, account: AccountPlan) -> str:
    """Make it, through the model's own ``save()``; returns its key. Raises `HostError`, and then wrote nothing."""
    user = get_user_model()
    name = account.fields.get(user.USERNAME_FIELD, "")
    using = router.db_for_write(user)
    with savepoint(f"account {name!r}", using=using):
        _refuse(name, account.refusals)
        _refuse_powers(name, {power: account.fields.get(power) == "True" for power in POWERS})
        row = user(**_values(account.fields, given))
        if given.new_user_password:
            row.set_password(given.new_user_password)
        else:
            row.set_unusable_password()
        row.save()
        # Read again: the CRM's save() and receivers may have made it more than was asked for.
        saved = user._base_manager.using(using).get(pk=row.pk)
        _need_person(saved, given.person_path)
        _fill_person(saved, given.person_path, account.fields)
        _refuse_powers(name, {power: bool(getattr(saved, power, False)) for power in POWERS})
    return str(row.pk)


def _shown(field: AnyField, texts: Mapping[str, str], given: Settings) -> str:
    if field.name == PASSWORD:
        return FROM_SETTING if given.new_user_password else UNUSABLE
    if field.name in texts:
        return _cut(field, texts[field.name])
    if makes_its_default(field):
        return WHEN_SAVED
    if field.has_default():
        return as_text(field.default)
    return WHEN_SAVED if is_filled_by_django(field) else ""


def _cut(field: AnyField, text: str) -> str:
    """A name longer than its column is cut; an id or an address never is, so that it cannot become another's."""
    is_plain = isinstance(field, models.CharField) and not field.unique and not field.choices
    return text[: field.max_length] if is_plain and "@" not in text else text


def _warning(field: AnyField, name: str, text: str) -> str:
    if name == PASSWORD or text == WHEN_SAVED or not text:
        return ""
    if field.name in POWERS and text == "True":
        return f"{name} is True: created accounts are never staff or superuser, so this account will be refused"
    shown = label(field, text)
    return (
        f"{name} is {shown!r}, which looks privileged"
        if looks_privileged(field, text, shown)
        else _unfit(field, name, text)
    )


def _refusal(field: AnyField, name: str, text: str, *, is_asked_for: bool) -> str:
    """What nobody asked for is not guessed: a default that looks privileged, and a required column without a value."""
    if name == PASSWORD or text == WHEN_SAVED:
        return ""
    if not text:
        return _emptiness(field, name)
    shown = label(field, text)
    if is_asked_for or not looks_privileged(field, text, shown):
        return ""
    return (
        f"{name} would be {shown!r} by the CRM's default, which looks privileged; name the value that employees get, "
        f"or this one if it is meant, as ATTENDANCE_DEVICES['NEW_USER'][{name!r}]"
    )


def _emptiness(field: AnyField, name: str) -> str:
    if field.null or is_filled_by_django(field):
        return ""
    if field.unique:
        return f"{name} is unique and nothing fills it; give it a value with {{device_user_id}} in NEW_USER"
    return "" if field.blank else f"{name} is required and nothing fills it; add it to NEW_USER"


def _unfit(field: AnyField, name: str, text: str) -> str:
    if isinstance(field, models.ForeignKey):
        if text in natural_keys.find(field, [text]):
            return ""
        target = field.remote_field.model._meta.verbose_name
        makeable = natural_keys.can_be_created(field)
        return f"{name}: no {target} {text!r} exists; " + (
            "it will be created" if makeable else "create it in the CRM first"
        )
    if field.choices and text not in {as_text(value) for value, _ in field.flatchoices}:
        return f"{name}: {text!r} is not one of its choices"
    if field.max_length is not None and len(text) > field.max_length:
        return f"{name}: {text!r} is longer than the {field.max_length} characters it holds"
    return ""


def label(field: AnyField, text: str) -> str:
    """What the CRM shows for a choice, or for the row that a link leads to."""
    if isinstance(field, models.ForeignKey):
        key = natural_keys.find(field, [text]).get(text)
        rows = field.remote_field.model._base_manager.filter(**{field.target_field.name: key})
        return text if key is None else str(rows.first())
    shown = {as_text(value): str(words) for value, words in field.flatchoices}
    return shown.get(text, text)


def _values(fields: Mapping[str, str], given: Settings) -> dict[str, Any]:
    """Column -> value of everything that differs from the model's own default.

    What the setting gives as a number or a flag reaches the model as that: its receivers may compare it with one.
    """
    values: dict[str, Any] = {}
    as_given = {account_key(name, given): value for name, value in given.new_user.items()}
    for column in get_user_model()._meta.concrete_fields:
        text = fields.get(column.name, WHEN_SAVED)
        default = None if makes_its_default(column) else column.get_default()
        if column.name != PASSWORD and text != WHEN_SAVED and text != as_text(default):
            value = as_given.get(column.name)
            is_plain = isinstance(value, int | float | Decimal) and text == as_text(value) and not column.is_relation
            values[column.attname] = value if is_plain else _value(column, text)
        elif text == "" and column.unique and column.null:
            values[column.attname] = None
    return values


def _value(field: AnyField, text: str) -> Any:
    try:
        if not text:
            return nothing(field)
        if isinstance(field, models.ForeignKey):
            return _key(field, text)
        return field.to_python(text) if isinstance(field, models.CharField) else fit(field, field.to_python(text))
    except (Unmappable, ValidationError, ValueError) as error:
        raise _misfit(field, f"{text!r} does not fit", "Correct its value in NEW_USER.") from error


def _key(field: Any, text: str) -> Any:
    found = natural_keys.find(field, [text])
    if text in found:
        return found[text]
    if natural_keys.can_be_created(field):
        return natural_keys.create(field, text)
    target = field.remote_field.model._meta.label
    raise _misfit(field, f"no {target} is called {text!r}", "Create it in the CRM first.")


def _misfit(field: AnyField, happened: str, step: str) -> HostError:
    return HostError(f"account field {field.name}", happened, next_step=step)


def _fill_person(user: models.Model, path: str, fields: Mapping[str, str]) -> None:
    """Values for the person that a receiver of the CRM made along with the account."""
    beyond = {name: text for name, text in fields.items() if "__" in name}
    if not beyond:
        return
    found = person(user, path)
    assert found is not None  # noqa: S101 - see `_need_person`
    for name, text in beyond.items():
        field = account_field(name, path)
        setattr(found, field.attname, _value(field, text))
    found.save()


def _need_person(user: models.Model, path: str) -> None:
    if path and person(user, path) is None:
        step = "Nothing was created. Let the CRM make it when an account is saved, or create such accounts in the CRM."
        subject = f"account {user}"
        raise HostError(subject, f"it has no {path} (PERSON_PATH) after it was saved", next_step=step)


def _refuse(name: str, refusals: Sequence[str]) -> None:
    if refusals:
        subject = f"account {name!r}"
        raise HostError(subject, "; ".join(refusals), next_step="Nothing was created.")


def _refuse_powers(name: str, powers: Mapping[str, bool]) -> None:
    given = [power for power, is_on in powers.items() if is_on]
    if given:
        step = "Nothing was created. Take it out of NEW_USER, or out of the CRM's own save() and receivers."
        subject = f"account {name!r}"
        raise HostError(subject, f"it would have {' and '.join(given)}", next_step=step)

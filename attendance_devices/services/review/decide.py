"""A person decides about an item of the inbox: one of the actions that it offers, and what was done in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from attendance_devices.domain.review.items import Action, Item, Need, Verb
from attendance_devices.exceptions import (
    ActionNotAllowed,
    ActionNotOffered,
    AttendanceDevicesError,
    InputMissing,
    ItemClosed,
)
from attendance_devices.models import Device
from attendance_devices.services.access.audit_log import Outcome, note
from attendance_devices.services.access.employees import user_key
from attendance_devices.services.access.permissions import CORRECT
from attendance_devices.services.access.visibility import Scope, scope_of
from attendance_devices.services.review.actions.corrections import add, correct, void
from attendance_devices.services.review.actions.decision import Decision, Done
from attendance_devices.services.review.actions.people import create_account, ignore, map_to
from attendance_devices.services.review.actions.requests import decline, grant
from attendance_devices.services.review.actions.rows import (
    accept_clock,
    acknowledge,
    compare,
    overrule,
    read_again,
    retry,
)
from attendance_devices.services.review.inbox.items import find
from attendance_devices.services.workers.locks import lock_devices

CHANGE_LOGS = "attendance_devices.change_esslattendancelog"
CHANGE_PEOPLE = "attendance_devices.change_deviceuser"
CHANGE_DAYS = "attendance_devices.change_processedattendance"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a verb is carried out, and what a person must be allowed for it."""

    act: Done
    permissions: tuple[str, ...]
    alone: bool = True
    """In one transaction, and one person at a time. Not for what waits for a terminal or for the CRM."""


WAYS: dict[Verb, _Way] = {
    Verb.GRANT: _Way(act=grant, permissions=(CORRECT,)),
    Verb.DECLINE: _Way(act=decline, permissions=(CORRECT,)),
    Verb.ACCEPT: _Way(act=accept_clock, permissions=(CHANGE_LOGS,)),
    Verb.CORRECT: _Way(act=correct, permissions=(CORRECT,)),
    Verb.VOID: _Way(act=void, permissions=(CORRECT,)),
    Verb.ADD_PUNCH: _Way(act=add, permissions=(CORRECT,)),
    Verb.MAP: _Way(act=map_to, permissions=(CHANGE_PEOPLE,)),
    Verb.CREATE: _Way(act=create_account, permissions=(CHANGE_PEOPLE, "add account")),
    Verb.IGNORE: _Way(act=ignore, permissions=(CHANGE_PEOPLE,)),
    Verb.READ_AGAIN: _Way(act=read_again, permissions=("attendance_devices.change_device",), alone=False),
    Verb.ACKNOWLEDGE: _Way(act=acknowledge, permissions=("attendance_devices.add_acknowledgement",)),
    Verb.COMPARE: _Way(act=compare, permissions=(CHANGE_DAYS,), alone=False),
    Verb.OVERRULE: _Way(act=overrule, permissions=(CHANGE_DAYS,), alone=False),
    Verb.RETRY: _Way(act=retry, permissions=(CHANGE_DAYS,), alone=False),
}


def settle(key: str, action: str, *, by: Any, why: str = "", at: datetime | None = None, employee: Any = None) -> str:
    """Carry out one action of one item, and say what was done. It leaves an entry in the trail.

    Raises an `InboxError`, or the typed error of the verb that is called; then nothing was changed. An item about
    somebody whom this user may not see is no item.

    :param by: the user who decides. :param at: aware. :param employee: primary key of a user.
    """
    why = why.replace("\0", "").strip()
    decided = partial(_decision, by=by, why=why, at=at, employee=employee)
    scope = scope_of(by)
    item = _open(key, scope)
    way = WAYS[_offered(item, action).verb]
    _allowed(way, item, by)
    decision = decided(item, _offered(item, action))
    if not way.alone:
        return _tried(way.act, decision)
    with _alone():
        # Somebody else may have been faster.
        item = _open(key, scope)
        decision = decided(item, _offered(item, action))
        return _noted(decision, way.act(decision))


def may(by: Any, action: Action) -> bool:
    """May this user do it?"""
    return all(by.has_perm(name) for name in _permissions(WAYS[action.verb]))


def _tried(act: Done, decision: Decision) -> str:
    """What a terminal or the CRM has a say in may fail, and that is part of the trail too."""
    try:
        done = act(decision)
    except AttendanceDevicesError as error:
        _noted(decision, str(error), Outcome.FAILED)
        raise
    return _noted(decision, done)


def _noted(decision: Decision, words: str, outcome: str = Outcome.DONE) -> str:
    item = decision.item
    details = {"item": item.key, "why": decision.why}
    verb = f"review {decision.action.verb}"
    note(verb, outcome, by=decision.by, device=_device(item), subject=item.subject, words=words, details=details)
    return words


def _device(item: Item) -> Device | None:
    return Device.objects.filter(name=item.device).only("name").first() if item.device else None


def _open(key: str, scope: Scope) -> Item:
    item = find(key, scope)
    if item is None:
        raise ItemClosed(key, "closed already, or there never was such an item")
    return item


def _offered(item: Item, verb: str) -> Action:
    found = item.action(verb)
    if found is None:
        offered = ", ".join(action.verb for action in item.actions)
        raise ActionNotOffered(item.key, f"there is no action {verb!r} for it", next_step=f"It offers: {offered}.")
    return found


def _permissions(way: _Way) -> tuple[str, ...]:
    user = get_user_model()._meta
    account = f"{user.app_label}.add_{user.model_name}"
    return tuple(account if name == "add account" else name for name in way.permissions)


def _allowed(way: _Way, item: Item, by: Any) -> None:
    missing = [name for name in _permissions(way) if not by.has_perm(name)]
    if missing:
        raise ActionNotAllowed(item.key, f"{by.get_username()} has not the permission {' or '.join(missing)}")


def _decision(item: Item, action: Action, *, by: Any, why: str, at: datetime | None, employee: Any) -> Decision:
    given = {Need.AT: at, Need.WHY: why, Need.EMPLOYEE: employee}
    missing = [need.value for need in action.needs if given[need] in (None, "")]
    if missing:
        raise InputMissing(item.key, f"{action.verb} needs {' and '.join(missing)}")
    if at is not None and at.tzinfo is None:
        raise InputMissing(item.key, f"{at} has no time zone")
    someone = None if Need.EMPLOYEE not in action.needs else _employee(item, employee)
    return Decision(item=item, action=action, by=by, why=why, at=at or action.at, employee=someone)


def _employee(item: Item, key: Any) -> Any:
    """The user of this primary key."""
    known = user_key(key)
    found = get_user_model()._base_manager.filter(pk=known).first() if known is not None else None
    if found is None:
        raise InputMissing(item.key, f"there is no employee with the primary key {str(key)!r}")
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """One person at a time, so that the second of two finds the item closed.

    The row of the first device is the lock, as it is for a derive: the others are locked after it, in their order.
    """
    first = set(Device.objects.order_by("pk").values_list("pk", flat=True)[:1])
    # The transaction starts with a write, so that SQLite waits as others do.
    with transaction.atomic():
        lock_devices(first)
        yield

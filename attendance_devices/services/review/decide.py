"""A person decides about an item of the inbox: one of the actions that it offers, and what was done in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from attendance_devices.domain.review.items import ActionInput, Item, ItemAction, OfferedAction
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
from attendance_devices.services.access.visibility import VisibleEmployees, scope_of
from attendance_devices.services.review.actions.corrections import add_missing_punch, correct_time, void_item_punch
from attendance_devices.services.review.actions.decision import Done, ItemDecision
from attendance_devices.services.review.actions.people import create_account, ignore_person, map_person
from attendance_devices.services.review.actions.requests import decline_item, grant_item
from attendance_devices.services.review.actions.rows import (
    accept_clock,
    acknowledge,
    compare_again,
    overrule_edit,
    read_again,
    retry_post,
)
from attendance_devices.services.review.inbox.items import find_item
from attendance_devices.services.workers.locks import lock_devices

CHANGE_LOGS = "attendance_devices.change_esslattendancelog"
CHANGE_PEOPLE = "attendance_devices.change_deviceuser"
CHANGE_DAYS = "attendance_devices.change_processedattendance"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ActionRule:
    """How a verb is carried out, and what a person must be allowed for it."""

    act: Done
    permissions: tuple[str, ...]
    alone: bool = True
    """In one transaction, and one person at a time. Not for what waits for a terminal or for the CRM."""


WAYS: dict[ItemAction, _ActionRule] = {
    ItemAction.GRANT: _ActionRule(act=grant_item, permissions=(CORRECT,)),
    ItemAction.DECLINE: _ActionRule(act=decline_item, permissions=(CORRECT,)),
    ItemAction.ACCEPT: _ActionRule(act=accept_clock, permissions=(CHANGE_LOGS,)),
    ItemAction.CORRECT: _ActionRule(act=correct_time, permissions=(CORRECT,)),
    ItemAction.VOID: _ActionRule(act=void_item_punch, permissions=(CORRECT,)),
    ItemAction.ADD_PUNCH: _ActionRule(act=add_missing_punch, permissions=(CORRECT,)),
    ItemAction.MAP: _ActionRule(act=map_person, permissions=(CHANGE_PEOPLE,)),
    ItemAction.CREATE: _ActionRule(act=create_account, permissions=(CHANGE_PEOPLE, "add account")),
    ItemAction.IGNORE: _ActionRule(act=ignore_person, permissions=(CHANGE_PEOPLE,)),
    ItemAction.READ_AGAIN: _ActionRule(act=read_again, permissions=("attendance_devices.change_device",), alone=False),
    ItemAction.ACKNOWLEDGE: _ActionRule(act=acknowledge, permissions=("attendance_devices.add_acknowledgement",)),
    ItemAction.COMPARE: _ActionRule(act=compare_again, permissions=(CHANGE_DAYS,), alone=False),
    ItemAction.OVERRULE: _ActionRule(act=overrule_edit, permissions=(CHANGE_DAYS,), alone=False),
    ItemAction.RETRY: _ActionRule(act=retry_post, permissions=(CHANGE_DAYS,), alone=False),
}


def decide_item(
    key: str, action: str, *, by: Any, why: str = "", at: datetime | None = None, employee: Any = None
) -> str:
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
        return _run_action(way.act, decision)
    with _decision_lock():
        # Somebody else may have been faster.
        item = _open(key, scope)
        decision = decided(item, _offered(item, action))
        return _noted(decision, way.act(decision))


def may_decide(by: Any, action: OfferedAction) -> bool:
    """May this user do it?"""
    return all(by.has_perm(name) for name in _permissions(WAYS[action.verb]))


def _run_action(act: Done, decision: ItemDecision) -> str:
    """What a terminal or the CRM has a say in may fail, and that is part of the trail too."""
    try:
        done = act(decision)
    except AttendanceDevicesError as error:
        _noted(decision, str(error), Outcome.FAILED)
        raise
    return _noted(decision, done)


def _noted(decision: ItemDecision, words: str, outcome: str = Outcome.DONE) -> str:
    item = decision.item
    details = {"item": item.key, "why": decision.why}
    verb = f"review {decision.action.verb}"
    note(verb, outcome, by=decision.by, device=_device(item), subject=item.subject, words=words, details=details)
    return words


def _device(item: Item) -> Device | None:
    return Device.objects.filter(name=item.device).only("name").first() if item.device else None


def _open(key: str, scope: VisibleEmployees) -> Item:
    item = find_item(key, scope)
    if item is None:
        raise ItemClosed(key, "closed already, or there never was such an item")
    return item


def _offered(item: Item, verb: str) -> OfferedAction:
    found = item.action(verb)
    if found is None:
        offered = ", ".join(action.verb for action in item.actions)
        raise ActionNotOffered(item.key, f"there is no action {verb!r} for it", next_step=f"It offers: {offered}.")
    return found


def _permissions(way: _ActionRule) -> tuple[str, ...]:
    user = get_user_model()._meta
    account = f"{user.app_label}.add_{user.model_name}"
    return tuple(account if name == "add account" else name for name in way.permissions)


def _allowed(way: _ActionRule, item: Item, by: Any) -> None:
    missing = [name for name in _permissions(way) if not by.has_perm(name)]
    if missing:
        raise ActionNotAllowed(item.key, f"{by.get_username()} has not the permission {' or '.join(missing)}")


def _decision(
    item: Item, action: OfferedAction, *, by: Any, why: str, at: datetime | None, employee: Any
) -> ItemDecision:
    given = {ActionInput.AT: at, ActionInput.WHY: why, ActionInput.EMPLOYEE: employee}
    missing = [need.value for need in action.needs if given[need] in (None, "")]
    if missing:
        raise InputMissing(item.key, f"{action.verb} needs {' and '.join(missing)}")
    if at is not None and at.tzinfo is None:
        raise InputMissing(item.key, f"{at} has no time zone")
    someone = None if ActionInput.EMPLOYEE not in action.needs else _employee(item, employee)
    return ItemDecision(item=item, action=action, by=by, why=why, at=at or action.at, employee=someone)


def _employee(item: Item, key: Any) -> Any:
    """The user of this primary key."""
    known = user_key(key)
    found = get_user_model()._base_manager.filter(pk=known).first() if known is not None else None
    if found is None:
        raise InputMissing(item.key, f"there is no employee with the primary key {str(key)!r}")
    return found


@contextmanager
def _decision_lock() -> Iterator[None]:
    """One person at a time, so that the second of two finds the item closed.

    The row of the first device is the lock, as it is for a derive: the others are locked after it, in their order.
    """
    first = set(Device.objects.order_by("pk").values_list("pk", flat=True)[:1])
    # The transaction starts with a write, so that SQLite waits as others do.
    with transaction.atomic():
        lock_devices(first)
        yield

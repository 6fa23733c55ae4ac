"""Who a user of a terminal is: an employee, a new one, or nobody."""

from django.contrib.auth import get_user_model
from django.db import router

from attendance_devices.domain.people.mapping import MapAction, MapStep
from attendance_devices.exceptions import ItemClosed, NotSettled
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.schema.savepoint import savepoint
from attendance_devices.models import DeviceUser
from attendance_devices.services.access.employees import full_label, user_key
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.mapping.match import plan_mapping
from attendance_devices.services.review.actions.decision import LATER, ItemDecision
from attendance_devices.services.workers.locks import lock_devices


def map_person(decision: ItemDecision) -> str:
    """The employee that a person names."""
    assign(_locked(decision), decision.employee.pk, by=decision.signed)
    return f"{decision.item.subject} is {full_label(decision.employee)} from now on, earlier punches included. {LATER}"


def ignore_person(decision: ItemDecision) -> str:
    """Nobody: a master card, a test, somebody who left."""
    user = _locked(decision)
    user.ignored, user.mapped_reason = True, f"ignored by {decision.signed}"[:200]
    user.save(update_fields=["ignored", "mapped_reason"])
    return f"{decision.item.subject} is ignored from now on; the punches stay stored."


def create_account(decision: ItemDecision) -> str:
    """A new employee as the settings say. Whom a key matches already is never made twice."""
    user = _locked(decision)
    (step,) = plan_mapping([user], create=True).steps
    if step.action is not MapAction.CREATE or step.account is None:
        raise NotSettled(decision.item.key, f"no account was made: {step.reason}", next_step=_advice(step))
    users = get_user_model()._base_manager
    with savepoint("account", using=router.db_for_write(get_user_model())):
        key = user_key(current_host().create_employee(step.account))
    assign(user, key, by=decision.signed, how=DeviceUser.MappedBy.CREATED)
    return f"{decision.item.subject} is {full_label(users.get(pk=key))} from now on, a new account. {LATER}"


def _locked(decision: ItemDecision) -> DeviceUser:
    """With its device locked: a run that maps at this moment is over, or waits."""
    devices = DeviceUser.objects.filter(pk=decision.row).values_list("device_id", flat=True)
    lock_devices(set(devices))
    user = (
        DeviceUser.objects.select_related("device")
        .filter(pk=decision.row, system_user__isnull=True, ignored=False)
        .first()
    )
    if user is None:
        raise ItemClosed(decision.item.key, "closed already: the user was mapped or ignored meanwhile")
    return user


def _advice(step: MapStep) -> str:
    if step.action is MapAction.MAP:
        return f"Map the user to the employee with the primary key {step.employee}, or run map_and_fetch_attendance."
    return "Map the user to an employee, or leave it alone."

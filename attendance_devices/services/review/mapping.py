"""What a person may decide about users of terminals: each shown before it is made, for one or many at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance_devices.exceptions import AttendanceDevicesError
from attendance_devices.models import DeviceUser
from attendance_devices.services.access import permissions
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.mapping.decide import (
    add_user_permission,
    create_accounts,
    ignore,
    map_to_employee,
    stop_ignoring,
    visible_employees,
)
from attendance_devices.services.mapping.preview import Outlook, of_accounts, of_mapping, of_release
from attendance_devices.services.mapping.unmap import release
from attendance_devices.services.pipeline.follow_up import bring_days_up_to_date


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingDecision:
    """One of them."""

    name: str
    title: Promise | str
    button: Promise | str
    changes_days: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingOutcome:
    """What became of it, a sentence each."""

    words: Sequence[str]
    errors: Sequence[str]
    days: str = ""
    """How the days stand that it touched."""


MAP = MappingDecision(name="map", title=gettext_lazy("Map users of terminals"), button=gettext_lazy("Map"))
CREATE = MappingDecision(name="create", title=gettext_lazy("Create accounts"), button=gettext_lazy("Create"))
IGNORE = MappingDecision(
    name="ignore", title=gettext_lazy("Ignore users of terminals"), button=gettext_lazy("Ignore"), changes_days=False
)
HEED = MappingDecision(
    name="notice",
    title=gettext_lazy("Wait for users of terminals again"),
    button=gettext_lazy("Wait again"),
    changes_days=False,
)
UNMAP = MappingDecision(name="unmap", title=gettext_lazy("Undo a mapping"), button=gettext_lazy("Undo"))
DECISIONS: Mapping[str, MappingDecision] = {one.name: one for one in (MAP, CREATE, IGNORE, HEED, UNMAP)}


def allowed_decisions(viewer: Any) -> Collection[str]:
    """The names of what this viewer may decide."""
    if not viewer.has_perm(permissions.MAP):
        return ()
    return set(DECISIONS) if viewer.has_perm(add_user_permission()) else set(DECISIONS) - {CREATE.name}


def outlooks(
    decision: MappingDecision, users: Sequence[DeviceUser], employees: Mapping[int, str], *, by: Any
) -> list[Outlook]:
    """What it would change. Writes nothing. :param employees: row -> primary key of the chosen user, as text."""
    fit, unfit = _open_and_closed(decision, users, by)
    if decision is MAP:
        people = visible_employees(by, {employees.get(user.pk, "") for user in fit})
        wishes = [(user, people.get(employees.get(user.pk, ""))) for user in fit]
        problem = _("Choose an employee for it first.")
        unfit += [Outlook(user=user, problem=problem) for user, someone in wishes if someone is None]
        found = of_mapping([(user, someone) for user, someone in wishes if someone is not None])
    elif decision is CREATE:
        found = of_accounts(fit, by) if fit else []
    elif decision is UNMAP:
        found = of_release(fit)
    else:
        found = [Outlook(user=user) for user in fit]
    return [*found, *unfit]


def decide_mapping(
    decision: MappingDecision, users: Sequence[DeviceUser], employees: Mapping[int, str], *, by: Any
) -> MappingOutcome:
    """Make it so, one after the other: what cannot be done stops none of the others."""
    if decision is CREATE:
        words, errors = _created(users, by)
        return MappingOutcome(words=words, errors=errors, days=bring_days_up_to_date() if words else "")
    acts: Mapping[MappingDecision, Callable[[DeviceUser], str]] = {
        MAP: lambda user: map_to_employee(user.pk, employees.get(user.pk, ""), by=by),
        IGNORE: lambda user: ignore(user.pk, by=by),
        HEED: lambda user: stop_ignoring(user.pk, by=by),
        UNMAP: lambda user: release(user.pk, by=by),
    }
    words, errors = [], []
    for user in users:
        try:
            words.append(acts[decision](user))
        except (AttendanceDevicesError, ImproperlyConfigured) as error:
            errors.append(str(error))
    days = bring_days_up_to_date() if words and decision.changes_days else ""
    return MappingOutcome(words=words, errors=errors, days=days)


def _created(users: Sequence[DeviceUser], by: Any) -> tuple[list[str], list[str]]:
    try:
        return create_accounts([user.pk for user in users], by=by)
    except (AttendanceDevicesError, ImproperlyConfigured) as error:
        return [], [str(error)]


def _open_and_closed(
    decision: MappingDecision, users: Sequence[DeviceUser], by: Any
) -> tuple[list[DeviceUser], list[Outlook]]:
    """Those about whom it can still be decided, and the others."""
    scope = scope_of(by)
    fit, unfit = [], []
    for user in users:
        is_mapped = user.system_user_id is not None
        if is_mapped and not scope.sees(user.system_user_id):
            # Not even that it is mapped to somebody else is told: as if it were not there.
            continue
        if is_mapped is (decision is UNMAP) and user.ignored <= (decision in (HEED, MAP)):
            fit.append(user)
        else:
            unfit.append(Outlook(user=user, problem=_("It was decided about meanwhile: look at the list again.")))
    return fit, unfit

"""List unmapped device users with their waiting punches, and suggest employees the viewer may see."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _

from attendance_devices.domain.people.mapping import MapAction
from attendance_devices.domain.people.name_similarity import NameIndex
from attendance_devices.models import DeviceUser, ESSLAttendanceLog
from attendance_devices.services.access.employees import name_of
from attendance_devices.services.access.visibility import VisibleEmployees
from attendance_devices.services.mapping.match import plan_mapping

CLEAR_MATCH_PERCENT = 80
"""Per cent. A name that is less like it is not chosen before a person chooses it."""
CLEAR_LEAD_PERCENT = 10
"""Per cent by which it has to be ahead of the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An employee who may be it."""

    user: Any
    """A user of the CRM."""
    per_cent: int | None = None
    """How like the names are; None: a key says it."""
    why: str = ""
    there: str = ""
    """The id under which the same terminal knows this employee already."""

    @property
    def name(self) -> str:
        """What people call the employee."""
        return name_of(self.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedUser:
    """One unmapped user of a terminal."""

    user: DeviceUser
    """With its device."""
    punches: int = 0
    """That wait."""
    first: date | None = None
    """The dates that the terminal's clock showed for the first and the last of them."""
    last: date | None = None
    suggestions: Sequence[Suggestion] = ()
    """The best first."""
    conflict: str = ""
    """Why a key does not say it, though it should."""

    @property
    def choice(self) -> Suggestion | None:
        """Who is chosen unless a person chooses otherwise: whom a key names, or whose name is clearly the most like."""
        if not self.suggestions:
            return None
        first, *others = self.suggestions
        if first.per_cent is None:
            return first
        next_one = max((one.per_cent or 0 for one in others), default=0)
        is_clear = (
            first.per_cent >= CLEAR_MATCH_PERCENT
            and first.per_cent - next_one >= CLEAR_LEAD_PERCENT
            and not first.there
        )
        return first if is_clear else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeIndex:
    """The employees whom a viewer may see, ready to be compared with names."""

    users: Mapping[str, Any]
    names: NameIndex[str] = field(repr=False)


def find_unmapped_users(
    *, device: int | None = None, text: str = "", ignored: bool | None = False, key: int | None = None
) -> list[UnmappedUser]:
    """Who waits, or is ignored, without suggestions; most punches first. Two queries.

    :param device: only of this terminal. :param text: in the id or in the name there. :param key: only this row.
    :param ignored: None for those who wait and those who are ignored.
    """
    rows = DeviceUser.objects.filter(system_user__isnull=True).select_related("device")
    rows = rows if ignored is None else rows.filter(ignored=ignored)
    rows = rows.defer("device__comm_key", "device__username", "device__password", "device__cursor")
    rows = rows if device is None else rows.filter(device=device)
    rows = rows if key is None else rows.filter(pk=key)
    wanted = text.casefold()
    users = [row for row in rows if wanted in str(row).casefold()]
    waiting = _waiting_punches(device if key is None or not users else users[0].device_id) if users else {}
    found = [UnmappedUser(user=user, **waiting.get((user.device_id, user.device_user_id), {})) for user in users]
    return sorted(found, key=lambda one: (-one.punches, one.user.device.name, one.user.device_user_id))


def with_suggestions(
    found: Sequence[UnmappedUser], scope: VisibleEmployees, *, most: int = 3, people: EmployeeIndex | None = None
) -> list[UnmappedUser]:
    """The same with whom they may be: by a key first, then by names. A constant number of queries, and the host's.

    Nobody outside of the viewer's scope is named, nor that there is such a person.

    :param people: `employee_index` the scope, if that was asked for already.
    """
    if not found:
        return []
    known = _SuggestionSources(
        people=people or employee_index(scope),
        keys=_matches_by_key([one.user for one in found], scope),
        there=_known_ids({one.user.device_id for one in found}),
    )
    return [known.about(one, most) for one in found]


def employee_index(scope: VisibleEmployees) -> EmployeeIndex:
    """Who may be suggested by name: accounts that are in use. Of others only those that a key names are shown."""
    # In one order, because the same people in another would be compared anew.
    accounts = scope.only(get_user_model()._base_manager.order_by("pk"), "pk")
    users = {str(user.pk): user for user in accounts}
    in_use = {key: user for key, user in users.items() if getattr(user, "is_active", True)}
    names = ((key, (name_of(user), str(user.get_username()))) for key, user in in_use.items())
    return EmployeeIndex(users=users, names=_name_index(tuple(names)))


@lru_cache(maxsize=4)
def _name_index(people: tuple[tuple[str, tuple[str, str]], ...]) -> NameIndex[str]:
    """Made anew only when somebody comes, goes or is called otherwise: the page is opened again after each decision."""
    return NameIndex(dict(people))


def _waiting_punches(device: int | None) -> dict[tuple[Any, str], dict[str, Any]]:
    # order_by(): the usual order of a table would be grouped by as well.
    logs = ESSLAttendanceLog.objects.filter(user__isnull=True).order_by()
    logs = logs if device is None else logs.filter(device=device)
    rows = logs.values_list("device", "biometric_id").annotate(Count("pk"), Min("device_time"), Max("device_time"))
    return {
        (where, who): {"punches": count, "first": first.date(), "last": last.date()}
        for where, who, count, first, last in rows
    }


def _matches_by_key(users: Sequence[DeviceUser], scope: VisibleEmployees) -> dict[int, tuple[str, str, str]]:
    """Key of the row -> employee, why, and why not."""
    try:
        proposal = plan_mapping(users, create=False)
    except ImproperlyConfigured as error:
        return {user.pk: ("", "", str(error)) for user in users}
    found = {}
    for step in proposal.steps:
        user = users[step.candidate.key]
        if step.action is MapAction.MAP and scope.sees(step.employee):
            found[user.pk] = (step.employee, step.reason, "")
        elif step.action is MapAction.CONFLICT:
            # It names employees by their keys.
            reason = step.reason if scope.keys is None else _("its id does not say clearly who it is")
            found[user.pk] = ("", "", reason)
    return found


def _known_ids(devices: Collection[Any]) -> Mapping[tuple[Any, str], str]:
    """Device and employee -> the id under which it knows the person."""
    rows = DeviceUser.objects.filter(device__in=devices, system_user__isnull=False).order_by("pk")
    found: dict[tuple[Any, str], str] = defaultdict(str)
    for device, user, who in rows.values_list("device_id", "system_user_id", "device_user_id"):
        found[device, str(user)] = who
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _SuggestionSources:
    """All that suggestions are made of."""

    people: EmployeeIndex
    keys: Mapping[int, tuple[str, str, str]]
    there: Mapping[tuple[Any, str], str]

    def about(self, one: UnmappedUser, most: int) -> UnmappedUser:
        employee, why, conflict = self.keys.get(one.user.pk, ("", "", ""))
        users = self.people.users
        found = [Suggestion(user=users[employee], why=why)] if employee in users else []
        for like in self.people.names.like(one.user.device_user_name, most):
            if like.key != employee:
                known = self.there.get((one.user.device_id, like.key), "")
                found.append(Suggestion(user=users[like.key], per_cent=like.per_cent, there=known))
        return replace(one, suggestions=found, conflict=conflict)

"""What a decision about users of terminals would change, shown before it is made. Not one write."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.people.mapping import AccountPlan, MapAction
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.exceptions import HostError
from attendance_devices.models import DeviceUser, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.access.employees import full_label
from attendance_devices.services.days.derive import DerivePlan, is_withdrawn, plan_derive
from attendance_devices.services.display.badges import Badge, badge_of
from attendance_devices.services.mapping.decide import device_user_label, no_account_reason, plan_accounts
from attendance_devices.services.mapping.unmap import plan_release
from attendance_devices.services.posting.post import plan_post
from attendance_devices.services.punches.coverage import Newcomer, Unsaved
from attendance_devices.services.punches.pending_days import UserDay

MOST_PUNCHES = 5_000
"""Of more, only how many there are is shown: a year of ten people."""
CRM_WORDS: Mapping[PostAction, Promise | str] = {
    PostAction.CREATE: _("new in the CRM"),
    PostAction.CHANGE: _("changed in the CRM"),
    PostAction.REMOVE: _("taken out of the CRM"),
    PostAction.UNCHANGED: _("as they are in the CRM"),
    PostAction.KEPT: _("left in the CRM as a person edited them"),
    PostAction.LOCKED: _("locked in the CRM"),
    PostAction.FAILED: _("not taken by the CRM"),
    PostAction.SKIPPED: _("of which the CRM is not told"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a day says."""

    mark: Badge
    check_in: datetime | None
    check_out: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOutlook:
    """What becomes of one day of one person."""

    date: date
    before: Said | None
    """None: it was none of ours."""
    after: Said | None
    """None: it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a decision about one user of a terminal would change."""

    user: DeviceUser
    employee: str = ""
    """Who it would be, or was, as people call it; empty for nobody."""
    key: str = ""
    """Primary key of that employee, as text."""
    punches: int = 0
    days: Sequence[DayOutlook] = ()
    is_too_much: bool = False
    """So many punches wait that its days are not shown one by one."""
    sealed: int = 0
    """Days that stand, because their punches are no longer kept."""
    crm: Mapping[PostAction, int] = field(default_factory=dict)
    """What the CRM's own rows would see, and how often."""
    account: AccountPlan | None = None
    """That would be made."""
    comes_back: bool = False
    problem: str = ""
    """Why it cannot be done; empty if it can."""

    @property
    def in_crm(self) -> list[tuple[int, Promise | str]]:
        """How many of the CRM's rows, and what becomes of them."""
        return [(self.crm[action], words) for action, words in CRM_WORDS.items() if self.crm.get(action)]

    @property
    def named(self) -> str:
        """The user of a terminal, as people call it."""
        return device_user_label(self.user)


def of_mapping(wishes: Sequence[tuple[DeviceUser, Any]]) -> list[Outlook]:
    """What mapping each to its employee would change. :param wishes: unmapped users, and users of the CRM."""
    keys = {(user.device_id, user.device_user_id): someone.pk for user, someone in wishes}
    people = {user.pk: (full_label(someone), str(someone.pk)) for user, someone in wishes}
    return _with_days([user for user, _ in wishes], keys, people)


def of_accounts(users: Sequence[DeviceUser], by: Any) -> list[Outlook]:
    """What an account for each would be, and what its punches would make."""
    try:
        steps = list(plan_accounts(users))
    except (HostError, ImproperlyConfigured) as error:
        return [Outlook(user=user, problem=str(error)) for user in users]
    made = {users[step.candidate.key].pk: step.account for step in steps if step.action is MapAction.CREATE}
    keys = {
        # One account may be that of several ids, and several may be made for one id.
        (user.device_id, user.device_user_id): Newcomer(f"{user.device_user_id} (new {id(made[user.pk])})")
        for user in users
        if user.pk in made
    }
    shown = {one.user.pk: one for one in _with_days([user for user in users if user.pk in made], keys, {})}
    found = []
    for step in steps:
        user = users[step.candidate.key]
        if user.pk in shown:
            one = shown[user.pk]
            found.append(replace(one, account=step.account))
        else:
            found.append(Outlook(user=user, problem=no_account_reason(step, by)))
    return found


def of_release(users: Iterable[DeviceUser]) -> list[Outlook]:
    """What undoing each of these mappings would change."""
    found = []
    for user in users:
        plan = plan_release(user)
        found.append(
            Outlook(
                user=user,
                employee=full_label(plan.employee),
                key=str(plan.employee.pk),
                punches=plan.punches,
                days=_changes(plan.rows).get(str(plan.employee.pk), ()),
                crm=_crm(plan.rows).get(str(plan.employee.pk), {}),
                comes_back=plan.comes_back,
                problem=plan.obstacles[0] if plan.obstacles else "",
            )
        )
    return found


def _with_days(
    users: Sequence[DeviceUser], keys: Mapping[tuple[Any, str], Any], people: Mapping[int, tuple[str, str]]
) -> list[Outlook]:
    """:param keys: device and id -> whose it would be. :param people: row -> name and key of the employee."""
    counts = _counts(keys)
    is_too_much = sum(counts.values()) > MOST_PUNCHES
    rows = DerivePlan() if is_too_much else _rows(keys)
    days, crm, sealed = _changes(rows), _crm(rows), Counter(str(user) for user, _ in rows.sealed)
    found = []
    for user in users:
        place = (user.device_id, user.device_user_id)
        name, key = people.get(user.pk, ("", ""))
        mine = str(keys[place])
        found.append(
            Outlook(
                user=user,
                employee=name,
                key=key,
                punches=counts[place],
                days=days.get(mine, ()),
                sealed=sealed[mine],
                is_too_much=is_too_much,
                crm=crm.get(mine, {}),
            )
        )
    return found


def _rows(keys: Mapping[tuple[Any, str], Any]) -> DerivePlan:
    logs = [log for log in _waiting(keys).order_by("pk") if (log.device_id, log.biometric_id) in keys]
    for log in logs:
        log.user_id = keys[log.device_id, log.biometric_id]
    enrolled: dict[Any, set[Any]] = {}
    for (device, _who), someone in keys.items():
        enrolled.setdefault(someone, set()).add(device)
    touched: set[UserDay] = {(log.user_id, log.device_time.date()) for log in logs}
    return plan_derive(touched, Unsaved(logs=logs, enrolled=enrolled)) if touched else DerivePlan()


def _counts(keys: Mapping[tuple[Any, str], Any]) -> Counter[tuple[Any, str]]:
    """How many punches wait for each."""
    rows = _waiting(keys).order_by().values_list("device", "biometric_id").annotate(Count("pk"))
    return Counter({(device, who): count for device, who, count in rows if (device, who) in keys})


def _waiting(keys: Mapping[tuple[Any, str], Any]) -> QuerySet[ESSLAttendanceLog]:
    """The punches that are nobody's, of these terminals and ids."""
    return ESSLAttendanceLog.objects.filter(
        user__isnull=True, device__in={device for device, _ in keys}, biometric_id__in={who for _, who in keys}
    )


def _changes(rows: DerivePlan) -> dict[str, list[DayOutlook]]:
    """Employee -> the days that change, the oldest first."""
    stored = ProcessedAttendance.objects.in_bulk([row.pk for row in [*rows.change, *rows.remove]])
    found: dict[str, list[DayOutlook]] = {}
    for row in [*rows.create, *rows.change, *rows.remove]:
        old = stored.get(row.pk)
        is_gone = is_withdrawn(row) or (old is not None and row in rows.remove)
        change = DayOutlook(date=row.date, before=_said(old), after=None if is_gone else _said(row))
        found.setdefault(str(row.user_id), []).append(change)
    return {user: sorted(days, key=lambda day: day.date) for user, days in found.items()}


def _said(row: ProcessedAttendance | None) -> Said | None:
    if row is None:
        return None
    mark = badge_of(DayStatus(row.status), check_in=row.check_in, now=datetime.now(UTC))
    return Said(mark=mark, check_in=row.check_in, check_out=row.check_out)


def _crm(rows: DerivePlan) -> Mapping[str, Mapping[PostAction, int]]:
    """Employee -> how often which thing would happen in the CRM. Who has no account yet has no rows there either."""
    days = [row for row in [*rows.create, *rows.change] if not isinstance(row.user_id, Newcomer)]
    found: dict[str, Counter[PostAction]] = {}
    for plan in plan_post(days).rows if days else ():
        found.setdefault(plan.row.employee, Counter())[plan.action] += 1
    return found

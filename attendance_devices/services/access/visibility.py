"""Whom a viewer may see: the CRM says it, and every page, file and widget asks here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from attendance_devices.hosts.current import current_host
from attendance_devices.services.access import permissions

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleEmployees:
    """The employees whom one viewer may see."""

    keys: frozenset[str] | None
    """Primary keys of users as text; None is everybody."""
    sees_strangers: bool = field(default=False, compare=False)
    """May the viewer see users of terminals who stand for nobody? No scope can name those, and whoever is to map them
    has to see them: the right to see users of terminals decides, on every page."""

    def sees(self, user: Any) -> bool:
        """:param user: a primary key."""
        return self.keys is None or str(user) in self.keys

    def only(self, rows: QuerySet[Row], field: str = "user") -> QuerySet[Row]:
        """The rows of those people. :param field: leads to the user; rows of nobody are for those who see everybody."""
        if self.keys is None:
            return rows
        return rows.filter(**{f"{field}__in": _possible_keys(self.keys)})

    @property
    def mark(self) -> str:
        """Tells two scopes apart, alike in every process."""
        return "all" if self.keys is None else sha256("\0".join(sorted(self.keys)).encode()).hexdigest()


EVERYBODY = VisibleEmployees(keys=None, sees_strangers=True)


def scope_of(viewer: Any) -> VisibleEmployees:
    """What the host says of this viewer, asked now."""
    found: Collection[Any] | None = current_host().visible_employees(viewer)
    keys = None if found is None else frozenset(str(key) for key in found)
    return VisibleEmployees(keys=keys, sees_strangers=viewer.has_perm(permissions.VIEW_DEVICE_USERS))


def _possible_keys(keys: Iterable[str]) -> list[Any]:
    """What can be a primary key of a user; a host may name anything."""
    column, found = get_user_model()._meta.pk, []
    for key in sorted(keys):
        try:
            found.append(column.to_python(key))
        except ValidationError:
            continue
    return found

"""Buttons of the clock, on the list of terminals."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance_devices import schedules
from attendance_devices.models import Device
from attendance_devices.services.devices.due import make_due_now


@admin.action(description=_("Read these as soon as the clock ticks"), permissions=["change"])
def read_soon(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Device]) -> None:
    """Whatever their turn or their failures say."""
    keys = list(queryset.values_list("pk", flat=True))
    make_due_now(keys)
    modeladmin.message_user(request, _("%(count)d terminals are read at the next tick.") % {"count": len(keys)})


@admin.action(description=_("Install the clock's schedules (for all terminals)"), permissions=["schedules"])
def install_schedules(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Device]) -> None:
    """Those that are missing; one that a person changed or deleted stays as it is."""
    del queryset
    made = ", ".join(one.key for one in schedules.install())
    words = _("Schedules created: %(names)s.") % {"names": made} if made else _("Nothing was missing.")
    modeladmin.message_user(request, words)

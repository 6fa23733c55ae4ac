"""What can be asked of terminals in the admin: read them now, test them. The same jobs as on the page of devices."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance_devices.admin.lists import ListAdmin
from attendance_devices.domain.devices.jobs import JobKind
from attendance_devices.models import Device
from attendance_devices.services.access.permissions import COLLECT
from attendance_devices.services.device_actions.launch import launch_jobs


class AskingAdmin(ListAdmin):
    """The actions that only read, for the admin of devices."""

    actions: tuple[Any, ...] = ("poll_them_now", "test_them")

    def has_collect_permission(self, request: HttpRequest) -> bool:
        """Reading terminals is a right of its own."""
        return request.user.has_perm(COLLECT)

    @admin.action(description=gettext_lazy("Read these terminals now"), permissions=["collect"])
    def poll_them_now(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """By a worker, or one after the other."""
        self._ask(request, JobKind.POLL, queryset)

    @admin.action(description=gettext_lazy("Test these terminals"), permissions=["collect"])
    def test_them(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """What works, what does not, and what to do."""
        self._ask(request, JobKind.TEST, queryset)

    def _ask(self, request: HttpRequest, kind: JobKind, devices: QuerySet[Device]) -> None:
        launched = launch_jobs(kind, list(devices), by=request.user)
        for job in launched.already:
            words = _("%(device)s was asked already, by %(who)s.") % {"device": job.device_name, "who": job.asked_by}
            self.message_user(request, words, messages.WARNING)
        if launched.by_worker and launched.jobs:
            names = ", ".join(job.device_name for job in launched.jobs)
            words = _("A worker does it for %(names)s; how it ends stands in the audit entries.") % {"names": names}
            self.message_user(request, words, messages.INFO)
        for job in () if launched.by_worker else launched.jobs:
            todo = [f"{step.name}: {step.found}. {step.next_step}" for step in job.steps if not step.ok]
            words = " ".join([f"{job.device_name}: {job.words}", *todo])
            self.message_user(request, words, messages.SUCCESS if job.is_good else messages.ERROR)
        if launched.late:
            words = _("There was no time left for %(names)s.") % {"names": ", ".join(launched.late)}
            self.message_user(request, words, messages.WARNING)
        if launched.days:
            self.message_user(request, launched.days)

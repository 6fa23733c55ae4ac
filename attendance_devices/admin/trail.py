"""What happened, in the admin: incidents, runs, and who changed what."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance_devices.admin.lists import ReadOnlyAdmin
from attendance_devices.admin.months import by_month
from attendance_devices.models import Acknowledgement, AuditEntry, Incident, Notice, SyncRun

LATELY = 1_000


class VerbFilter(admin.SimpleListFilter):
    """What was done lately; all that was ever done would be looked for in all entries."""

    title = _("what")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The verbs of the newest entries."""
        lately = AuditEntry.objects.order_by("-at").values_list("verb", flat=True)[:LATELY]
        return [(verb, verb) for verb in sorted(set(lately))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Entries of one verb."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """What was wrong with terminals, and since when people know."""

    list_display = ("opened_at", "device", "kind", "note", "closed_at", "told_at", "ended_told_at")
    list_filter = ("kind", "device", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("device",)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """What the runs did."""

    list_display = ("started_at", "device", "new", "known", "quarantined", "device_records", "error")
    list_filter = (by_month("started_at"), "device", "whole")
    list_select_related = ("device",)
    sortable_by = ("started_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        """Newest first."""
        return super().get_queryset(request).order_by("-pk")


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who changed what, and how it ended."""

    list_display = ("at", "verb", "device_name", "subject", "outcome", "by_name", "words")
    list_filter = (by_month("at"), VerbFilter, "outcome", "device")
    sortable_by = ("at",)
    search_fields = ("by_name", "device_name", "subject", "words")
    list_select_related = ("device",)


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnlyAdmin):
    """What people found right as it is."""

    list_display = ("at", "key", "by_name", "why")
    list_filter = (by_month("at"),)
    search_fields = ("key", "by_name", "why")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """What people were mailed of, once for each cause."""

    list_display = ("key", "told_at")
    search_fields = ("key",)

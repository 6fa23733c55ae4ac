"""The works, in the admin: what the clock remembers, what waits to be derived, what is no longer kept. Read only."""

from django.contrib import admin

from attendance_devices.admin.lists import ReadOnlyAdmin
from attendance_devices.models import Errand, ForgottenPunch, Heartbeat, InstalledSchedule, PendingDay, SealedDay


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When what must happen again and again last did."""

    list_display = ("name", "at", "note")


@admin.register(InstalledSchedule)
class InstalledScheduleAdmin(ReadOnlyAdmin):
    """Schedules that were made once."""

    list_display = ("key", "when")


@admin.register(Errand)
class ErrandAdmin(ReadOnlyAdmin):
    """What was asked for, and how much of it is done."""

    list_display = ("name", "asked", "done", "queued_until", "holder", "held_until")


@admin.register(PendingDay)
class PendingDayAdmin(ReadOnlyAdmin):
    """Days that wait to be derived."""

    list_display = ("user", "date")
    list_select_related = ("user",)
    also_filtered_by = ("user", "date")
    sortable_by = ()
    person = "user"


@admin.register(SealedDay)
class SealedDayAdmin(ReadOnlyAdmin):
    """Days whose punches are no longer kept."""

    list_display = ("user", "date", "at", "device")
    list_filter = ("device",)
    list_select_related = ("user", "device")
    also_filtered_by = ("user", "date")
    sortable_by = ("user",)
    person = "user"


@admin.register(ForgottenPunch)
class ForgottenPunchAdmin(ReadOnlyAdmin):
    """Punches that are no longer kept, while their terminal still tells them."""

    list_display = ("device", "device_time")
    list_filter = ("device",)
    list_select_related = ("device",)
    fields = ("device", "device_time")
    sortable_by = ("device",)

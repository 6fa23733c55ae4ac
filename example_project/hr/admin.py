"""The HR corner in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from example_project.hr.models import Attendance, CustomUser, Department, Designation, Office

WORK = ("role", "employee_id", "biometric_id", "office", "department", "designation")

admin.site.register([Office, Department, Designation])


@admin.register(CustomUser)
class StaffAdmin(UserAdmin):
    """Django's page of a user, and where they work."""

    list_display = ("username", "first_name", "last_name", "office", "employee_id", "biometric_id", "role")
    list_filter = ("office", "department", "role", "is_active")
    list_select_related = ("office",)
    search_fields = ("username", "first_name", "last_name", "employee_id", "biometric_id")
    fieldsets = (*UserAdmin.fieldsets, ("Work", {"fields": WORK}))
    add_fieldsets = (*UserAdmin.add_fieldsets, ("Work", {"fields": WORK}))


@admin.register(Attendance)
class AttendanceAdmin(admin.ModelAdmin):
    """The rows, also for correction by hand."""

    list_display = ("date", "user", "check_in_time", "check_out_time", "status", "device")
    list_filter = ("status", "user__office")
    list_select_related = ("user",)
    date_hierarchy = "date"
    autocomplete_fields = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name")

"""Users of terminals in the admin: who is who, and mapping them."""

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance_devices.admin.files import FilesAdmin
from attendance_devices.domain.people.mapping import MapAction
from attendance_devices.models import Device, DeviceUser
from attendance_devices.resources.mapping import DeviceUserResource
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.access.permissions import MAP
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.mapping.match import map_users

TOLD = 10
"""Users that stay unmapped, told one by one."""


@admin.register(DeviceUser)
class DeviceUserAdmin(FilesAdmin):
    """Who is who on which terminal."""

    resource = DeviceUserResource
    import_needs = (MAP,)

    list_display = (
        "device",
        "device_user_id",
        "device_user_name",
        "system_user",
        "is_mapped",
        "mapped_reason",
        "ignored",
    )
    list_filter = ("device", ("is_mapped", admin.BooleanFieldListFilter), "ignored", "on_device")
    also_filtered_by = ("system_user", "device_user_id")
    sortable_by = ("device", "device_user_id", "device_user_name", "is_mapped", "ignored")
    person = "system_user"
    shows_nobodys = True
    actions = ("map_by_key",)
    list_select_related = ("device", "system_user")
    search_fields = ("device_user_id", "device_user_name")
    fields = ("device", "device_user_id", "device_user_name", "system_user", "mapped_reason", "ignored")
    readonly_fields = ("device", "device_user_id", "device_user_name", "mapped_reason")
    raw_id_fields = ("system_user",)

    def get_readonly_fields(self, request: HttpRequest, obj: DeviceUser | None = None) -> tuple[str, ...]:
        """Whoever is mapped stays mapped: days were posted already."""
        mapped = ("system_user",) if obj is not None and obj.system_user_id is not None else ()
        return (*self.readonly_fields, *mapped)

    def save_model(self, request: HttpRequest, obj: DeviceUser, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]  # noqa: FBT001
        """Mapping is a verb: the earlier punches follow."""
        if "system_user" in form.changed_data and obj.system_user_id is not None:
            assign(obj, obj.system_user_id, by=str(request.user))
            words = f"{obj} is {obj.system_user}"
            note("map", by=request.user, device=obj.device, subject=obj.device_user_id, words=words)
        if "ignored" in form.changed_data:
            obj.save(update_fields=["ignored"])
            verb = "ignore" if obj.ignored else "notice"
            note(verb, by=request.user, device=obj.device, subject=obj.device_user_id)

    def has_map_permission(self, request: HttpRequest) -> bool:
        """Whoever may say who is who."""
        return request.user.has_perm(MAP)

    @admin.action(description=_("Map these by their keys in the CRM"), permissions=["map"])
    def map_by_key(self, request: HttpRequest, queryset: QuerySet[DeviceUser]) -> None:
        """What two could claim is told and left alone."""
        keys = dict(queryset.order_by().values_list("pk", "device"))
        plan, result = map_users(Device.objects.filter(pk__in=set(keys.values())), create=False, among=set(keys))
        if result.mapped:
            note("map", by=request.user, subject=f"{result.mapped} users of terminals", words="by their keys")
        self.message_user(request, _("%(count)d users of terminals were mapped.") % {"count": result.mapped})
        left = [step for step in plan.steps if step.action is not MapAction.MAP]
        for step in left[:TOLD]:
            words = f"{step.candidate.device}, {step.candidate.device_user_id}: {step.reason}"
            self.message_user(request, words, messages.WARNING)
        for error in result.errors:
            self.message_user(request, error, messages.ERROR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Terminals list them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Their punches stay, so they stay."""
        return False

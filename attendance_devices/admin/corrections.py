"""Corrections in the admin: made and undone through the verbs, never edited, never deleted."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget, AdminTimeWidget
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance_devices.admin.lists import ListAdmin
from attendance_devices.admin.months import by_month
from attendance_devices.exceptions import CorrectionError
from attendance_devices.models import Correction
from attendance_devices.services.access.permissions import UNDO
from attendance_devices.services.corrections.correct import (
    add_punch,
    change_punch,
    instant_from_clock,
    undo_correction,
    void_punch,
)


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person says about a punch, in the words of the clock on the wall."""

    by: Any
    """Who fills it in; set for each request."""
    shown_on = forms.DateField(label=_("date"), required=False, widget=AdminDateWidget)
    shown_at = forms.TimeField(
        label=_("time"),
        required=False,
        widget=AdminTimeWidget,
        help_text=_("Of an added punch, or the right time of a changed one, as the clock of the device shows it."),
    )
    second_pass = forms.BooleanField(label=_("second pass of a repeated hour"), required=False)

    class Meta:
        model = Correction
        fields = ("kind", "log", "user", "device", "punch_type", "why")
        help_texts = {"user": _("Of an added punch."), "punch_type": _("Empty: it stays as it is.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            self.fields["user"].required = False

    def clean(self) -> dict[str, Any]:
        """The verb judges, and writes. It comes last: with an error before it, nothing is written."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.instance = self._made(cleaned)
            except CorrectionError as error:
                raise forms.ValidationError(str(error)) from error
        return cleaned

    def _post_clean(self) -> None:
        """The verb has judged the row already, and stored it."""

    def _made(self, cleaned: dict[str, Any]) -> Correction:
        user, log, device = (cleaned.get(name) for name in ("user", "log", "device"))
        says = {"by": self.by, "why": cleaned["why"]}
        if cleaned["kind"] == Correction.Kind.ADD:
            if user is None or log is not None:
                raise forms.ValidationError(_("Name the employee of an added punch, and no attendance log."))
            at = self._at(cleaned, device)
            if at is None:
                raise forms.ValidationError(_("Give the date and the time of the added punch."))
            return add_punch(user.pk, at, punch_type=cleaned["punch_type"], device=device, **says)
        if log is None or user is not None or device is not None:
            raise forms.ValidationError(
                _("Name the attendance log that is corrected, and neither employee nor device.")
            )
        at = self._at(cleaned, log.device)
        if cleaned["kind"] == Correction.Kind.CHANGE:
            return change_punch(log.pk, punch_type=cleaned["punch_type"], at=at, **says)
        if at is not None or cleaned["punch_type"]:
            raise forms.ValidationError(_("A voided punch has no other time and no other meaning."))
        return void_punch(log.pk, **says)

    def _at(self, cleaned: dict[str, Any], device: Any) -> datetime | None:
        day, clock = cleaned.get("shown_on"), cleaned.get("shown_at")
        if day is None and clock is None:
            return None
        if day is None or clock is None:
            raise forms.ValidationError(_("Give both the date and the time, or neither."))
        return instant_from_clock(datetime.combine(day, clock), device, fold=int(cleaned["second_pass"]))


@admin.register(Correction)
class CorrectionAdmin(ListAdmin):
    """Who corrected what, when and why."""

    form = CorrectionForm
    list_display = (
        "made_at",
        "kind",
        "user",
        "log",
        "at",
        "punch_type",
        "why",
        "made_by_name",
        "undone_at",
        "undone_by_name",
    )
    list_filter = (by_month("made_at"), "kind", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "log")
    search_fields = ("why", "made_by_name")
    raw_id_fields = ("user", "log")
    actions = ("undo_them",)
    also_filtered_by = ("user", "log")
    sortable_by = ("made_at", "at", "undone_at")
    person = "user"

    def get_fields(self, request: HttpRequest, obj: Correction | None = None) -> Any:
        """The form to make one, or all that is known of it."""
        if obj is None:
            return (*CorrectionForm.Meta.fields[:4], ("shown_on", "shown_at", "second_pass"), "punch_type", "why")
        made = ("made_by_name", "made_at", "undone_by_name", "undone_at")
        return ("kind", "log", "user", "device", "at", "punch_type", "why", *made)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """A class of its own for each request, which knows who asks."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # noqa: FBT001
        """The verb has stored it."""
        return form.instance

    def save_model(self, request: HttpRequest, obj: Correction, form: Any, change: bool) -> None:  # noqa: FBT001
        """It is stored."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Nothing hangs on it."""

    def has_undo_permission(self, request: HttpRequest) -> bool:
        """The right to change corrections is the right to undo them; nothing else about them changes."""
        return request.user.has_perm(UNDO)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never deleted, but with the account of the person."""
        return self.goes_with_another(request, obj)

    @admin.action(description=_("Undo these corrections"), permissions=["undo"])
    def undo_them(self, request: HttpRequest, queryset: QuerySet[Correction]) -> None:
        """One by one, with an entry in the admin's log for each."""
        undone = 0
        for pk in list(queryset.order_by("pk").values_list("pk", flat=True)):
            try:
                row = undo_correction(pk, by=request.user)
            except CorrectionError as error:
                self.message_user(request, str(error), messages.ERROR)
                continue
            self.log_change(request, row, "undone")
            undone += 1
        self.message_user(request, _("%(count)d corrections were undone.") % {"count": undone})

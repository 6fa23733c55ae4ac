"""What somebody wants to take out as a file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.reports.months import FIRST_YEAR, LAST_YEAR, Month
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.reports.export import MOST_DAYS, ExportKind, ExportOption, ExportRequest
from attendance_devices.services.reports.people import PeopleFilter

ISO = "%Y-%m-%d"


class ExtractForm(forms.Form):
    """Only what the viewer may take is offered. Both days are included."""

    what = forms.ChoiceField(widget=forms.RadioSelect)
    first = forms.DateField(label=_("From"), input_formats=[ISO], widget=forms.DateInput({"type": "date"}, ISO))
    last = forms.DateField(label=_("To"), input_formats=[ISO], widget=forms.DateInput({"type": "date"}, ISO))
    office = forms.CharField(
        label=_("Office"), required=False, max_length=200, widget=forms.TextInput({"list": "ad-offices"})
    )
    department = forms.CharField(
        label=_("Department"), required=False, max_length=200, widget=forms.TextInput({"list": "ad-departments"})
    )
    search = forms.CharField(label=_("Name"), required=False, max_length=200)

    def __init__(self, offered: Sequence[ExportOption], data: Any = None) -> None:
        usual = {"what": offered[0].what if offered else "", "first": Month.of(today()).first, "last": today()}
        super().__init__(data, auto_id="ad-%s", initial=usual)
        self.fields["what"].choices = [(one.what.value, one.label) for one in offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A range that there can be."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last:
            if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR or first > last:
                self.add_error("last", _("The last day is not before the first, and no day before 2005."))
            elif (last - first).days >= MOST_DAYS:
                self.add_error("last", _("No more than ten years at once."))
        return cleaned

    @property
    def asked(self) -> ExportRequest:
        """What was asked for, once it is valid."""
        given = self.cleaned_data
        wished = PeopleFilter(**{name: given[name].strip() for name in ("office", "department", "search")})
        return ExportRequest(what=ExportKind(given["what"]), first=given["first"], last=given["last"], wished=wished)

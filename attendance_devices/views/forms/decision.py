"""What a person has to say for an action of the inbox: when it was, who it is, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.review.items import ActionInput, Item, OfferedAction
from attendance_devices.exceptions import InstantInvalid
from attendance_devices.services.access.employees import find_employees
from attendance_devices.services.access.visibility import VisibleEmployees
from attendance_devices.services.devices.local_time import parse_instant, zone_by_name
from attendance_devices.services.review.page import EmployeeCandidate, employee_candidates

MOST_LETTERS = 500
ISO_DATE, ISO_TIMES = "%Y-%m-%d", ("%H:%M:%S", "%H:%M")


class DecisionForm(forms.Form):
    """The fields that one action of one item needs, and no others. Times are those of the clock on that wall."""

    use_required_attribute = True

    def __init__(self, item: Item, action: OfferedAction, scope: VisibleEmployees, data: Any = None) -> None:
        super().__init__(data, auto_id="ad-%s")
        self.item, self.action, self.scope = item, action, scope
        self.candidates: Sequence[EmployeeCandidate] = ()
        if action.at is not None or ActionInput.AT in action.needs:
            self._ask_when()
        if ActionInput.EMPLOYEE in action.needs:
            self.fields["who"] = forms.CharField(
                label=_("Employee: name, user name or number"),
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
            )
        if ActionInput.WHY in action.needs:
            widget = forms.Textarea(attrs={"rows": 2})
            self.fields["why"] = forms.CharField(label=_("Why"), max_length=MOST_LETTERS, widget=widget)
        # Whoever asked for the form goes on typing in it.
        for field in list(self.fields.values())[:1]:
            field.widget.attrs["autofocus"] = True

    def _ask_when(self) -> None:
        """The day is mostly known; the time only if the item proposes one."""
        zone = zone_by_name(self.item.zone)
        proposed = self.action.at.astimezone(zone) if self.action.at else None
        self.fields["date"] = forms.DateField(
            label=_("Date"),
            initial=proposed.date() if proposed else self.item.date,
            input_formats=[ISO_DATE],
            widget=forms.DateInput(attrs={"type": "date"}, format=ISO_DATE),
        )
        self.fields["time"] = forms.TimeField(
            label=_("Time on the clock there (%(zone)s)") % {"zone": zone},
            initial=proposed.time().replace(microsecond=0) if proposed else None,
            input_formats=ISO_TIMES,
            widget=forms.TimeInput(attrs={"type": "time", "step": "1"}, format=ISO_TIMES[0]),
        )

    def clean(self) -> dict[str, Any]:
        """The moment, and the employee."""
        cleaned = super().clean() or {}
        if cleaned.get("date") and cleaned.get("time"):
            cleaned["at"] = self._moment(cleaned)
        if "who" in self.fields:
            cleaned["employee"] = self._employee(str(cleaned.get("who", "")))
        return cleaned

    @property
    def given(self) -> dict[str, Any]:
        """What `settle` takes."""
        return {name: self.cleaned_data[name] for name in ("at", "employee", "why") if self.cleaned_data.get(name)}

    def _moment(self, cleaned: dict[str, Any]) -> datetime | None:
        try:
            return parse_instant(f"{cleaned['date']}T{cleaned['time']}", zone_by_name(self.item.zone))
        except InstantInvalid as error:
            self.add_error("time", str(error))
            return None

    def _employee(self, who: str) -> str:
        """Whoever was chosen, or is the only one who is called exactly so. A part of a name is never enough."""
        chosen = str(self.data.get("employee", ""))
        if chosen and self.scope.sees(chosen):
            return chosen
        exact = [key for key in find_employees(who.strip()) if self.scope.sees(key)] if who.strip() else []
        if len(exact) == 1:
            return exact[0]
        self.candidates = employee_candidates(who, self.scope)
        self.add_error("who", _("Choose who it is.") if self.candidates else _("Nobody is found. Say who it is."))
        return ""

"""What a person says about a punch of a day, in the words of the clock on the wall."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.punches.instants import day_changes
from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.models import Correction
from attendance_devices.services.corrections.edit_day import CorrectionDraft
from attendance_devices.services.corrections.requests import MAX_REASON_LENGTH, RequestedCorrection
from attendance_devices.services.explanations.places import PunchPlaces

Kind = Correction.Kind
MEANINGS = {
    PunchType.IN: _("came (check-in)"),
    PunchType.OUT: _("left (check-out)"),
    PunchType.BREAK_OUT: _("left for a break"),
    PunchType.BREAK_IN: _("back from a break"),
    PunchType.OVERTIME_IN: _("came for overtime"),
    PunchType.OVERTIME_OUT: _("left after overtime"),
}


class PunchForm(forms.Form):
    """A punch to be added, or one of a terminal to be changed or left out."""

    kind = forms.ChoiceField(
        label=_("What is wrong?"),
        widget=forms.RadioSelect,
        choices=[
            (Kind.CHANGE, _("It took place at another time, or means something else")),
            (Kind.VOID, _("It does not count")),
        ],
    )
    shown_on = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    shown_at = forms.TimeField(
        label=_("Time"), required=False, widget=forms.TimeInput(format="%H:%M:%S", attrs={"type": "time", "step": "1"})
    )
    second_pass = forms.BooleanField(label=_("The second time the clock showed it, that night"), required=False)
    punch_type = forms.ChoiceField(label=_("It means"), required=False)
    device = forms.ChoiceField(label=_("Terminal"), required=False)
    why = forms.CharField(label=_("Why"), max_length=MAX_REASON_LENGTH, widget=forms.TextInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        day: date,
        walls: PunchPlaces,
        log: int | None,
        is_own: bool = False,
        usual: Mapping[str, Any] | None = None,
    ) -> None:
        """A form of one punch of a day.

        :param log: the punch that is meant; None adds one. :param is_own: it is asked for, and not decided.
        :param usual: what is filled in already.
        """
        super().__init__(data, auto_id="ad-punch-%s", label_suffix="", initial=dict(usual or {}))
        self.day, self.walls, self.log = day, walls, log
        unsaid = _("it follows from the punches around it") if log is None else _("what it means so far")
        self._choices("punch_type", [("", unsaid), *((kind.value, words) for kind, words in MEANINGS.items())])
        if log is None:
            del self.fields["kind"]
            self._choices("device", [("", _("none")), *((str(one.pk), one.name) for one in walls.devices)])
            self.initial["device"] = str(walls.usual.pk) if walls.usual else ""
        if log is not None or is_own:
            del self.fields["device"]
        if is_own or not day_changes(day, walls.zone):
            del self.fields["second_pass"]
        if log is None:
            self.fields["shown_on"].required = self.fields["shown_at"].required = True

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - it is declared so above
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Half a time is none."""
        cleaned = super().clean() or {}
        day, clock = cleaned.get("shown_on"), cleaned.get("shown_at")
        if clock is None and day is not None and self.log is not None:
            self.add_error("shown_at", _("Give the time, too."))
        cleaned["shown"] = datetime.combine(day or self.day, clock) if clock is not None else None
        return cleaned

    @property
    def draft(self) -> CorrectionDraft:
        """What it says, as a correction."""
        cleaned = self.cleaned_data
        by_key = {str(device.pk): device for device in self.walls.devices}
        return CorrectionDraft(
            kind=cleaned.get("kind", Kind.ADD),
            log=self.log,
            shown=None if cleaned.get("kind") == Kind.VOID else cleaned["shown"],
            fold=int(cleaned.get("second_pass", False)),
            zone=self.walls.zone,
            device=by_key.get(cleaned.get("device", "")),
            punch_type=cleaned["punch_type"],
            why=cleaned["why"],
        )

    @property
    def wanted(self) -> RequestedCorrection:
        """What it says, as a request."""
        draft = self.draft
        return RequestedCorrection(
            kind=draft.kind, log=draft.log, shown=draft.shown, punch_type=draft.punch_type, why=draft.why
        )

"""What should be: shifts, and who works them when."""

from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.shifts.rule import (
    Breaks,
    OutlierLimits,
    Overtime,
    Pairing,
    RoundMode,
    ShiftRule,
    WorkedFrom,
)

PAIRINGS = [
    (Pairing.FIRST_LAST.value, _("first in, last out")),
    (Pairing.ALTERNATING.value, _("in and out by turns")),
    (Pairing.BY_STATE.value, _("by the key pressed")),
    (Pairing.BY_DEVICE.value, _("by the direction of the device")),
]
WORKED_FROM = [(WorkedFrom.SPAN.value, _("from first to last")), (WorkedFrom.PAIRS.value, _("every valid pair"))]
BREAKS = [
    (Breaks.PAID.value, _("paid")),
    (Breaks.FIXED.value, _("unpaid, of a fixed length")),
    (Breaks.PUNCHED.value, _("unpaid, by the break keys")),
]
ROUND_MODES = [
    (RoundMode.NEAREST.value, _("to the nearest")),
    (RoundMode.DOWN.value, _("down")),
    (RoundMode.UP.value, _("up")),
]
NEVER: dict[str, Any] = {"null": True, "blank": True, "help_text": _("Empty: never.")}


def _minutes(label: Any, default: int | None = 0, **more: Any) -> Any:
    """A length in whole minutes, at most a day."""
    more |= {"null": True, "blank": True} if default is None else {}
    return models.PositiveSmallIntegerField(label, default=default, validators=[MaxValueValidator(1440)], **more)


class Shift(models.Model):
    """Working hours. An end at or before the start is on the next day."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    start = models.TimeField(_("start"))
    end = models.TimeField(_("end"))
    weekdays = models.CharField(
        _("working weekdays"),
        max_length=7,
        default="01234",
        validators=[RegexValidator(r"^[0-6]+$", _("Digits from 0 (Monday) to 6 (Sunday)."))],
        help_text=_("Digits from 0 (Monday) to 6 (Sunday)."),
    )
    margin_before_minutes = _minutes(
        _("margin before the start, in minutes"),
        None,
        help_text=_("Punches this early still belong to the shift. Empty: from the middle of the free time."),
    )
    margin_after_minutes = _minutes(
        _("margin after the end, in minutes"),
        None,
        help_text=_("Punches this late still belong to the shift. Empty: up to the middle of the free time."),
    )
    double_tap_seconds = models.PositiveSmallIntegerField(_("double tap in seconds"), default=60)
    pairing = models.CharField(_("check-in and check-out"), max_length=12, choices=PAIRINGS, default=Pairing.FIRST_LAST)
    worked_from = models.CharField(_("worked time"), max_length=5, choices=WORKED_FROM, default=WorkedFrom.SPAN)
    paid_from_start = models.BooleanField(_("paid only from the start of the shift"), default=False)
    breaks = models.CharField(_("breaks"), max_length=7, choices=BREAKS, default=Breaks.PAID)
    break_minutes = _minutes(_("fixed break, in minutes"))
    break_after_minutes = _minutes(
        _("fixed break after, in minutes"), help_text=_("Whoever worked no longer than this has no break.")
    )
    grace_minutes = models.PositiveSmallIntegerField(
        _("grace in minutes"), default=0, validators=[MaxValueValidator(720)]
    )
    early_grace_minutes = _minutes(_("grace before the end, in minutes"))
    overtime_before = models.BooleanField(_("overtime before the start"), default=False)
    overtime_after = models.BooleanField(_("overtime after the end"), default=True)
    overtime_tolerance_minutes = _minutes(_("overtime tolerance, in minutes"))
    overtime_minimum_minutes = _minutes(_("least overtime, in minutes"))
    round_minutes = _minutes(_("round to minutes"), help_text=_("0: to the second, nothing is rounded."))
    round_mode = models.CharField(_("rounding"), max_length=7, choices=ROUND_MODES, default=RoundMode.NEAREST)
    half_day_minutes = _minutes(_("half a day below, in minutes"))
    absent_minutes = _minutes(_("absent below, in minutes"))
    auto_out_minutes = _minutes(
        _("automatic check-out after, in minutes"),
        None,
        help_text=_("A check-out that is missing so long after the end is written then. Empty: never."),
    )
    auto_out_at = models.TimeField(_("automatic check-out at"), null=True, blank=True)
    outlier_in_early_minutes = _minutes(_("outlier: check-in before the start, in minutes"), 120, **NEVER)
    outlier_in_late_minutes = _minutes(_("outlier: check-in after the start, in minutes"), 120, **NEVER)
    outlier_out_early_minutes = _minutes(_("outlier: check-out before the end, in minutes"), 120, **NEVER)
    outlier_out_late_minutes = _minutes(_("outlier: check-out after the end, in minutes"), 180, **NEVER)
    outlier_longest_minutes = _minutes(_("outlier: longer than, in minutes"), 960, **NEVER)
    outlier_speed_kmh = models.PositiveSmallIntegerField(_("outlier: faster than, in km/h"), default=150, **NEVER)

    class Meta:
        ordering = ["name"]
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """New hours must not run into those that its people work besides."""
        super().clean()
        for assignment in self.assignments.all() if self.pk else ():
            assignment.shift = self
            assignment.clean()

    @property
    def rule(self) -> ShiftRule:
        """The shift as a value."""
        return ShiftRule(
            name=self.name,
            start=self.start,
            end=self.end,
            weekdays=frozenset(int(digit) for digit in self.weekdays),
            margin_before=_length(self.margin_before_minutes),
            margin_after=_length(self.margin_after_minutes),
            double_tap=timedelta(seconds=self.double_tap_seconds),
            pairing=Pairing(self.pairing),
            worked_from=WorkedFrom(self.worked_from),
            paid_from_start=self.paid_from_start,
            breaks=Breaks(self.breaks),
            break_length=timedelta(minutes=self.break_minutes),
            break_after=timedelta(minutes=self.break_after_minutes),
            grace=timedelta(minutes=self.grace_minutes),
            early_grace=timedelta(minutes=self.early_grace_minutes),
            overtime=self._overtime,
            round_to=timedelta(minutes=self.round_minutes),
            round_mode=RoundMode(self.round_mode),
            half_day_below=timedelta(minutes=self.half_day_minutes),
            absent_below=timedelta(minutes=self.absent_minutes),
            auto_out_after=_length(self.auto_out_minutes),
            auto_out_at=self.auto_out_at,
            outliers=self._outliers,
        )

    @property
    def _overtime(self) -> Overtime:
        return Overtime(
            before=self.overtime_before,
            after=self.overtime_after,
            tolerance=timedelta(minutes=self.overtime_tolerance_minutes),
            minimum=timedelta(minutes=self.overtime_minimum_minutes),
        )

    @property
    def _outliers(self) -> OutlierLimits:
        return OutlierLimits(
            check_in_early=_length(self.outlier_in_early_minutes),
            check_in_late=_length(self.outlier_in_late_minutes),
            check_out_early=_length(self.outlier_out_early_minutes),
            check_out_late=_length(self.outlier_out_late_minutes),
            longest=_length(self.outlier_longest_minutes),
            speed=self.outlier_speed_kmh,
        )


def _length(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)

"""A wall terminal: how it is reached, and how it has been doing."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedCharField

from attendance_devices.domain.devices.device import Transport
from attendance_devices.drivers.registry import VENDOR_CHOICES
from attendance_devices.models.fields import InstantField, WallTimeField


def validate_time_zone(name: str) -> None:
    """Only names that this machine's zone data knows."""
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is not a time zone; write it as Asia/Karachi."), params={"name": name})


class Device(models.Model):
    """One terminal on one wall."""

    class Direction(models.TextChoices):
        """Which way people pass it."""

        BOTH = "both", _("in and out")
        IN_ONLY = "in", _("in only")
        OUT_ONLY = "out", _("out only")

    class RecordSize(models.IntegerChoices):
        """Bytes of one log record, where firmware miscounts."""

        EIGHT = 8, "8"
        SIXTEEN = 16, "16"
        FORTY = 40, "40"
        FORTY_NINE = 49, "49"

    name = models.CharField(_("name"), max_length=100, unique=True)
    vendor = models.CharField(_("vendor"), max_length=20, choices=VENDOR_CHOICES, default="zkteco")
    address = models.CharField(_("address"), max_length=255, help_text=_("IP address or host name."))
    port = models.PositiveIntegerField(_("port"), default=4370)
    transport = models.CharField(
        _("transport"), max_length=3, choices=[(t.value, t.value.upper()) for t in Transport], default=Transport.TCP
    )
    comm_key = EncryptedCharField(_("comm key"), max_length=20, blank=True, null=True)
    username = EncryptedCharField(_("user name"), max_length=100, blank=True, null=True)
    password = EncryptedCharField(_("password"), max_length=200, blank=True, null=True)
    encoding = models.CharField(_("encoding of names"), max_length=20, default="utf-8")
    record_size = models.PositiveSmallIntegerField(
        _("record size"),
        null=True,
        blank=True,
        choices=RecordSize.choices,
        help_text=_("Leave empty unless test_device says that this terminal miscounts its log."),
    )
    serial_number = models.CharField(_("serial number"), max_length=100, blank=True)
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default=timezone.get_default_timezone_name,
        validators=[validate_time_zone],
        help_text=_("The zone that the terminal's clock shows."),
    )
    office = models.CharField(_("office"), max_length=100, blank=True, help_text=_("The CRM's own key of the office."))
    direction = models.CharField(_("direction"), max_length=4, choices=Direction.choices, default=Direction.BOTH)
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text=_("In degrees. With its longitude, punches too far apart in too little time are noticed."),
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    is_active = models.BooleanField(_("active"), default=True)
    poll_minutes = models.PositiveSmallIntegerField(
        _("minutes between polls"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_("Leave empty for the usual interval."),
    )

    last_seen = InstantField(_("last seen"), null=True, editable=False)
    last_sync = InstantField(_("last read"), null=True, editable=False)
    last_error = models.TextField(_("last error"), blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    next_attempt = InstantField(_("next attempt"), null=True, editable=False)
    clock_drift = models.DurationField(_("clock drift"), null=True, editable=False)
    firmware = models.CharField(_("firmware"), max_length=100, blank=True, editable=False)
    model = models.CharField(_("model"), max_length=100, blank=True, editable=False)
    user_count = models.PositiveIntegerField(_("people"), null=True, editable=False)
    user_capacity = models.PositiveIntegerField(_("room for people"), null=True, editable=False)
    record_count = models.PositiveIntegerField(_("records"), null=True, editable=False)
    record_capacity = models.PositiveIntegerField(_("room for records"), null=True, editable=False)
    cursor = models.JSONField(_("log cursor"), default=dict, editable=False)
    last_reconciled = InstantField(_("whole log last compared"), null=True, editable=False)
    cursor_serial = models.PositiveBigIntegerField(default=0, editable=False)
    disabled_since = InstantField(_("kept from taking punches since"), null=True, editable=False)
    forgets_with = models.CharField(max_length=64, blank=True, editable=False)
    """The key of the marks of its forgotten punches; empty while there are none."""
    first_shown = WallTimeField(null=True, editable=False)
    """What its clock showed at the first punch that could be believed and is no longer kept."""
    lease_holder = models.CharField(max_length=160, blank=True, editable=False)
    lease_until = InstantField(null=True, editable=False)
    queued_until = InstantField(null=True, editable=False)
    """A poll waits in the queue or is under way; believed until then, because queues lose things."""

    class Meta:
        ordering = ["name"]
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        permissions = [
            ("collect_punches", "can read terminals now"),
            ("write_to_device", "can write to terminals"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["address", "port"], name="device_one_per_address"),
        ]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Device {self.pk} {self.name} {self.address}:{self.port}>"

    @property
    def zone(self) -> ZoneInfo:
        """The zone that its clock shows."""
        return ZoneInfo(self.timezone)

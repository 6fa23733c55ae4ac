"""What terminals said, as a table. Coming in, it only adds: through the very verb that files are stored by."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from attendance_devices.domain.punches.punch import Batch, Punch, PunchType
from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.models.logs import Source
from attendance_devices.resources.base import Key, Row, TableResource
from attendance_devices.resources.columns import TableColumn, moment, whole
from attendance_devices.services.collection.import_rows import check_zone, store_punches
from attendance_devices.services.punches.store import receipt_now, sort

SMALL = 32_767
"""The largest number that the columns of codes hold."""


class LogResource(TableResource):
    """A punch that is stored already stays as it is, whatever a row says of it."""

    columns = (
        TableColumn("device"),
        TableColumn("biometric_id"),
        TableColumn("device_time", moment),
        TableColumn("fold", whole),
        TableColumn("punch_type"),
        TableColumn("raw_status", whole),
        TableColumn("verify_mode", whole),
        TableColumn("work_code"),
        TableColumn("user", column="employee", write=lambda user: str(user.get_username()), shown=True),
        TableColumn("punch_time", shown=True),
        TableColumn("source", shown=True),
        TableColumn("received_at", shown=True),
        TableColumn("review", shown=True),
    )
    required = ("device", "biometric_id", "device_time")

    class Meta:
        model = ESSLAttendanceLog

    def prepare(self, rows: list[Row]) -> None:
        """Which of the punches are new: they are compared as a collect compares them."""
        self.directory.look_up_devices()
        self.punches: dict[Device, list[Punch]] = defaultdict(list)
        self.new: dict[Key, ESSLAttendanceLog] = {}
        for row in rows:
            try:
                device, punch = self._read(row)
            except ValidationError:
                continue  # told when its turn comes
            self.punches[device].append(punch)
        for device, punches in self.punches.items():
            check_zone(device)
            found = sort(device, Batch(punches=punches, records=len(punches)), receipt_now(Source.FILE))
            users = get_user_model()._base_manager.in_bulk({log.user_id for log in found.logs if log.user_id})
            for log in found.logs:
                log.device, log.user = device, users.get(log.user_id)
                self.new[device.pk, log.biometric_id, log.device_time, log.fold] = log

    def stored_rows(self) -> Iterable[tuple[Key, Any]]:
        """None is looked at: none can be changed."""
        return ()

    def key(self, row: Row) -> Key:
        device, punch = self._read(row)
        return device.pk, punch.biometric_id, punch.device_time, punch.fold or 0

    def before_import_row(self, row: Row, **facts: Any) -> None:
        """A punch that is told twice is one punch, as in a terminal's own log."""
        self.key(row)

    def init_instance(self, row: Any = None) -> Any:
        """What would be stored, as `sort` made it; an empty one for what is known."""
        found = self.new.pop(self.key(row), None)
        self.is_known = found is None
        return found or ESSLAttendanceLog()

    def import_instance(self, instance: Any, row: Row, **facts: Any) -> None:
        """It says all already."""

    def skip_row(self, instance: Any, original: Any, row: Row, import_validation_errors: Any = None) -> bool:
        """Known already."""
        return self.is_known and not import_validation_errors

    def judge(self, instance: Any) -> None:
        """`_read` has."""

    def keep(self, instance: Any, row: Row, *, is_new: bool) -> None:
        """All at once, in `finish`."""

    def finish(self, *, dry_run: bool) -> None:
        for device, punches in self.punches.items() if not dry_run else ():
            store_punches(device, punches, by=self.by, subject=self.file_name)

    def note(self, result: Any, file_name: str) -> None:
        """`store_punches` has, for each device."""

    def _read(self, row: Row) -> tuple[Device, Punch]:
        """Raises `ValidationError`."""
        device, who = self.directory.device(row["device"]), row["biometric_id"]
        if not 0 < len(who) <= 64:
            raise ValidationError({"biometric_id": _("An id has 1 to 64 letters.")})
        kind, code = row.get("punch_type", ""), row.get("work_code", "")
        if kind not in list(PunchType) or len(code) > 32:
            said = _("It is one of %(kinds)s, or empty; a work code has at most 32 letters.")
            raise ValidationError({"punch_type": said % {"kinds": ", ".join(kind for kind in PunchType if kind)}})
        punch = Punch(
            biometric_id=who,
            device_time=self._moment(row["device_time"]),
            fold=_small(row, "fold", most=1),
            punch_type=kind,
            raw_status=_small(row, "raw_status"),
            verify_mode=_small(row, "verify_mode"),
            work_code=code,
        )
        return device, punch

    def _moment(self, text: str) -> datetime:
        try:
            return moment(text)
        except ValueError as error:
            raise ValidationError({"device_time": str(error)}) from error


def _small(row: Row, name: str, *, most: int = SMALL) -> int | None:
    if not row.get(name):
        return None
    try:
        found = whole(row[name])
    except ValueError as error:
        raise ValidationError({name: str(error)}) from error
    if not 0 <= found <= most:
        raise ValidationError({name: _("It is a number from 0 to %(most)d.") % {"most": most}})
    return found

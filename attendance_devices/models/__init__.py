"""The rows of the river. The only foreign keys that leave this app go to the host's user model."""

from attendance_devices.models.acknowledgements import Acknowledgement
from attendance_devices.models.corrections import Correction
from attendance_devices.models.days import PendingDay, ProcessedAttendance
from attendance_devices.models.devices import Device
from attendance_devices.models.logs import ESSLAttendanceLog, QuarantinedRecord
from attendance_devices.models.people import DeviceUser
from attendance_devices.models.retention import ForgottenPunch, SealedDay
from attendance_devices.models.rotas import Holiday, ShiftAssignment
from attendance_devices.models.runs import SyncRun
from attendance_devices.models.shifts import Shift

__all__ = [
    "Acknowledgement",
    "Correction",
    "Device",
    "DeviceUser",
    "ESSLAttendanceLog",
    "ForgottenPunch",
    "Holiday",
    "PendingDay",
    "ProcessedAttendance",
    "QuarantinedRecord",
    "SealedDay",
    "Shift",
    "ShiftAssignment",
    "SyncRun",
]

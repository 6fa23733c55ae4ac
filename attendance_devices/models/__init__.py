"""The rows of the river. The only foreign keys that leave this app go to the host's user model."""

from attendance_devices.models.acknowledgements import Acknowledgement
from attendance_devices.models.audit import AuditEntry
from attendance_devices.models.clockwork import Errand, Heartbeat, InstalledSchedule
from attendance_devices.models.corrections import Correction
from attendance_devices.models.days import PendingDay, ProcessedAttendance
from attendance_devices.models.devices import Device
from attendance_devices.models.incidents import Incident, Notice
from attendance_devices.models.logs import ESSLAttendanceLog, QuarantinedRecord
from attendance_devices.models.people import DeviceUser
from attendance_devices.models.requests import CorrectionRequest
from attendance_devices.models.retention import ForgottenPunch, SealedDay
from attendance_devices.models.rotas import Holiday, ShiftAssignment
from attendance_devices.models.runs import SyncRun
from attendance_devices.models.shifts import Shift

__all__ = [
    "Acknowledgement",
    "AuditEntry",
    "Correction",
    "CorrectionRequest",
    "Device",
    "DeviceUser",
    "ESSLAttendanceLog",
    "Errand",
    "ForgottenPunch",
    "Heartbeat",
    "Holiday",
    "Incident",
    "InstalledSchedule",
    "Notice",
    "PendingDay",
    "ProcessedAttendance",
    "QuarantinedRecord",
    "SealedDay",
    "Shift",
    "ShiftAssignment",
    "SyncRun",
]

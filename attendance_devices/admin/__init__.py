"""The admin: terminals and shifts can be edited; what terminals said and what was derived from it can be read."""

from attendance_devices.admin.corrections import CorrectionAdmin
from attendance_devices.admin.days import DayAdmin
from attendance_devices.admin.devices import DeviceAdmin
from attendance_devices.admin.lists import ReadOnlyAdmin
from attendance_devices.admin.logs import LogAdmin, QuarantineAdmin
from attendance_devices.admin.people import DeviceUserAdmin
from attendance_devices.admin.requests import RequestAdmin
from attendance_devices.admin.timetable import HolidayAdmin, ShiftAdmin, ShiftAssignmentAdmin
from attendance_devices.admin.trail import AuditAdmin, IncidentAdmin, SyncRunAdmin
from attendance_devices.admin.works import HeartbeatAdmin

__all__ = [
    "AuditAdmin",
    "CorrectionAdmin",
    "DayAdmin",
    "DeviceAdmin",
    "DeviceUserAdmin",
    "HeartbeatAdmin",
    "HolidayAdmin",
    "IncidentAdmin",
    "LogAdmin",
    "QuarantineAdmin",
    "ReadOnlyAdmin",
    "RequestAdmin",
    "ShiftAdmin",
    "ShiftAssignmentAdmin",
    "SyncRunAdmin",
]

"""What the CRM is told about a day. The first migration names the enum here."""

from attendance_devices.domain.posting.host_row import PostAction

__all__ = ["PostAction"]

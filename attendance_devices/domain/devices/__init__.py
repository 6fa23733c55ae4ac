"""Terminals: how one is reached, how it is doing, what is asked of it. The first migration names the enums here."""

from attendance_devices.domain.devices.device import Privilege, Transport

__all__ = ["Privilege", "Transport"]

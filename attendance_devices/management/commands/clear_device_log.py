"""``clear_device_log``: clear the log of a terminal, once every record of it is proven to be stored."""

from attendance_devices.management.device_write import DeviceWriteCommand
from attendance_devices.services.device_actions.clear_log import clear_log


class Command(DeviceWriteCommand):
    """Exit code 0: done; 1: some log was not cleared, the others are; 2: wrong usage."""

    help = "Clear the log of a terminal. Refused unless every record that it holds is proven to be stored."
    verb = staticmethod(clear_log)

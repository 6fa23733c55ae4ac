"""``restart_device``: switch a terminal off and on."""

from attendance_devices.management.device_write import DeviceWriteCommand
from attendance_devices.services.device_actions.restart import restart


class Command(DeviceWriteCommand):
    """Exit code 0: done; 1: some was not restarted, the others are; 2: wrong usage."""

    help = "Restart a terminal. It is back in about a minute."
    verb = staticmethod(restart)

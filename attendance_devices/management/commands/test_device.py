"""``test_device``: look at a terminal, and print the next step for each thing that is wrong."""

from argparse import ArgumentParser
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from attendance_devices.domain.devices.device import DeviceAddress, Transport
from attendance_devices.exceptions import DeviceError
from attendance_devices.management.arguments import chosen_devices, settings_or_usage
from attendance_devices.management.output.text import counted
from attendance_devices.models import Device
from attendance_devices.redaction import know
from attendance_devices.services.devices.addresses import address_of
from attendance_devices.services.devices.diagnostics import CheckedItem, probe
from attendance_devices.services.workers.isolation import error_boundary


class Command(BaseCommand):
    """Exit code 0: all well; 1: something is wrong; 2: wrong usage."""

    help = "Look at a terminal: network, session, password, identity, clock, counts, records."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--ip", help="a terminal that need not be stored")
        which.add_argument("--device-id", type=int, help="the key of a stored device")
        which.add_argument("--all", action="store_true", help="all active devices")
        parser.add_argument("--port", type=int, help="with --ip: the port (4370)")
        parser.add_argument("--udp", action="store_true", help="with --ip: use UDP")
        parser.add_argument("--comm-key", type=int, help="with --ip: the comm key")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        if options["ip"] is not None:
            zone = ZoneInfo(timezone.get_default_timezone_name())
            wrong = self._print(options["ip"], examined("zkteco", _address(options), zone))
        else:
            _refuse_address_options(options)
            keys = [] if options["all"] else [options["device_id"]]
            wrong = sum([self._look_at(device) for device in chosen_devices(keys=keys)])
        if wrong:
            raise CommandError(f"{counted(wrong, 'thing')} to mend; see the arrows above.", returncode=1)

    def _look_at(self, device: Device) -> int:
        try:
            address = address_of(device)
        except DeviceError as error:
            findings = [CheckedItem(step="stored settings", ok=False, found=error.happened, next_step=error.advice)]
        else:
            findings = examined(device.vendor, address, device.zone)
        return self._print(f"{device.name} ({device.pk})", findings)

    def _print(self, title: str, findings: list[CheckedItem]) -> int:
        self.stdout.write(f"{title}:")
        for finding in findings:
            mark = self.style.SUCCESS("ok  ") if finding.ok else self.style.ERROR("FAIL")
            self.stdout.write(f"  {mark} {finding.step}: {finding.found}")
            if finding.next_step:
                self.stdout.write(f"       -> {finding.next_step}")
        return sum(1 for finding in findings if not finding.ok)


def examined(vendor: str, address: DeviceAddress, zone: ZoneInfo) -> list[CheckedItem]:
    """What the doctor finds; a defect of ours is a finding too, and the other devices are looked at."""
    errors: list[str] = []
    nothing: list[CheckedItem] = []
    findings = error_boundary(str(address), partial(probe, vendor, address, zone), nothing, errors)
    return findings or [CheckedItem(step="session", ok=False, found=error) for error in errors]


def _address(options: dict[str, Any]) -> DeviceAddress:
    settings = settings_or_usage()
    transport = Transport.UDP if options["udp"] else Transport.TCP
    port = 4370 if options["port"] is None else options["port"]
    comm_key = options["comm_key"] or 0
    if not 0 < port <= 0xFFFF:
        raise CommandError(f"--port {port}: a port is a number from 1 to 65535.", returncode=2)
    if not 0 <= comm_key <= 0xFFFFFFFF:
        raise CommandError(f"--comm-key {comm_key}: a comm key is a number from 0 to 4294967295.", returncode=2)
    know(str(comm_key))
    return DeviceAddress(
        host=options["ip"].strip(),
        port=port,
        transport=transport,
        comm_key=comm_key,
        answer_seconds=settings.answer_seconds,
        session_seconds=settings.session_seconds,
    )


def _refuse_address_options(options: dict[str, Any]) -> None:
    if options["port"] is not None or options["udp"] or options["comm_key"] is not None:
        raise CommandError(
            "--port, --udp and --comm-key go with --ip; a stored device has its own (see it in the admin).",
            returncode=2,
        )

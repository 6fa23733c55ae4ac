"""Find the terminals where a person may have punched on a day, and the zone of that day."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Q

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.models import Device
from attendance_devices.services.devices.local_time import zone_of
from attendance_devices.services.explanations.explain import Explanation

OUTSIDE_DAY_ROLES = (PunchRole.OTHER_DAY, PunchRole.OUTSIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchPlaces:
    """The terminals of one person on one day."""

    zone: ZoneInfo
    """In which the day is reckoned."""
    devices: Sequence[Device]
    """Those that know the person or saw the person that day, by name; without their secrets."""
    usual: Device | None
    """Where the first punch of the day was made, else one whose clock tells the zone of the day."""


def punch_places_of(found: Explanation) -> PunchPlaces:
    """One query."""
    zone = ZoneInfo(found.zone)
    seen = [use.tap.place for use in found.work_day.uses if use.role not in OUTSIDE_DAY_ROLES and use.tap.place]
    known = Q(users__system_user=found.employee, users__on_device=True, users__ignored=False, is_active=True)
    rows = Device.objects.filter(known | Q(name__in=seen)).defer("comm_key", "username", "password", "cursor")
    devices = list(rows.distinct().order_by("name", "pk"))
    by_name = {device.name: device for device in devices}
    usual = next((by_name[name] for name in seen if name in by_name), None)
    near = (device for device in devices if zone_of(device).key == zone.key)
    return PunchPlaces(zone=zone, devices=devices, usual=usual or next(near, None))

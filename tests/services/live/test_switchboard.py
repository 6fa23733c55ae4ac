"""Real lines on real threads: a punch becomes a row at once, and nothing that happens to one terminal touches another."""

from datetime import timedelta

import pytest

from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.map_users import map_users
from attendance_devices.simulators.zkteco import Faults, Profile
from tests.services.house import crm_rows, employee, on_the_wall, people, taps, terminal
from tests.services.live.office import clock, listened, stored, until_stored
from tests.services.shared import until

pytestmark = pytest.mark.usefixtures("shared")
PRIYA = [("7", "Priya Nair")]
EVENTS = (10, 12, 14, 32, 36, 37, 52)


def test_a_punch_becomes_a_row_of_the_crm() -> None:
    user = employee("7", "Priya Nair")
    machine = terminal(people(*PRIYA))
    now = clock()
    with on_the_wall(machine) as gate:
        with listened() as office:
            office.until_listening(gate)
            map_users([gate], create=False)
            machine.punch("7", now)
            until(crm_rows, "a row of the CRM")
        log = ESSLAttendanceLog.objects.get()

    assert (log.source, log.device_time, log.user_id) == ("live", now, user.pk)
    assert [(name, day, came) for name, day, came, _ in crm_rows()] == [
        (user.get_username(), now.date(), f"{now:%H:%M:%S}")
    ]
    assert machine.listeners == 0
    assert Device.objects.get().lease_holder == ""

"""Switch a terminal off and on."""

from dataclasses import replace
from typing import Any

from attendance_devices.domain.devices.writes import Restarted
from attendance_devices.services.device_actions.session import rehearsed, session_with, writing
from attendance_devices.services.devices.enable import let_go

VERB = "restart"


def restart(device_id: int, *, by: Any = None, dry_run: bool = False) -> Restarted:
    """Restart it. Whether it comes back is seen at the next poll.

    :param by: the user; None for whoever runs manage.py. :param dry_run: only see whether it answers.

    Raises `WriteForbidden` or a `DeviceError`.
    """
    if dry_run:
        device = rehearsed(device_id, VERB, by)
        with session_with(device):
            return Restarted(device=device.name)
    with writing(device_id, VERB, by) as write:
        plan = Restarted(device=write.device.name)
        with session_with(write.device) as session:
            let_go(write.device, session)
            write.begin(plan.words)
            done = replace(plan, answered=session.restart())
        write.done(done.words)
    return done

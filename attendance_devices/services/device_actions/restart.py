"""Switch a terminal off and on."""

from dataclasses import replace
from typing import Any

from attendance_devices.domain.devices.writes import Restarted
from attendance_devices.services.device_actions.session import rehearse_write, session_with, write_session
from attendance_devices.services.devices.enable import ensure_enabled

VERB = "restart"


def restart(device_id: int, *, by: Any = None, dry_run: bool = False) -> Restarted:
    """Restart it. Whether it comes back is seen at the next poll.

    :param by: the user; None for whoever runs manage.py. :param dry_run: only see whether it answers.

    Raises `WriteForbidden` or a `DeviceError`.
    """
    if dry_run:
        device = rehearse_write(device_id, VERB, by)
        with session_with(device):
            return Restarted(device=device.name)
    with write_session(device_id, VERB, by) as write:
        plan = Restarted(device=write.device.name)
        with session_with(write.device) as session:
            ensure_enabled(write.device, session)
            write.begin(plan.words)
            done = replace(plan, answered=session.restart())
        write.done(done.words)
    return done

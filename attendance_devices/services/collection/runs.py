"""A run is kept, and told by signal."""

import logging
from datetime import UTC, datetime

from attendance_devices.domain.results import CollectResult
from attendance_devices.models import Device, SyncRun
from attendance_devices.signals import announce, punches_collected

logger = logging.getLogger(__name__)


def note_run(device: Device, result: CollectResult, started: datetime) -> CollectResult:
    """Keep what a run did, and say it to whoever listens."""
    SyncRun.objects.create(
        device=device,
        started_at=started,
        finished_at=datetime.now(UTC),
        whole=result.whole,
        new=result.new,
        known=result.known,
        quarantined=result.quarantined,
        flagged=result.flagged,
        device_records=result.device_records,
        error=result.error,
    )
    _log(device, result)
    if result.new:
        announce(punches_collected, Device, device=device, new=result.new, result=result)
    return result


def _log(device: Device, result: CollectResult) -> None:
    facts = {"device": device.pk, "new": result.new, "known": result.known, "whole": result.whole}
    # The result says it to whoever asked; what lasts becomes an incident, which is a warning.
    logger.info("%s: %d new. %s", device.name, result.new, result.error or "All read.", extra=facts)

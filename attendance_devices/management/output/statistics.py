"""The statistics as lines for people and as values for machines."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from attendance_devices.domain.devices.health import Health
from attendance_devices.domain.display.times import length
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.management.output.text import counted
from attendance_devices.services.monitoring.health import DeviceSurvey
from attendance_devices.services.monitoring.stats import DeviceStats, Stats


def stats_lines(found: Stats, seen: DeviceSurvey | None = None) -> Iterator[str]:
    """Everything at one glance, a line a subject and a line a terminal."""
    since = f" since {found.since}" if found.since else ""
    ignored = f", {found.ignored:,} ignored" if found.ignored else ""
    yield f"People: {found.mapped:,} of {found.people:,} mapped ({found.mapped_percent:.1f} %){ignored}"
    yield f"Logs{since}: {found.logs:,}; {found.review:,} under review, {found.quarantined:,} quarantined"
    yield (
        f"Days{since}: {found.days:,} derived; {found.posted:,} posted, {found.state(PostAction.NEW):,} to be posted, "
        f"{found.state(PostAction.KEPT):,} kept, {found.state(PostAction.FAILED):,} failed, "
        f"{found.state(PostAction.LOCKED):,} locked"
        + (f", {found.state(PostAction.SKIPPED):,} skipped" if found.state(PostAction.SKIPPED) else "")
    )
    yield f"Pending: {counted(found.pending, 'day')} to be derived"
    health = {one.vitals.device: one for one in seen.devices} if seen else {}
    for one in found.devices:
        yield from _device(one)
        yield from _health(health.get(one.device))
    yield from _advice(found)


def stats_values(found: Stats) -> dict[str, Any]:
    """The same as JSON values; a drift in seconds."""
    return {
        "since": found.since,
        "people": {
            "total": found.people,
            "mapped": found.mapped,
            "mapped_percent": round(found.mapped_percent, 1),
            "ignored": found.ignored,
        },
        "logs": {"total": found.logs, "review": found.review, "quarantined": found.quarantined},
        "days": {
            "derived": found.days,
            "posted": found.posted,
            "states": {action.value: count for action, count in found.states.items()},
            "pending": found.pending,
        },
        "devices": [
            asdict(one) | {"ahead": one.ahead, "drift": one.drift.total_seconds() if one.drift is not None else None}
            for one in found.devices
        ],
    }


def health_values(seen: DeviceSurvey) -> list[dict[str, Any]]:
    """How each terminal is doing, as JSON values."""
    return [
        {
            "device": one.vitals.device,
            "level": one.level.value,
            "used": one.vitals.used,
            "days_until_full": one.vitals.days_until_full,
            "coverage": one.vitals.coverage,
            "signs": [
                {"about": sign.about.value, "level": sign.level.value, "words": sign.words} for sign in one.signs
            ],
        }
        for one in seen.devices
    ]


def _health(one: Health | None) -> Iterator[str]:
    """None for a terminal that was added this very moment."""
    if one is not None and one.vitals.is_active:
        yield f"  health {one.level}: {'; '.join(sign.words for sign in one.signs)}"


def _device(one: DeviceStats) -> Iterator[str]:
    read = (
        f"{one.last_read.astimezone(timezone.get_default_timezone()):%Y-%m-%d %H:%M:%S}" if one.last_read else "never"
    )
    holds = "unknown" if one.records is None else f"{one.records:,}"
    parts = [f"last read {read}", f"device {holds}, stored {one.stored:,}"]
    parts += [f"{one.forgotten:,} no longer kept"] if one.forgotten else []
    parts += [f"{one.quarantined:,} quarantined"] if one.quarantined else []
    parts += [f"{one.unclaimed:,} of people not mapped"] if one.unclaimed else []
    parts += [_drift(one)] if one.drift is not None else []
    yield f"{one.device}: {', '.join(parts)}" + ("" if one.is_active else " (switched off)")
    if one.ahead:
        yield f"  {counted(one.ahead, 'record')} more than stored: punches since, or records it holds twice"
    if one.failures:
        yield f"  FAILED {one.failures:,} in a row: {one.error}"


def _drift(one: DeviceStats) -> str:
    assert one.drift is not None  # noqa: S101 - the caller has looked
    side = "ahead" if one.drift.total_seconds() > 0 else "behind"
    words = length(one.drift)
    return "clock right" if words == "0 s" else f"clock {words} {side}"


def _advice(found: Stats) -> Iterator[str]:
    """What to do about what is not as it should be."""
    if found.people > found.mapped:
        yield "Not mapped: 'map_and_fetch_attendance --dry-run' says why for each."
    if found.review or found.quarantined:
        yield "Under review or quarantined: 'review_inbox' says what each is and what can be done."
    if found.pending:
        yield "Pending: 'process_attendance' derives and posts them."
    if found.state(PostAction.FAILED):
        yield "Failed: 'process_attendance --retry-failed' tries them again and says why; 'check_host' shows the row."

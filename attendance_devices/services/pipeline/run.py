"""Run the pipeline once: collect each device, map, derive, post. One failure never stops the others."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

from attendance_devices.domain.people.mapping import MapPlan
from attendance_devices.domain.results import CollectResult, DeriveResult, PostResult
from attendance_devices.models import Device
from attendance_devices.services.collection.collect import collect, collect_people
from attendance_devices.services.days.absences import AbsenceScope, note_missing_days
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.mapping.match import MapResult, map_users
from attendance_devices.services.posting.post import post
from attendance_devices.services.workers.isolation import error_boundary

ResultCallback = Callable[[CollectResult], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run did."""

    collects: tuple[CollectResult, ...]
    mapping: MapPlan = field(default_factory=MapPlan)
    mapped: MapResult = field(default_factory=MapResult)
    derived: DeriveResult = field(default_factory=DeriveResult)
    posted: PostResult = field(default_factory=PostResult)
    errors: tuple[str, ...] = ()
    """Whole stages that failed."""

    @property
    def failures(self) -> list[str]:
        """Every device, account and row that failed, with what to do next."""
        devices = [result.error for result in self.collects if not (result.ok or result.taken)]
        return [*devices, *self.mapped.errors, *self.posted.errors, *self.errors]


def run(
    devices: Collection[Device],
    *,
    fetch: bool,
    map_people: bool,
    create: bool,
    since: date,
    told: ResultCallback | None = None,
) -> RunResult:
    """Run for these devices.

    :param fetch: read the logs, derive and post. :param since: the first day that is posted; everything is stored.
    :param told: called with each device's result as it comes.
    """
    results = []
    for device in devices:
        results.append(try_collect(device, people_only=not fetch))
        if told is not None:
            told(results[-1])
    errors: list[str] = []
    nobody = (MapPlan(), MapResult())
    wish = partial(map_users, devices, create=create)
    mapping, mapped = error_boundary("mapping", wish, nobody, errors) if map_people else nobody
    derived, posted = DeriveResult(), PostResult()
    if fetch:
        error_boundary("calling the roll", partial(note_missing_days, AbsenceScope(since=since)), 0, errors)
        derived = error_boundary("deriving the days", derive_pending, derived, errors)
        posted = error_boundary("posting to the CRM", partial(post, since=since), posted, errors)
    return RunResult(
        collects=tuple(results), mapping=mapping, mapped=mapped, derived=derived, posted=posted, errors=tuple(errors)
    )


def try_collect(device: Device, *, people_only: bool = False, since: datetime | None = None) -> CollectResult:
    """Collect, and turn even a defect of ours into a result: the other devices go on."""
    verb = partial(collect_people, device.pk) if people_only else partial(collect, device.pk, since=since)
    errors: list[str] = []
    result = error_boundary(device.name, verb, CollectResult(device=device.name), errors)
    return replace(result, error=errors[0]) if errors else result

"""After punches were handed in: whoever is new on the device is mapped, the days derived, and the CRM told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance_devices import conf
from attendance_devices.domain.mapping import MapPlan
from attendance_devices.domain.results import DeriveResult, PostResult
from attendance_devices.models import Device
from attendance_devices.services.attempts import attempted
from attendance_devices.services.errands import ask
from attendance_devices.services.map_users import MapResult, map_users
from attendance_devices.services.queueing import enqueue, goes
from attendance_devices.services.scheduled import derive_and_post
from attendance_devices.services.tick import DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What has come of it."""

    mapped: int
    derived: DeriveResult
    posted: PostResult
    errors: Sequence[str]
    """Stages and rows that failed."""
    elsewhere: bool
    """Does another process derive at this moment? It takes these days along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """How it stands, for whoever handed them in."""

    words: str
    ok: bool = True


def follow(device: Device) -> Followed:
    """Map, derive and post, as after a poll. One failing part never stops the others."""
    errors: list[str] = []
    mapped = map_people(device, errors)
    rounds = derive_and_post()
    last = rounds[-1] if rounds else None
    return Followed(
        mapped=mapped,
        derived=last.derived if last else DeriveResult(),
        posted=last.posted if last else PostResult(),
        errors=[*errors, *(error for one in rounds for error in one.errors)],
        elsewhere=last is None,
    )


def follow_up(device: Device, first: date | None) -> FollowUp:
    """Map, and leave the rest to the queue if it goes; else do it now. :param first: the oldest day touched."""
    if not goes():
        done = follow(device)
        words = _("Their days are derived, and the CRM is told.")
        if done.elsewhere:
            words = _("Another process derives their days now.")
        return FollowUp(words="; ".join(done.errors) or words + _older(first), ok=not done.errors)
    errors: list[str] = []
    map_people(device, errors)
    ask(DAYS, partial(enqueue, "derive_and_post"))
    words = _("The queue derives their days now, and tells the CRM.")
    return FollowUp(words="; ".join(errors) or words + _older(first), ok=not errors)


def _older(first: date | None) -> str:
    """The CRM is not told by itself of days that were over long ago."""
    if first is None or first >= told_from():
        return ""
    return " " + _("For those of older days, from %(first)s on, run process_attendance.") % {"first": first}


def map_people(device: Device, errors: list[str]) -> int:
    """Find the employees of ids that are new on the device. Returns of how many."""
    wish = partial(map_users, [device], create=conf.load().create_users)
    found = attempted("mapping", wish, (MapPlan(), MapResult()), errors)[1]
    errors += found.errors
    return found.mapped + found.created


def told_from() -> date:
    """The first day of which the CRM is told by itself; older ones are derived, and told when somebody asks."""
    here = datetime.now(timezone.get_default_timezone()).date()
    return here - timedelta(days=conf.load().post_days)

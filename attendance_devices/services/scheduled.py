"""What the clock has done, piece by piece: one terminal, the days it touched, and the hourly look at everybody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.utils import timezone

from attendance_devices import conf
from attendance_devices.domain.mapping import MapPlan
from attendance_devices.domain.results import CollectResult, DeriveResult, PostResult
from attendance_devices.models import Device
from attendance_devices.services.addresses import Patience
from attendance_devices.services.collect import collect
from attendance_devices.services.derive import derive_pending
from attendance_devices.services.errands import ask, do
from attendance_devices.services.map_users import MapResult, map_users
from attendance_devices.services.post import post
from attendance_devices.services.roll import Called, call_roll
from attendance_devices.services.run import attempted
from attendance_devices.services.tick import DAYS, is_still_due

CONNECT_SECONDS = 3.0
"""A terminal that is there answers a connection in one round trip; this leaves time for a packet that was lost."""
ROLL_DAYS = 7
"""How far back the roll is called each hour: leaves are granted afterwards, too."""
AGAIN_SECONDS = 60.0
"""So long one worker goes on with days that are touched meanwhile; then others get their turn."""
NOBODY = (MapPlan(), MapResult())


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysDone:
    """Days derived and told to the CRM."""

    derived: DeriveResult
    posted: PostResult
    errors: tuple[str, ...] = ()
    """Stages and rows that failed."""


def poll(device_id: int, enqueue_days: Callable[[], object], *, seconds: float) -> CollectResult | None:
    """Read one device if it is still its turn, and have the days derived that it touched. None if it is not.

    Whom it lists anew is mapped. Never raises for what a terminal does.

    :param seconds: the whole session ends by then; what is left of a long log is read at the next turn.
    """
    if not is_still_due(device_id):
        return None
    result = collect(device_id, patience=Patience(connect_seconds=CONNECT_SECONDS, session_seconds=seconds))
    if result.enrolments is not None:
        _map([device_id])
    if result.new or result.enrolments is not None:
        ask(DAYS, enqueue_days)
    return result


def derive_and_post() -> list[DaysDone]:
    """Derive the days that were touched, and tell the CRM. Empty if another process does: it does it once more."""
    return do(DAYS, _days, seconds=AGAIN_SECONDS)


def sweep(enqueue_days: Callable[[], object]) -> int:
    """Map whom anybody lists, call the roll, and have the days derived and posted, those that failed too.

    Returns how many days were noted by the roll. A shift that ended is told by the sweep after the next poll.
    """
    _map(list(Device.objects.filter(is_active=True).values_list("pk", flat=True)))
    noted = call_roll(Called(since=_today() - timedelta(days=ROLL_DAYS)))
    ask(DAYS, enqueue_days)
    return noted


def _days() -> DaysDone:
    errors: list[str] = []
    since = _today() - timedelta(days=conf.load().post_days)
    derived = attempted("deriving the days", derive_pending, DeriveResult(), errors)
    posted = attempted("posting to the CRM", partial(post, since=since), PostResult(), errors)
    return DaysDone(derived=derived, posted=posted, errors=(*errors, *posted.errors))


def _map(keys: list[int]) -> None:
    devices = Device.objects.filter(pk__in=keys)
    wish = partial(map_users, devices, create=conf.load().create_users)
    attempted("mapping", wish, NOBODY, [])


def _today() -> date:
    return datetime.now(timezone.get_default_timezone()).date()

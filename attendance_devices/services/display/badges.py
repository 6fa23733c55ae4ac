"""How states and days are shown: a letter and words for each, so that colour is never alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.dashboard.board import PresenceState
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.devices.health import Level
from attendance_devices.domain.devices.jobs import JobKind, JobState
from attendance_devices.domain.reports.months import may_be_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """One look."""

    slug: str
    """Names the colour: the class ``ad-<slug>``."""
    letter: str
    label: Promise | str


PRESENT = Badge(slug="present", letter="P", label=_("on time"))
LATE = Badge(slug="late", letter="L", label=_("late"))
HERE = Badge(slug="here", letter="I", label=_("in, not out yet"))
MISSING = Badge(slug="missing", letter="!", label=_("a check is missing"))
HALF = Badge(slug="half", letter="½", label=_("half a day"))
ABSENT = Badge(slug="absent", letter="A", label=_("absent"))
NO_DATA = Badge(slug="unknown", letter="?", label=_("no data"))
LEAVE = Badge(slug="leave", letter="V", label=_("on leave"))
HOLIDAY = Badge(slug="holiday", letter="H", label=_("holiday"))
EXTRA = Badge(slug="extra", letter="W", label=_("worked on a day off"))
OFF = Badge(slug="off", letter="·", label=_("day off"))
NOT_DUE = Badge(slug="due", letter="…", label=_("not due yet"))
WELL = Badge(slug="present", letter="✓", label=_("all well"))
WARN = Badge(slug="late", letter="!", label=_("to be looked at"))
ALARM = Badge(slug="absent", letter="!!", label=_("needs somebody"))
SWITCHED_OFF = Badge(slug="off", letter="·", label=_("switched off"))
LEGEND = (PRESENT, LATE, HERE, MISSING, HALF, ABSENT, NO_DATA, LEAVE, HOLIDAY, EXTRA, OFF)
"""All that a month may show, in the order of its legend."""
OF_STATE: Mapping[PresenceState, Badge] = {
    PresenceState.ON_TIME: PRESENT,
    PresenceState.LATE: LATE,
    PresenceState.ABSENT: ABSENT,
    PresenceState.NO_DATA: NO_DATA,
    PresenceState.NOT_DUE: NOT_DUE,
    PresenceState.OFF: OFF,
}
OF_LEVEL: Mapping[Level, Badge] = {Level.OK: WELL, Level.WARN: WARN, Level.ALARM: ALARM}
OF_JOB: Mapping[JobState, Badge] = {
    JobState.WAITING: Badge(slug="due", letter="…", label=_("waiting")),
    JobState.RUNNING: Badge(slug="here", letter="…", label=_("under way")),
    JobState.DONE: Badge(slug="present", letter="✓", label=_("done")),
    JobState.REFUSED: Badge(slug="late", letter="!", label=_("refused")),
    JobState.FAILED: Badge(slug="absent", letter="!", label=_("failed")),
    JobState.LOST: Badge(slug="unknown", letter="?", label=_("no end known")),
}
JOB_NAMES: Mapping[JobKind, Promise | str] = {
    JobKind.POLL: _("Poll"),
    JobKind.TEST: _("Test"),
    JobKind.LOOK: _("Look at the clock"),
    JobKind.CLOCK: _("Set the clock"),
}
_OF_STATUS: Mapping[DayStatus, Badge] = {
    DayStatus.PRESENT: PRESENT,
    DayStatus.LATE: LATE,
    DayStatus.HALF_DAY: HALF,
    DayStatus.ABSENT: ABSENT,
    DayStatus.WORKED_DAY_OFF: EXTRA,
    DayStatus.WORKED_HOLIDAY: EXTRA,
    DayStatus.MISSING_CHECK_IN: MISSING,
    DayStatus.MISSING_CHECK_OUT: MISSING,
    DayStatus.ON_LEAVE: LEAVE,
    DayStatus.HOLIDAY: HOLIDAY,
    DayStatus.DAY_OFF: OFF,
    DayStatus.NO_DATA: NO_DATA,
    DayStatus.WITHDRAWN: OFF,
}


def badge_of(status: DayStatus, *, check_in: datetime | None = None, now: datetime | None = None) -> Badge:
    """The look of a day. :param check_in: with `now`, both aware, it tells who is still at work."""
    return HERE if now is not None and may_be_here(status, check_in, now) else _OF_STATUS[status]

"""What each job does at its terminal: one verb, and how it ended in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from attendance_devices.domain.devices.jobs import JobKind, JobStep
from attendance_devices.domain.results import CollectResult
from attendance_devices.exceptions import AttendanceDevicesError, WriteForbidden, WriteRefused
from attendance_devices.models import Device
from attendance_devices.services.access.audit_log import Outcome
from attendance_devices.services.device_actions.set_clock import set_clock
from attendance_devices.services.devices.addresses import TimeLimits, address_of
from attendance_devices.services.devices.diagnostics import CheckedItem, probe
from attendance_devices.services.pipeline.steps import CONNECT_SECONDS, poll_now
from attendance_devices.services.workers.leases import leased

MARGIN = timedelta(seconds=10)
NAMING = frozenset({"people", "records"})
"""Steps whose samples name people: the trail keeps how many, and not whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBudget:
    """What a job may cost, and who brings the days up to date afterwards."""

    seconds: float
    """The whole session ends by then."""
    enqueue_days: Callable[[], object]
    whole: bool | None = None
    """As `collect` takes it."""

    @property
    def patience(self) -> TimeLimits:
        """The same for a session."""
        return TimeLimits(connect_seconds=CONNECT_SECONDS, session_seconds=self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutcome:
    """How a job ended."""

    outcome: str
    words: str
    steps: Sequence[JobStep] = ()


def run_job_action(kind: JobKind, device: Device, by: Any, purse: JobBudget) -> JobOutcome:
    """Do it. What a terminal does wrong is an end like any other."""
    try:
        return DOING[kind](device, by, purse)
    except (WriteRefused, WriteForbidden) as refused:
        return JobOutcome(outcome=Outcome.REFUSED, words=str(refused))
    except AttendanceDevicesError as error:
        return JobOutcome(outcome=Outcome.FAILED, words=str(error))


def _poll(device: Device, by: Any, purse: JobBudget) -> JobOutcome:
    del by
    if not device.is_active:
        return JobOutcome(outcome=Outcome.REFUSED, words=_("It is switched off, so that it is not polled."))
    result = poll_now(device.pk, purse.enqueue_days, seconds=purse.seconds, whole=purse.whole)
    if result.taken:
        return JobOutcome(
            outcome=Outcome.DONE, words=_("Another process reads it at this moment: nothing was left to do.")
        )
    if not result.ok:
        return JobOutcome(outcome=Outcome.FAILED, words=result.error)
    return JobOutcome(outcome=Outcome.DONE, words=read_summary(result))


def read_summary(result: CollectResult) -> str:
    """What a read brought, in a sentence."""
    words = _("%(new)d new, %(known)d known, %(bad)d unreadable.") % {
        "new": result.new,
        "known": result.known,
        "bad": result.quarantined,
    }
    if result.whole:
        words = _("The whole log was read: %(counts)s") % {"counts": words}
    if result.flagged:
        words += " " + _("%(count)d wait for somebody to look at them.") % {"count": result.flagged}
    return words


def _test(device: Device, by: Any, purse: JobBudget) -> JobOutcome:
    del by
    address = address_of(device, purse.patience)
    with leased(device.pk, timedelta(seconds=purse.seconds) + MARGIN):
        findings = probe(device.vendor, address, device.zone)
    steps = [_step(finding) for finding in findings]
    wrong = sum(not step.ok for step in steps)
    if wrong:
        return JobOutcome(outcome=Outcome.FAILED, words=_("%(count)d to mend.") % {"count": wrong}, steps=steps)
    return JobOutcome(outcome=Outcome.DONE, words=_("All well."), steps=steps)


def _step(finding: CheckedItem) -> JobStep:
    found = finding.found.partition(":")[0] if finding.step in NAMING else finding.found
    return JobStep(name=finding.step, ok=finding.ok, found=found, next_step=finding.next_step)


def _clock(device: Device, by: Any, purse: JobBudget, *, dry_run: bool) -> JobOutcome:
    plan = set_clock(device.pk, by=by, dry_run=dry_run, patience=purse.patience)
    words = f"{plan.words[:1].upper()}{plan.words[1:]}."
    steps = [JobStep(name="clock", ok=plan.is_right, found=words)] if dry_run else []
    return JobOutcome(outcome=Outcome.DONE, words=words, steps=steps)


Doing = Callable[[Device, Any, JobBudget], JobOutcome]
DOING: dict[JobKind, Doing] = {
    JobKind.POLL: _poll,
    JobKind.TEST: _test,
    JobKind.LOOK: partial(_clock, dry_run=True),
    JobKind.CLOCK: partial(_clock, dry_run=False),
}

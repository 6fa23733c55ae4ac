"""When a punch really was whose clock was wrong: by the order of the log, and by how wrong the clock was measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from attendance_devices.domain.display.times import distance, moment
from attendance_devices.domain.punches.instants import OLDEST_YEAR, Review

SESSION = timedelta(minutes=10)
"""A record may be made while its terminal is being read, a little after its clock was."""
SLACK = timedelta(seconds=5)
"""Clocks show whole seconds, and a question takes its time."""
ONE_DAY = timedelta(days=1)


class Certainty(StrEnum):
    """How sure a proposal is."""

    MEASURED = "measured"
    """The clock was held against ours while it was wrong."""
    LIKELY = "likely"
    """The clock had not been put forward that night."""
    BOUNDED = "bounded"
    UNKNOWN = "unknown"
    """Only that it was not later than it reached us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulRecord:
    """A punch under review, and where in the log of its terminal it lies."""

    key: int
    at: datetime
    """The instant that its clock claimed."""
    received_at: datetime
    review: str
    stretch: int = 0
    """The believed record before it, by key: those of one stretch have no believed record between them."""
    before: datetime | None = None
    """When that record was made."""
    after: datetime | None = None
    """When the next believed record of the log was made; None if none followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDrift:
    """How wrong a clock was, and when that was found."""

    ahead: timedelta
    measured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeProposal:
    """What can be known of the true time."""

    sure: Certainty
    reason: str
    """A sentence or two, for people."""
    at: datetime | None = None
    """The time that is proposed; None if a person has to say it."""
    earliest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offset:
    """How far ahead a clock was during a run of records, between two limits."""

    least: timedelta
    most: timedelta | None

    @property
    def agrees(self) -> bool:
        return self.most is None or self.least <= self.most

    def holds(self, ahead: timedelta) -> bool:
        return self.least - SLACK <= ahead and (self.most is None or ahead <= self.most + SLACK)


def propose_times(
    log: Sequence[DoubtfulRecord], *, drift: MeasuredDrift | None, zone: tzinfo
) -> dict[int, TimeProposal]:
    """A proposal for each doubtful punch of one terminal, in the order of its log.

    A clock that jumped runs on, so that one offset holds for a run of records. Records that nobody doubts are believed.

    :param drift: as it was found at the last read. :param zone: in which the reasons name times.
    """
    runs = list(_runs(log))
    found: dict[int, TimeProposal] = {}
    for number, run in enumerate(runs):
        measured = drift if number == len(runs) - 1 and run[0].after is None else None
        found.update(_of_run(run, measured, zone))
    return found


def _runs(log: Sequence[DoubtfulRecord]) -> Iterator[list[DoubtfulRecord]]:
    """Neighbours that one wrong clock made: it was neither set right nor back between them."""
    run: list[DoubtfulRecord] = []
    for record in log:
        if run and not _continues(run[-1], record):
            yield run
            run = []
        run.append(record)
    if run:
        yield run


def _continues(last: DoubtfulRecord, record: DoubtfulRecord) -> bool:
    skipped = Review.SKIPPED_HOUR in (last.review, record.review)
    return last.stretch == record.stretch and record.at >= last.at and not skipped


def _of_run(
    run: Sequence[DoubtfulRecord], drift: MeasuredDrift | None, zone: tzinfo
) -> Iterator[tuple[int, TimeProposal]]:
    if run[0].review == Review.SKIPPED_HOUR:
        yield run[0].key, _skipped(run[0], zone)
        return
    offset = _offset(run)
    if drift is not None and _fits(run, offset, drift):
        yield from ((record.key, _measured(record, offset, drift, zone)) for record in run)
        return
    for record in run:
        own = offset if offset.agrees else _offset([record])
        # A clock that is found wrong beyond what the records around allow: one of them is wrong as well.
        doubted = drift is not None and own.most is not None and drift.ahead > own.most + SLACK
        yield record.key, _bounded(record, own, zone, doubted=doubted)


def _offset(run: Sequence[DoubtfulRecord]) -> _Offset:
    first, last = run[0], run[-1]
    least = max(record.at - record.received_at for record in run)
    if last.after is not None:
        least = max(least, last.at - last.after)
    return _Offset(least=least, most=None if first.before is None else first.at - first.before)


def _fits(run: Sequence[DoubtfulRecord], offset: _Offset, drift: MeasuredDrift) -> bool:
    """Was the clock wrong by just so much when these records were made, and not set between them and its reading?"""
    if not offset.agrees or not offset.holds(drift.ahead):
        return False
    first, last = run[0].at - drift.ahead, run[-1].at - drift.ahead
    return first.year >= OLDEST_YEAR and last <= drift.measured_at + SESSION


def _measured(record: DoubtfulRecord, offset: _Offset, drift: MeasuredDrift, zone: tzinfo) -> TimeProposal:
    earliest, latest = _bounds(record, offset)
    # What is known by the order is surer than the last second of a measurement.
    at = min(max(record.at - drift.ahead, earliest or record.at - drift.ahead), latest).replace(microsecond=0)
    side = "ahead" if drift.ahead > timedelta(0) else "behind"
    reason = (
        f"The clock was {distance(drift.ahead)} {side} when it was read at {moment(drift.measured_at, zone)}, and no "
        f"record shows that it was set in between: then it was {moment(at, zone)}."
    )
    return TimeProposal(sure=Certainty.MEASURED, reason=reason, at=at, earliest=earliest, latest=latest)


def _bounded(record: DoubtfulRecord, offset: _Offset, zone: tzinfo, *, doubted: bool) -> TimeProposal:
    earliest, latest = _bounds(record, offset)
    if earliest is None or doubted or earliest > latest:
        contradicted = earliest is not None
        why = " The records around it contradict one another, so they prove nothing." if contradicted else ""
        latest = record.received_at if contradicted and not doubted else latest
        reason = f"It was not later than {moment(latest, zone)}; how much earlier, nothing tells.{why}"
        return TimeProposal(sure=Certainty.UNKNOWN, reason=reason, latest=latest)
    reason = f"By the order of the log it was between {moment(earliest, zone)} and {moment(latest, zone)}."
    return TimeProposal(sure=Certainty.BOUNDED, reason=reason, earliest=earliest, latest=latest)


def _bounds(record: DoubtfulRecord, offset: _Offset) -> tuple[datetime | None, datetime]:
    return None if offset.most is None else record.at - offset.most, record.at - offset.least


def _skipped(record: DoubtfulRecord, zone: tzinfo) -> TimeProposal:
    """The instant of an hour that no clock shows is reckoned as if the clock had not been put forward."""
    late = record.at > record.received_at or (record.after is not None and record.at > record.after)
    if late or (record.before is not None and record.at < record.before):
        return _bounded(record, _offset([record]), zone, doubted=False)
    reason = f"If the clock had not been put forward yet that night, it was {moment(record.at, zone)}."
    return TimeProposal(sure=Certainty.LIKELY, reason=reason, at=record.at)

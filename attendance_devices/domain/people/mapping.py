"""Which employee is which user of a terminal: a plan, made of keys alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

NAME_START = 3
"""Letters of a word that have to agree."""


class MapAction(StrEnum):
    """What the plan wants to do with one user of a terminal."""

    MAP = "map"
    CREATE = "create"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    SKIP = "skip"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeMatch:
    """A user of a terminal that has no employee yet."""

    key: int
    """Its place in the list that was given."""
    device: str
    device_user_id: str
    name: str = ""
    office: str = ""
    """Where the terminal hangs, in the host's own words."""
    skip: str = ""
    """Not empty: why this user is left alone (ignored, a terminal's administrator)."""
    taken: frozenset[str] = frozenset()
    """Employees (primary keys as text) that another user of the same terminal already stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """An account that would be created: every field, defaults included."""

    fields: Mapping[str, str]
    """Field name to the value as text."""
    warnings: Sequence[str] = ()
    """What a person should know before saying yes."""
    refusals: Sequence[str] = ()
    """Why it is not created: what nobody asked for and the CRM would give it, or what it needs and nobody gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStep:
    """What happens to one user of a terminal, and why."""

    candidate: EmployeeMatch
    action: MapAction
    reason: str
    employee: str = ""
    """Primary key of the employee as text, for MAP."""
    lookup: str = ""
    """The key that matched: biometric_id, employee_id, username…"""
    account: AccountPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPlan:
    """All steps, in the order of the candidates."""

    steps: Sequence[MapStep] = ()

    def of(self, action: MapAction) -> list[MapStep]:
        """The steps of one kind."""
        return [step for step in self.steps if step.action is action]


Matches = Mapping[str, Mapping[str, Sequence[str]]]
"""lookup -> device user id -> primary keys (text) of the employees that carry it; lookups in order of preference."""


Namesakes = Mapping[str, Sequence[tuple[str, str]]]
"""employee -> (device, name there) of the users that stand for the employee already."""


def plan_matches(candidates: Sequence[EmployeeMatch], matches: Matches, mapped: Namesakes | None = None) -> MapPlan:
    """Match users of terminals to employees. What two could claim is reported and left alone."""
    steps = [_step(candidate, matches) for candidate in candidates]
    claims: dict[str, list[MapStep]] = {}
    for step in steps:
        if step.action is MapAction.MAP:
            claims.setdefault(step.employee, []).append(step)
    return MapPlan(steps=tuple(_settled(step, claims, mapped or {}) for step in steps))


def _settled(step: MapStep, claims: Mapping[str, Sequence[MapStep]], mapped: Namesakes) -> MapStep:
    """A match stands unless somebody else claims the same employee."""
    if step.action is not MapAction.MAP:
        return step
    others = [other for other in claims[step.employee] if other is not step]
    here = [other.candidate.device_user_id for other in others if other.candidate.device == step.candidate.device]
    if here:
        reason = f"employee {step.employee} is also user {', '.join(sorted(here))} of {step.candidate.device}"
        return _conflict(step.candidate, reason, step.lookup)
    elsewhere = [(other.candidate.device, other.candidate.name) for other in others]
    for device, name in [*mapped.get(step.employee, ()), *elsewhere]:
        if are_different_people(step.candidate.name, name):
            reason = f"employee {step.employee} is {step.candidate.name!r} here and {name!r} on {device}"
            return _conflict(step.candidate, reason, step.lookup)
    return step


def are_different_people(one: str, other: str) -> bool:
    """Are these two full names, and not a word of one begins like a word of the other?

    One id on two terminals is one person, unless the names say otherwise. Short and empty names say nothing.
    """
    words = [[word for word in re.findall(r"\w+", name.casefold()) if len(word) >= NAME_START] for name in (one, other)]
    starts = [{word[:NAME_START] for word in found} for found in words]
    return all(starts) and not starts[0] & starts[1]


def _step(candidate: EmployeeMatch, matches: Matches) -> MapStep:
    if candidate.skip:
        return MapStep(candidate=candidate, action=MapAction.SKIP, reason=candidate.skip)
    for lookup, found in matches.items():
        employees = sorted(set(found.get(candidate.device_user_id, ())))
        if len(employees) > 1:
            reason = f"{len(employees)} employees have {lookup} {candidate.device_user_id!r}: {', '.join(employees)}"
            return _conflict(candidate, reason, lookup)
        if employees:
            return _matched(candidate, lookup, employees[0])
    reason = f"no employee has {' or '.join(matches) or 'a lookup'} {candidate.device_user_id!r}"
    return MapStep(candidate=candidate, action=MapAction.UNKNOWN, reason=reason)


def _matched(candidate: EmployeeMatch, lookup: str, employee: str) -> MapStep:
    if employee in candidate.taken:
        reason = f"employee {employee} is already another user of {candidate.device}"
        return _conflict(candidate, reason, lookup)
    reason = f"{lookup} {candidate.device_user_id!r}"
    return MapStep(candidate=candidate, action=MapAction.MAP, reason=reason, employee=employee, lookup=lookup)


def _conflict(candidate: EmployeeMatch, reason: str, lookup: str) -> MapStep:
    return MapStep(candidate=candidate, action=MapAction.CONFLICT, reason=reason, lookup=lookup)

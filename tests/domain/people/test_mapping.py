"""Who is who: what a plan makes of keys, and what it leaves to people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.people.mapping import (
    EmployeeMatch,
    MapAction,
    MapPlan,
    Matches,
    are_different_people,
    plan_matches,
)


def listed(*users: tuple[str, str, str], **facts: object) -> list[EmployeeMatch]:
    """(device, id, name) of each."""
    return [
        EmployeeMatch(key=index, device=device, device_user_id=who, name=name, **facts)  # type: ignore[arg-type]
        for index, (device, who, name) in enumerate(users)
    ]


def outcome(found: MapPlan) -> list[tuple[MapAction, str, str]]:
    return [(step.action, step.employee, step.lookup) for step in found.steps]


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        ({"biometric_id": {"7": ["1"]}, "employee_id": {"7": ["2"]}}, (MapAction.MAP, "1", "biometric_id")),
        ({"biometric_id": {}, "employee_id": {"7": ["2"]}}, (MapAction.MAP, "2", "employee_id")),
        (
            {"biometric_id": {}, "employee_id": {}, "username": {"7": ["3"]}},
            (MapAction.MAP, "3", "username"),
        ),
        ({"biometric_id": {"8": ["1"]}}, (MapAction.UNKNOWN, "", "")),
        ({}, (MapAction.UNKNOWN, "", "")),
        (
            {"biometric_id": {"7": ["1", "2"]}, "employee_id": {"7": ["1"]}},
            (MapAction.CONFLICT, "", "biometric_id"),
        ),
        ({"biometric_id": {"7": ["1", "1"]}}, (MapAction.MAP, "1", "biometric_id")),
    ],
    ids=[
        "the first key wins",
        "the second where the first says nothing",
        "the third where both say nothing",
        "nobody has the id",
        "no key at all",
        "two employees with one key are not settled by a later key",
        "one employee found twice is one",
    ],
)
def test_the_first_key_that_finds_somebody_decides(matches: Matches, expected: tuple[MapAction, str, str]) -> None:
    assert outcome(plan_matches(listed(("Gate", "7", "Asha")), matches)) == [expected]


def test_one_employee_for_two_users_of_one_terminal_is_left_alone_and_both_are_named() -> None:
    matches = {"biometric_id": {"7": ["1"]}, "username": {"asha": ["1"]}}

    found = plan_matches(listed(("Gate", "7", "Asha"), ("Gate", "asha", "Asha"), ("Gate", "9", "Bilal")), matches)

    assert [step.action for step in found.steps] == [MapAction.CONFLICT, MapAction.CONFLICT, MapAction.UNKNOWN]
    assert "user asha of Gate" in found.steps[0].reason
    assert "user 7 of Gate" in found.steps[1].reason


def test_an_employee_that_another_user_of_the_terminal_stands_for_is_taken() -> None:
    found = plan_matches(listed(("Gate", "7", "Asha"), taken=frozenset({"1"})), {"biometric_id": {"7": ["1"]}})

    assert found.steps[0].action is MapAction.CONFLICT
    assert "already another user of Gate" in found.steps[0].reason


def test_one_id_on_two_terminals_is_one_person_unless_the_names_differ() -> None:
    matches = {"biometric_id": {"7": ["1"], "8": ["2"]}}
    users = listed(
        ("North", "7", "Asha Nair"), ("South", "7", "ASHA N"), ("North", "8", "Bilal Khan"), ("South", "8", "Chen Wu")
    )

    found = plan_matches(users, matches)

    assert [step.action for step in found.steps] == [MapAction.MAP, MapAction.MAP] + [MapAction.CONFLICT] * 2
    assert "'Bilal Khan' here and 'Chen Wu' on South" in found.steps[2].reason


def test_the_name_under_which_an_employee_is_mapped_already_counts_too() -> None:
    mapped = {"1": [("North", "Bilal Khan")]}
    users = listed(("South", "7", "Chen Wu"), ("East", "7", "Bilal"))

    found = plan_matches(users, {"biometric_id": {"7": ["1"]}}, mapped)

    assert found.steps[0].action is MapAction.CONFLICT
    assert "'Bilal Khan' on North" in found.steps[0].reason


def test_whoever_is_to_be_skipped_is_skipped_whatever_matches() -> None:
    found = plan_matches(listed(("Gate", "7", "Asha"), skip="ignored"), {"biometric_id": {"7": ["1"]}})

    assert [(step.action, step.reason) for step in found.steps] == [(MapAction.SKIP, "ignored")]
    assert found.of(MapAction.SKIP) == list(found.steps)


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ("Asha Nair", "asha", False),
        ("Asha Nair", "Nair A.", False),
        ("Muhammad Bilal", "Mohd Bilal", False),
        ("Asha Nair", "", False),
        ("Al", "Bo", False),
        ("Asha Nair", "Chen Wu Li", True),
        ("Łukasz Żak", "łukasz", False),
    ],
)
def test_names_are_different_when_no_word_begins_alike(one: str, other: str, different: bool) -> None:
    assert are_different_people(one, other) is different
    assert are_different_people(other, one) is different


ids = st.sampled_from(["1", "2", "3"])
employees = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2)
users = st.lists(
    st.tuples(st.sampled_from(["North", "South"]), ids, st.sampled_from(["", "Asha Nair", "Bilal Khan"])),
    unique_by=lambda user: user[:2],
)


@given(users=users, matches=st.dictionaries(st.sampled_from(["x", "y"]), st.dictionaries(ids, employees)))
def test_no_employee_ever_stands_for_two_users_of_one_terminal(
    users: list[tuple[str, str, str]], matches: dict[str, dict[str, list[str]]]
) -> None:
    found = plan_matches(listed(*users), matches)

    claims = [(step.candidate.device, step.employee) for step in found.of(MapAction.MAP)]
    assert len(claims) == len(set(claims))
    assert [step.candidate.key for step in found.steps] == list(range(len(users)))
    assert all(step.reason for step in found.steps)

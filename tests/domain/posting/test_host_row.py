"""The rule about rows that exist in the CRM."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.posting.host_row import (
    FieldChange,
    HostRow,
    OnExisting,
    PostAction,
    PostedValue,
    PostPlan,
    RowPlan,
    as_one,
    compare,
    compare_silent,
    take_back,
)

FILL, KEEP, OVERWRITE = OnExisting.FILL_EMPTY, OnExisting.KEEP, OnExisting.OVERWRITE


def wrote(sent: str, found: str | None = None) -> PostedValue:
    return PostedValue(sent=sent, found=sent if found is None else found)


def test_a_row_that_reads_as_we_wrote_it_and_says_what_we_want_is_left_alone() -> None:
    verdict = compare({"out": "17:00"}, {"out": "17:00"}, {"out": wrote("17:00")}, FILL)
    assert verdict.action is PostAction.UNCHANGED
    assert verdict.changes == ()


@pytest.mark.parametrize("policy", list(OnExisting))
def test_our_own_value_is_replaced_when_the_day_changes_under_every_policy(policy: OnExisting) -> None:
    verdict = compare({"out": "17:00"}, {"out": "18:00"}, {"out": wrote("17:00")}, policy)
    assert verdict.action is PostAction.CHANGE
    assert verdict.changes == (FieldChange(name="out", old="17:00", new="18:00"),)


def test_our_own_value_is_emptied_when_the_punch_is_gone() -> None:
    verdict = compare({"out": "17:00"}, {"out": ""}, {"out": wrote("17:00")}, FILL)
    assert verdict.changes == (FieldChange(name="out", old="17:00", new=""),)


@pytest.mark.parametrize("policy", list(OnExisting))
def test_one_field_that_a_person_edited_keeps_the_whole_row_under_every_policy(policy: OnExisting) -> None:
    posted = {"in": wrote("09:00"), "out": wrote("17:00")}
    verdict = compare({"in": "09:00", "out": "16:00"}, {"in": "08:00", "out": "18:00"}, posted, policy)
    assert verdict.action is PostAction.KEPT
    assert verdict.reason == "edited by a person: out is '16:00', we wrote '17:00'"
    assert verdict.changes == ()


def test_a_field_that_a_person_emptied_counts_as_edited() -> None:
    assert compare({"out": ""}, {"out": "17:00"}, {"out": wrote("17:00")}, OVERWRITE).action is PostAction.KEPT


def test_what_the_crm_made_of_our_value_is_no_edit() -> None:
    verdict = compare({"hours": "8.50"}, {"hours": "9.00"}, {"hours": wrote("9.00", "8.50")}, FILL)
    assert verdict.action is PostAction.UNCHANGED


def test_a_field_that_the_setting_no_longer_names_is_no_edit() -> None:
    verdict = compare({"in": "09:00"}, {"in": "09:00"}, {"in": wrote("09:00"), "old": wrote("x")}, FILL)
    assert verdict.action is PostAction.UNCHANGED


def test_fill_empty_fills_what_is_empty_and_leaves_the_rest() -> None:
    verdict = compare({"in": "09:00", "out": ""}, {"in": "08:58", "out": "17:00"}, {}, FILL)
    assert verdict.action is PostAction.CHANGE
    assert verdict.changes == (FieldChange(name="out", old="", new="17:00"),)


def test_fill_empty_with_nothing_to_fill_keeps_the_row_and_names_the_fields() -> None:
    verdict = compare({"in": "09:00"}, {"in": "08:58"}, {}, FILL)
    assert verdict.action is PostAction.KEPT
    assert verdict.reason == "not ours to change: in was filled in before"


def test_overwrite_replaces_what_others_wrote() -> None:
    verdict = compare({"in": "09:00"}, {"in": "08:58"}, {}, OVERWRITE)
    assert verdict.changes == (FieldChange(name="in", old="09:00", new="08:58"),)


@pytest.mark.parametrize("policy", [FILL, OVERWRITE])
def test_having_nothing_to_say_never_empties_what_others_wrote(policy: OnExisting) -> None:
    verdict = compare({"in": "09:00", "out": "17:00"}, {"in": "09:00", "out": ""}, {}, policy)
    assert verdict.action is PostAction.UNCHANGED


def test_keep_leaves_a_row_that_was_there_before_even_when_it_is_empty() -> None:
    verdict = compare({"in": ""}, {"in": "09:00"}, {}, KEEP)
    assert verdict.action is PostAction.KEPT
    assert "ON_EXISTING" in verdict.reason


def test_a_field_that_joined_the_setting_later_is_filled_in_our_own_row() -> None:
    verdict = compare({"in": "09:00", "device": ""}, {"in": "09:00", "device": "Gate"}, {"in": wrote("09:00")}, KEEP)
    assert verdict.changes == (FieldChange(name="device", old="", new="Gate"),)


def test_a_plan_lists_its_rows_by_kind() -> None:
    from datetime import date

    row = HostRow(key=1, employee="1", date=date(2026, 1, 5), check_in=None, check_out=None)
    kept, made = (RowPlan(row=row, action=action) for action in (PostAction.KEPT, PostAction.CREATE))
    assert PostPlan(rows=(kept, made)).of(PostAction.CREATE) == [made]


TEXTS = st.sampled_from(["", "09:00", "17:00"])
ROWS = st.fixed_dictionaries({"in": TEXTS, "out": TEXTS})


@given(current=ROWS, wanted=ROWS, policy=st.sampled_from(list(OnExisting)))
def test_what_was_written_once_is_never_written_again(
    current: dict[str, str], wanted: dict[str, str], policy: OnExisting
) -> None:
    verdict = compare(current, wanted, {}, policy)
    after = current | {change.name: change.new for change in verdict.changes}
    posted = {change.name: wrote(change.new) for change in verdict.changes}
    again = compare(after, wanted, posted, policy)
    assert again.action is not PostAction.CHANGE


@given(current=ROWS, wanted=ROWS)
def test_a_value_of_others_only_gives_way_to_overwrite(current: dict[str, str], wanted: dict[str, str]) -> None:
    for policy in (FILL, KEEP):
        assert all(not change.old for change in compare(current, wanted, {}, policy).changes)


def shift(key: int, status: str = "present", **facts: object) -> HostRow:
    """One shift of a day, of an hour where it has a punch."""
    start = datetime(2026, 1, 5, key, tzinfo=UTC)
    silent = status in ("withdrawn", "absent", "on_leave")
    usual = {"check_in": None if silent else start, "check_out": None if silent else start + timedelta(hours=1)}
    row = HostRow(key=key, employee="1", date=start.date(), status=status, shift=f"shift {key}", **usual)  # type: ignore[arg-type]
    return replace(row, **facts)  # type: ignore[arg-type]


def test_a_shift_without_a_punch_says_nothing_beside_one_that_has_some() -> None:
    one = as_one([shift(3, "on_leave"), shift(5), shift(9), shift(11, "absent")])
    assert (one.status, one.shift, one.key) == ("present", "shift 5 + shift 9", 5)
    assert (one.check_in, one.check_out) == (shift(5).check_in, shift(9).check_out)


def test_of_shifts_without_a_punch_the_weightiest_speaks_and_withdrawn_ones_do_not() -> None:
    assert as_one([shift(1, "withdrawn"), shift(3, "absent"), shift(4, "on_leave")]).status == "on_leave"
    one = as_one([shift(1, "withdrawn"), shift(3, "absent")])
    assert (one.status, one.has_punch) == ("absent", False)
    assert as_one([shift(1, "withdrawn"), shift(3, "withdrawn")]).status == "withdrawn"


def test_what_is_remembered_of_the_row_is_taken_from_whichever_shift_has_it() -> None:
    memory = {"host_pk": "7", "posted": {"in": wrote("09:00")}, "host_made": True}
    one = as_one([shift(5), shift(6, host_pk="7"), shift(1, "withdrawn", **memory)])
    assert (one.key, one.host_pk, one.posted, one.host_made) == (5, "7", memory["posted"], True)
    assert one.is_ours
    assert not shift(6, host_pk="7").is_ours
    assert shift(6, host_pk="7", host_made=True).is_ours


def test_only_a_row_that_we_made_and_nobody_edited_is_taken_back() -> None:
    posted, current = {"out": wrote("17:00")}, {"in": "", "out": "17:00"}
    verdict = take_back(current, posted, made=True, why="nobody came")
    assert (verdict.action, verdict.reason) == (PostAction.REMOVE, "nobody came")
    assert verdict.changes == (FieldChange(name="out", old="17:00", new=""),)
    foreign = take_back(current, posted, made=False, why="nobody came")
    assert foreign.action is PostAction.KEPT
    assert foreign.reason == (
        "the row was there before us and we wrote out '17:00' into it; nobody came: correct it by hand"
    )
    edited = take_back(current | {"out": "16:00"}, posted, made=True, why="nobody came")
    assert edited.action is PostAction.KEPT
    assert edited.reason == (
        "edited by a person: out is '16:00', we wrote '17:00'; nobody came: correct or delete it by hand"
    )


@given(current=ROWS, found=ROWS, made=st.booleans())
def test_a_row_that_reads_otherwise_than_we_left_it_is_never_taken_back(
    current: dict[str, str], found: dict[str, str], made: bool
) -> None:
    posted = {name: wrote("x", text) for name, text in found.items()}
    verdict = take_back(current, posted, made=made, why="gone")
    assert (verdict.action is PostAction.REMOVE) is (made and current == found)


@given(current=ROWS, policy=st.sampled_from(list(OnExisting)))
def test_a_day_without_a_punch_never_changes_a_row_that_tells_of_one(
    current: dict[str, str], policy: OnExisting
) -> None:
    verdict = compare_silent(current | {"status": ""}, {"in": "", "out": "", "status": "Absent"}, {}, policy)
    changes = not any(current.values()) and policy is not KEEP
    assert (verdict.action is PostAction.CHANGE) is changes

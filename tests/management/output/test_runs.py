"""Plans and results of posting in words."""

from datetime import date

import pytest

from attendance_devices.domain.posting.host_row import FieldChange, HostRow, PostAction, PostPlan, RowPlan
from attendance_devices.domain.results import DeriveResult, PostResult
from attendance_devices.management.output.explanation import SAYS
from attendance_devices.management.output.runs import ROW_WORDS, outcome_lines, plan_values, posting_lines
from attendance_devices.management.output.statistics import stats_lines
from attendance_devices.management.output.text import OutputNames
from attendance_devices.services.monitoring.health import survey_devices
from attendance_devices.services.monitoring.stats import Stats

ROW = HostRow(key=1, employee="7", date=date(2026, 1, 5), check_in=None, check_out=None, status="withdrawn")
REMOVE = RowPlan(
    row=ROW,
    action=PostAction.REMOVE,
    changes=(FieldChange(name="status", old="Present", new=""),),
    reason="the day means nothing any more",
    host_pk="3",
)
SKIPPED = RowPlan(row=ROW, action=PostAction.SKIPPED, reason="the CRM has no word for day_off (STATUS_VALUES)")


def words(verbosity: int = 1) -> OutputNames:
    return OutputNames(names={"7": "asha"}, zones={}, verbosity=verbosity)


def test_every_action_has_words_in_every_door() -> None:
    assert set(ROW_WORDS) == set(SAYS) == set(PostAction) - {PostAction.NEW}


def test_a_removal_is_shown_with_what_goes_and_a_skipped_day_is_only_counted() -> None:
    lines = list(posting_lines(PostPlan(rows=[REMOVE, SKIPPED, SKIPPED]), words()))
    assert lines == [
        "CRM rows: 1 would be removed, 2 skipped",
        "  2026-01-05 asha: remove status Present -> - (the day means nothing any more)",
    ]


def test_a_skipped_day_has_its_line_when_all_are_asked_for() -> None:
    lines = list(posting_lines(PostPlan(rows=[SKIPPED]), words(2)))
    assert lines[1] == "  2026-01-05 asha: skipped (the CRM has no word for day_off (STATUS_VALUES))"


def test_a_removal_as_json() -> None:
    values = plan_values(REMOVE)
    assert (values["action"], values["changes"]) == ("remove", [{"name": "status", "old": "Present", "new": ""}])


def test_removed_and_skipped_are_named_where_there_are_any() -> None:
    *_, without = outcome_lines(DeriveResult(), PostResult())
    assert without.endswith("0 locked, 0 failed")
    *_, some = outcome_lines(DeriveResult(), PostResult(removed=1, skipped=1200))
    assert some.endswith("0 locked, 0 failed, 1 removed, 1,200 skipped")


@pytest.mark.django_db
def test_statistics_count_skipped_days_where_there_are_any() -> None:
    facts = {"people": 0, "mapped": 0, "ignored": 0, "logs": 0, "review": 0, "quarantined": 0, "days": 3, "pending": 0}
    for states, said in (({}, "0 locked"), ({PostAction.SKIPPED: 3}, "0 locked, 3 skipped")):
        found = Stats(since=None, states=states, devices=(), **facts)  # type: ignore[arg-type]
        assert next(line for line in stats_lines(found, survey_devices()) if line.startswith("Days")).endswith(said)

"""What the page of a day does: a correction is judged, foreseen or made, and the day says so at once.

Covers: services/explanations/places, services/explanations/what_if.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from attendance_devices import exceptions
from attendance_devices.models import (
    AuditEntry,
    Correction,
    ESSLAttendanceLog,
    PendingDay,
    ProcessedAttendance,
    SealedDay,
)
from attendance_devices.services.corrections import edit_day
from attendance_devices.services.corrections.correct import plan_void, store_correction, void_punch
from attendance_devices.services.corrections.edit_day import (
    CorrectionDraft,
    make_correction,
    plan_correction,
    undo_and_derive,
)
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.explanations.places import punch_places_of
from attendance_devices.services.explanations.what_if import foresee
from tests.builders.crm import MONDAY, ZONE, at, device, employee, mapped, nothing_is_written, punched
from tests.builders.day_rules import works

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def boss() -> Any:
    return get_user_model().objects.create_superuser(username="boss", password="x")


def a_day(*clocks: str, key: str = "7", where: Any = None) -> tuple[Any, Any]:
    gate, asha = where or device(), employee(key, username=f"asha{key}")
    mapped(gate, key, asha)
    punched(gate, *[(key, at(clock)) for clock in clocks])
    derive_pending()
    return gate, asha


def log_at(clock: str) -> int:
    return ESSLAttendanceLog.objects.get(device_time=at(clock)).pk


def ends(user: Any) -> tuple[str, str]:
    row = ProcessedAttendance.objects.get(user=user, date=MONDAY)
    return tuple(f"{one.astimezone(ZONE):%H:%M}" if one else "" for one in (row.check_in, row.check_out))  # type: ignore[return-value]


def leaving(where: Any = None, clock: str = "18:00") -> CorrectionDraft:
    return CorrectionDraft(kind="add", shown=at(clock), device=where, punch_type="out", why="forgot")


def test_what_is_foreseen_is_what_it_becomes_and_nothing_was_written(boss: Any) -> None:
    gate, asha = a_day("09:00", "12:00", "18:00")
    drafts = [
        CorrectionDraft(kind="add", shown=at("19:00"), device=gate, why="x"),
        CorrectionDraft(kind="add", shown=at("08:00"), why="nowhere"),
        CorrectionDraft(kind="void", log=log_at("09:00"), why="x"),
        CorrectionDraft(kind="change", log=log_at("18:00"), shown=at("17:00"), why="x"),
        CorrectionDraft(kind="change", log=log_at("12:00"), punch_type="out", why="x"),
    ]
    for draft in drafts:
        with nothing_is_written():
            seen = foresee(plan_correction(asha, draft, by=boss), MONDAY)
        made = make_correction(asha, draft, by=boss)
        became = explain(asha.pk, MONDAY).work_days
        numbers = [(one.check_in, one.check_out, one.worked, one.status, one.punch_count) for one in seen]
        assert numbers == [(one.check_in, one.check_out, one.worked, one.status, one.punch_count) for one in became]
        undo_and_derive(made.pk, asha, by=boss)
        assert ends(asha) == ("09:00", "18:00")


def test_the_day_says_so_at_once_and_nothing_waits(boss: Any) -> None:
    gate, asha = a_day("09:00")
    make_correction(asha, leaving(gate), by=boss)
    assert ends(asha) == ("09:00", "18:00")
    assert not PendingDay.objects.exists()


def test_each_leaves_one_entry_in_the_trail(boss: Any) -> None:
    gate, asha = a_day("09:00")
    made = make_correction(asha, leaving(gate), by=boss)
    undo_and_derive(made.pk, asha, by=boss)
    found = AuditEntry.objects.order_by("pk").values_list("verb", "by_name", "device_name", "words", "outcome")
    assert list(found) == [
        ("correct a punch", "boss", "Gate", "add: forgot", "done"),
        ("undo a correction", "boss", "Gate", "add: forgot", "done"),
    ]
    assert all(subject.startswith("asha7, ") for subject in AuditEntry.objects.values_list("subject", flat=True))


def test_a_refused_correction_leaves_nothing_not_even_an_entry(boss: Any) -> None:
    _, asha = a_day("09:00")
    for draft in (
        CorrectionDraft(kind="add", why="x"),
        CorrectionDraft(kind="add", shown=at("18:00"), why=" "),
        CorrectionDraft(kind="add", shown=datetime(2999, 1, 1), why="x"),
        CorrectionDraft(kind="change", log=log_at("09:00"), why="x"),
        CorrectionDraft(kind="void", log=None, why="x"),
        CorrectionDraft(kind="void", log=10**12, why="x"),
    ):
        with pytest.raises(exceptions.CorrectionError):
            make_correction(asha, draft, by=boss)
    assert (AuditEntry.objects.count(), Correction.objects.count(), ends(asha)) == (0, 0, ("09:00", ""))


def test_the_punches_of_one_person_are_not_corrected_on_the_page_of_another(boss: Any) -> None:
    gate, asha = a_day("09:00")
    _, omar = a_day("09:30", key="8", where=gate)
    with pytest.raises(exceptions.NothingToCorrect, match="no punch of this person"):
        make_correction(asha, CorrectionDraft(kind="void", log=log_at("09:30"), why="x"), by=boss)
    made = void_punch(log_at("09:30"), by=boss, why="x")
    with pytest.raises(exceptions.NothingToCorrect, match="none of this person"):
        undo_and_derive(made.pk, asha, by=boss)
    assert omar.pk == made.user_id


def test_who_may_not_is_refused_also_a_look_ahead(boss: Any) -> None:
    gate, asha = a_day("09:00")
    with pytest.raises(exceptions.CorrectionForbidden):
        plan_correction(asha, leaving(gate), by=asha)
    made = make_correction(asha, leaving(gate), by=boss)
    with pytest.raises(exceptions.CorrectionForbidden):
        undo_and_derive(made.pk, asha, by=asha)


def test_a_plan_says_what_the_verb_would_say(boss: Any) -> None:
    gate, asha = a_day("09:00", "18:00")
    void_punch(log_at("09:00"), by=boss, why="x")
    with pytest.raises(exceptions.AlreadyCorrected), nothing_is_written():
        plan_correction(asha, CorrectionDraft(kind="void", log=log_at("09:00"), why="x"), by=boss)
    SealedDay.objects.create(user=asha, date=MONDAY, at=datetime.now(UTC))
    with pytest.raises(exceptions.DaySealed), nothing_is_written():
        plan_correction(asha, leaving(gate), by=boss)


def test_of_two_who_planned_the_same_the_second_is_told(boss: Any) -> None:
    a_day("09:00", "18:00")
    first, second = (plan_void(log_at("09:00"), by=boss, why=why) for why in "ab")
    store_correction(first)
    with pytest.raises(exceptions.AlreadyCorrected):
        store_correction(second)


def test_a_derive_that_fails_leaves_the_correction_and_the_day_to_the_next_run(
    boss: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gate, asha = a_day("09:00")

    def broken(days: Any) -> None:
        raise RuntimeError("a rule is broken")

    monkeypatch.setattr(edit_day, "derive", broken)
    make_correction(asha, leaving(gate), by=boss)
    assert "a rule is broken" in caplog.text
    assert ends(asha) == ("09:00", "")
    assert PendingDay.objects.filter(user=asha).exists()
    derive_pending()
    assert ends(asha) == ("09:00", "18:00")


def test_the_time_is_that_of_the_wall_with_a_terminal_or_without(boss: Any) -> None:
    far = device("Far", timezone="Asia/Kathmandu")
    _, asha = a_day("09:00", where=far)
    walls = punch_places_of(explain(asha.pk, MONDAY))
    assert (walls.zone.key, walls.usual, list(walls.devices)) == ("Asia/Kathmandu", far, [far])
    without = plan_correction(asha, CorrectionDraft(kind="add", shown=at("18:00"), zone=walls.zone, why="x"), by=boss)
    there = plan_correction(asha, leaving(far), by=boss)
    assert without.at == there.at == at("18:00").replace(tzinfo=walls.zone)


def test_an_hour_that_the_clocks_skipped_is_told(boss: Any) -> None:
    berlin = device("Berlin", timezone="Europe/Berlin")
    _, asha = a_day("09:00", where=berlin)
    with pytest.raises(exceptions.InstantInvalid, match="went forward"):
        plan_correction(
            asha, CorrectionDraft(kind="add", shown=datetime(2024, 3, 31, 2, 30), device=berlin, why="x"), by=boss
        )
    passes = [
        plan_correction(
            asha,
            CorrectionDraft(kind="add", shown=datetime(2023, 10, 29, 2, 30), fold=fold, device=berlin, why="x"),
            by=boss,
        )
        for fold in (0, 1)
    ]
    assert passes[1].moment - passes[0].moment == timedelta(hours=1)


def test_a_punch_that_moves_to_the_next_day_changes_both(boss: Any) -> None:
    _, asha = a_day("09:00", "18:00")
    works(asha, "Day", "09:00", "18:00")
    moved = CorrectionDraft(kind="change", log=log_at("18:00"), shown=at("08:55", TUESDAY), why="the clock was wrong")
    (seen,) = foresee(plan_correction(asha, moved, by=boss), MONDAY)
    assert seen.check_out is None
    make_correction(asha, moved, by=boss)
    assert ProcessedAttendance.objects.filter(user=asha, date=TUESDAY, check_in__isnull=False).exists()
    assert ends(asha) == ("09:00", "")


def test_where_nobody_punched_the_terminal_that_knows_the_person_is_usual() -> None:
    gate, asha = a_day()
    other = device("Annex", timezone="Asia/Tokyo")
    mapped(other, "7", asha)
    mapped(device("Old", is_active=False), "7", asha)
    walls = punch_places_of(explain(asha.pk, MONDAY))
    assert [one.name for one in walls.devices] == ["Annex", gate.name]
    assert walls.usual is not None and walls.usual.timezone == walls.zone.key

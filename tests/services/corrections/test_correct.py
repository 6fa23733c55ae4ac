"""What a person corrects counts; what the terminal said stays; and what is undone was never.

Covers: services/punches/applied_corrections.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices import exceptions
from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.models import (
    Correction,
    Device,
    ESSLAttendanceLog,
    PendingDay,
    ProcessedAttendance,
    Shift,
    ShiftAssignment,
)
from attendance_devices.services.collection.edit_device import apply_time_zone
from attendance_devices.services.corrections import correct
from attendance_devices.services.corrections.correct import (
    add_punch,
    change_punch,
    instant_from_clock,
    undo_correction,
    void_punch,
)
from attendance_devices.services.days.derive import derive, derive_pending
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.pipeline.dry_run import preview
from attendance_devices.services.pipeline.reprocess import ReprocessScope, reprocess
from attendance_devices.services.posting.post import post
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    crm_rows,
    device,
    employee,
    examples,
    mapped,
    nothing_is_written,
    our_rows,
    punched,
)
from tests.builders.long_shifts import night_shift

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def boss() -> Any:
    return get_user_model().objects.create_superuser(username="boss", password="x")


def clerk(*rights: str) -> Any:
    user = get_user_model().objects.create_user(username="clerk", password="x")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def moment(clock: str, day: date = MONDAY) -> datetime:
    return at(clock, day).replace(tzinfo=ZONE)


def a_day(*clocks: str, key: str = "7", where: Device | None = None) -> tuple[Device, Any]:
    """Somebody who punched on Monday, derived."""
    gate, asha = where or device(), employee(key)
    mapped(gate, key, asha)
    punched(gate, *[(key, at(clock)) for clock in clocks])
    derive_pending()
    return gate, asha


def log_at(clock: str, day: date = MONDAY) -> int:
    return ESSLAttendanceLog.objects.get(device_time=at(clock, day)).pk


def raw() -> list[Any]:
    """Every stored punch, byte for byte."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM attendance_devices_esslattendancelog ORDER BY id")
        return cursor.fetchall()


def pending() -> set[tuple[Any, date]]:
    return set(PendingDay.objects.values_list("user", "date"))


def day_of(user: Any, day: date = MONDAY) -> tuple[str, str, int]:
    row = ProcessedAttendance.objects.get(user=user, date=day)
    shown = [f"{each.astimezone(ZONE):%H:%M}" if each else "" for each in (row.check_in, row.check_out)]
    return (*shown, row.punch_count)


def test_an_added_punch_counts_and_the_crm_is_told(boss: Any) -> None:
    gate, asha = a_day("09:00")
    post(since=MONDAY)
    before = raw()

    made = add_punch(asha.pk, moment("18:00"), punch_type="out", device=gate, by=boss, why="forgot to punch")

    assert (made.made_by, made.made_by_name, made.why, made.undone_at) == (boss, "boss", "forgot to punch", None)
    assert made.made_at - datetime.now(UTC) < timedelta(minutes=1)
    assert pending() == {(asha.pk, MONDAY)}, "the touched day, and only that"
    derive_pending()
    post(since=MONDAY)
    assert day_of(asha) == ("09:00", "18:00", 2)
    assert crm_rows() == [(asha.username, MONDAY, "09:00:00", "18:00:00")]
    assert raw() == before


def test_a_day_of_added_punches_alone_has_no_terminal_and_no_office(boss: Any) -> None:
    asha = employee("7")
    add_punch(asha.pk, moment("09:00"), by=boss, why="the terminal was dead")
    add_punch(asha.pk, moment("17:00"), by=boss, why="the terminal was dead")
    derive_pending()
    row = ProcessedAttendance.objects.get()
    assert (row.device_name, row.office, row.worked) == ("", "", 8 * HOUR)
    post(since=MONDAY)
    assert crm_rows() == [(asha.username, MONDAY, "09:00:00", "17:00:00")]


def test_a_voided_punch_does_not_count_and_its_reason_says_who_and_why(boss: Any) -> None:
    _, asha = a_day("06:00", "09:00", "17:00")
    before = raw()

    void_punch(log_at("06:00"), by=boss, why="the cleaner\nhad her card")
    derive_pending()

    assert day_of(asha) == ("09:00", "17:00", 2)
    use = explain(asha.pk, MONDAY).work_day.uses[0]
    assert use.role is PunchRole.VOIDED
    assert use.reason.startswith("left out; voided by boss on 2")
    assert use.reason.endswith(": the cleaner had her card")
    assert raw() == before


def test_without_its_only_punch_a_day_says_nothing(boss: Any) -> None:
    _, asha = a_day("09:00")
    made = void_punch(log_at("09:00"), by=boss, why="a test of the terminal")
    derive_pending()
    assert not ProcessedAttendance.objects.filter(status="missing_check_out").exists()
    found = explain(asha.pk, MONDAY)
    assert (found.work_day.status, [use.role for use in found.work_day.uses]) == (None, [PunchRole.VOIDED])
    undo_correction(made.pk, by=boss)
    derive_pending()
    assert day_of(asha) == ("09:00", "", 1)


def test_a_changed_punch_counts_at_its_new_time_and_says_what_the_terminal_said(boss: Any) -> None:
    _, asha = a_day("09:00", "17:00")
    before = raw()

    change_punch(log_at("17:00"), at=moment("18:30"), punch_type="out", by=boss, why="the clock was wrong")
    derive_pending()

    assert day_of(asha) == ("09:00", "18:30", 2)
    use = explain(asha.pk, MONDAY).work_day.uses[-1]
    said = "last punch in the window; the terminal said 2024-01-08 17:00:00; changed by boss on "
    assert (use.role, use.tap.punch_type) == (PunchRole.CHECK_OUT, "out")
    assert use.reason.startswith(said)
    assert raw() == before


def test_a_punch_moved_to_another_day_touches_both_and_no_other(boss: Any) -> None:
    _, asha = a_day("09:00", "17:00")
    made = change_punch(log_at("17:00"), at=moment("08:00", TUESDAY), by=boss, why="it was the next morning")
    assert pending() == {(asha.pk, MONDAY), (asha.pk, TUESDAY)}
    derive_pending()
    assert (day_of(asha), day_of(asha, TUESDAY)) == (("09:00", "", 1), ("08:00", "", 1))
    assert [one.key for one in explain(asha.pk, MONDAY).corrections] == [made.pk]
    assert [one.key for one in explain(asha.pk, TUESDAY).corrections] == [made.pk]
    assert explain(asha.pk, TUESDAY + timedelta(days=1)).corrections == []


def test_a_punch_moved_by_a_year_leaves_its_old_day(boss: Any) -> None:
    _, asha = a_day("09:00", "17:00")
    later = MONDAY + timedelta(days=366)
    change_punch(log_at("17:00"), at=moment("08:00", later), by=boss, why="the clock was a year slow")
    derive_pending()
    assert (day_of(asha), day_of(asha, later)) == (("09:00", "", 1), ("08:00", "", 1))


def test_undo_gives_the_identical_day_back(boss: Any) -> None:
    gate, asha = a_day("06:00", "09:00", "17:00")
    before = our_rows()
    made = [
        void_punch(log_at("06:00"), by=boss, why="lent"),
        change_punch(log_at("17:00"), at=moment("05:00", TUESDAY), by=boss, why="wrong"),
        add_punch(asha.pk, moment("20:00"), device=gate, by=boss, why="forgot"),
        add_punch(asha.pk, moment("21:00"), by=boss, why="forgot"),
    ]
    derive_pending()
    assert our_rows() != before
    for row in made:
        PendingDay.objects.all().delete()
        undone = undo_correction(row.pk, by=boss)
        assert (undone.undone_by, undone.undone_by_name, undone.stands_for) == (boss, "boss", None)
        assert pending()
        derive_pending()
    assert our_rows() == before
    assert Correction.objects.count() == 4, "what was undone stays as a thing of the past"


def test_all_days_deleted_and_derived_again_are_the_same(boss: Any) -> None:
    gate, asha = a_day("06:00", "09:00", "17:00")
    void_punch(log_at("06:00"), by=boss, why="lent")
    change_punch(log_at("17:00"), at=moment("17:30"), by=boss, why="wrong")
    add_punch(asha.pk, moment("09:00", TUESDAY), device=gate, by=boss, why="forgot")
    add_punch(asha.pk, moment("17:00", TUESDAY), by=boss, why="forgot")
    derive_pending()
    before = our_rows()
    assert len(before) == 2

    ProcessedAttendance.objects.all().delete()
    derive({(asha.pk, MONDAY), (asha.pk, TUESDAY)})
    assert our_rows() == before
    ProcessedAttendance.objects.all().delete()
    reprocess(ReprocessScope(since=MONDAY, until=TUESDAY, force=True))
    assert our_rows() == before, "a day without any log is found by its corrections"


def test_a_night_that_is_corrected_on_the_next_morning_is_the_day_before(boss: Any) -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    night_shift(asha)
    punched(gate, ("7", at("21:55")))
    derive_pending()

    made = add_punch(asha.pk, moment("06:05", TUESDAY), by=boss, why="forgot")
    derive_pending()

    assert [(row.date, row.worked) for row in ProcessedAttendance.objects.exclude(check_in=None)] == [
        (MONDAY, 8 * HOUR + timedelta(minutes=10))
    ]
    assert [one.key for one in explain(asha.pk, MONDAY).corrections] == [made.pk]
    assert explain(asha.pk, TUESDAY).corrections == []


def test_a_doubted_punch_counts_once_it_is_corrected(boss: Any) -> None:
    _, asha = a_day("09:00", "17:00", "18:00")
    ESSLAttendanceLog.objects.exclude(device_time=at("09:00")).update(review="future")
    derive({(asha.pk, MONDAY)})
    before = raw()
    assert day_of(asha) == ("09:00", "", 1)

    change_punch(log_at("17:00"), punch_type="out", by=boss, why="he was there")
    derive_pending()
    assert day_of(asha) == ("09:00", "17:00", 2)
    change_punch(log_at("18:00"), at=moment("18:00"), by=boss, why="he was there")
    derive_pending()
    assert day_of(asha) == ("09:00", "18:00", 3)
    assert raw() == before


def test_a_meaning_that_a_person_gives_wins_over_the_gate(boss: Any) -> None:
    gate, asha = device(direction="in"), employee("7")
    mapped(gate, "7", asha)
    shift = Shift.objects.create(name="gates", start="09:00", end="17:00", pairing="by_device")
    ShiftAssignment.objects.create(user=asha, shift=shift, date_from=MONDAY)
    punched(gate, ("7", at("09:00")), ("7", at("17:00")))
    derive_pending()
    assert day_of(asha)[1] == ""

    change_punch(log_at("17:00"), punch_type="out", by=boss, why="he left by the wrong gate")
    derive_pending()

    assert day_of(asha) == ("09:00", "17:00", 2)


def test_only_who_may_corrects_and_only_who_may_undoes(boss: Any) -> None:
    _, asha = a_day("09:00")
    nobody, log = clerk(), log_at("09:00")
    verbs = (
        lambda by: add_punch(asha.pk, moment("17:00"), by=by, why="x"),
        lambda by: void_punch(log, by=by, why="x"),
        lambda by: change_punch(log, punch_type="in", by=by, why="x"),
    )
    for verb in verbs:
        for by in (nobody, AnonymousUser()):
            with pytest.raises(exceptions.CorrectionForbidden, match="may not do this"):
                verb(by)
    assert not Correction.objects.exists() and not PendingDay.objects.exists()

    nobody.delete()
    adder = clerk("add_correction")
    made = void_punch(log, by=adder, why="x")
    with pytest.raises(exceptions.CorrectionForbidden, match="clerk may not"):
        undo_correction(made.pk, by=adder)
    adder.delete()
    undo_correction(made.pk, by=clerk("change_correction"))
    made.refresh_from_db()
    assert (made.made_by, made.made_by_name, made.undone_by_name) == (None, "clerk", "clerk")


@pytest.mark.parametrize("why", ["", "  \n", "\0", "\N{ZERO WIDTH SPACE}"])
def test_a_correction_without_a_reason_is_refused(boss: Any, why: str) -> None:
    a_day("09:00")
    with pytest.raises(exceptions.ReasonMissing, match=r"attendance log \d+: no reason was given\. Say in a few words"):
        void_punch(log_at("09:00"), by=boss, why=why)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (datetime(2024, 1, 8, 9), "no zone"),
        (datetime(1, 1, 1, tzinfo=timezone(5 * HOUR)), "no punch is of that year"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-5 * HOUR)), "no punch is of that year"),
        (datetime(1999, 12, 31, tzinfo=UTC), "no punch is of that year"),
        (datetime(8999, 1, 1, tzinfo=UTC), "still to come"),
    ],
)
def test_a_moment_that_nobody_punched_at_is_refused(boss: Any, when: datetime, words: str) -> None:
    _, asha = a_day("09:00")
    with pytest.raises(exceptions.InstantInvalid, match=words):
        add_punch(asha.pk, when, by=boss, why="x")
    with pytest.raises(exceptions.InstantInvalid, match=words):
        change_punch(log_at("09:00"), at=when, by=boss, why="x")


def test_what_is_not_there_and_what_says_nothing_is_refused(boss: Any) -> None:
    gate, asha = a_day("09:00")
    log = log_at("09:00")
    for verb in (void_punch, change_punch):
        with pytest.raises(exceptions.NothingToCorrect, match="attendance log 999999: there is none"):
            verb(999_999, by=boss, why="x")
    with pytest.raises(exceptions.NothingToCorrect, match="no such employee"):
        add_punch("no key at all", moment("09:00"), by=boss, why="x")
    for same in ({}, {"at": moment("09:00")}, {"punch_type": ""}):
        with pytest.raises(exceptions.NothingToCorrect, match="says that already"):
            change_punch(log, by=boss, why="x", **same)
    with pytest.raises(exceptions.NothingToCorrect, match="correction 999999: there is none"):
        undo_correction(999_999, by=boss)
    with pytest.raises(exceptions.MeaningInvalid, match="'banana' is no key"):
        add_punch(asha.pk, moment("10:00"), punch_type="banana", by=boss, why="x")
    punched(gate, ("8", at("09:00")))
    stranger = ESSLAttendanceLog.objects.get(biometric_id="8").pk
    with pytest.raises(exceptions.PunchOfNobody, match=r"id '8'\. Map the user"):
        void_punch(stranger, by=boss, why="x")


def test_one_punch_has_one_correction_that_stands(boss: Any) -> None:
    _, asha = a_day("09:00")
    made = void_punch(log_at("09:00"), by=boss, why="x")
    again = f"correction {made.pk} by boss stands. Undo that one first"
    with pytest.raises(exceptions.AlreadyCorrected, match=again):
        change_punch(log_at("09:00"), punch_type="in", by=boss, why="x")
    undo_correction(made.pk, by=boss)
    with pytest.raises(exceptions.AlreadyUndone, match="somebody undid it before"):
        undo_correction(made.pk, by=boss)
    void_punch(log_at("09:00"), by=boss, why="x")

    add_punch(asha.pk, moment("17:00"), by=boss, why="x")
    with pytest.raises(exceptions.AlreadyCorrected):
        add_punch(str(asha.pk), moment("17:00").astimezone(UTC), punch_type="out", by=boss, why="the same moment")


def test_the_database_refuses_a_second_one_whoever_writes_it(boss: Any) -> None:
    a_day("09:00")
    made = void_punch(log_at("09:00"), by=boss, why="x")
    twin = Correction.objects.get(pk=made.pk)
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
    PendingDay.objects.all().delete()
    with pytest.raises(exceptions.AlreadyCorrected):
        void_punch(log_at("09:00"), by=boss, why="x")
    assert not PendingDay.objects.exists()


def test_an_error_of_the_database_that_is_no_second_correction_is_not_hidden(boss: Any) -> None:
    _, asha = a_day()
    lost = device("Lost")
    unmade = Correction(
        user=asha, kind="add", at=moment("09:00"), device=lost, why=None, stands_for="x", made_at=moment("10:00")
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        correct.store_correction(unmade)


def test_a_site_in_another_zone_than_its_terminals_reckons_the_day_by_them(boss: Any) -> None:
    gate = device(timezone="Asia/Kathmandu" if str(ZONE) != "Asia/Kathmandu" else "UTC")
    _, asha = a_day("09:00", where=gate)
    before = our_rows()
    early = datetime(2024, 1, 8, 0, 30, tzinfo=gate.zone)

    made = add_punch(asha.pk, early, by=boss, why="x")
    derive_pending()

    row = ProcessedAttendance.objects.get()
    assert (row.date, row.check_in, row.check_out) == (MONDAY, early, datetime(2024, 1, 8, 9, tzinfo=gate.zone))
    assert explain(asha.pk, MONDAY).zone == gate.timezone
    undo_correction(made.pk, by=boss)
    derive_pending()
    assert our_rows() == before


def test_the_zone_of_a_day_is_not_that_of_a_voided_punch_unless_there_is_no_other(boss: Any) -> None:
    far = device("Far", timezone="Pacific/Auckland")
    gate, asha = a_day("09:00")
    mapped(far, "7", asha)
    punched(far, ("7", at("10:00")))
    derive_pending()
    assert explain(asha.pk, MONDAY).zone == "Pacific/Auckland"
    void_punch(log_at("10:00"), by=boss, why="her card was abroad")
    derive_pending()
    assert explain(asha.pk, MONDAY).zone == gate.timezone
    assert day_of(asha) == ("09:00", "", 1)
    void_punch(log_at("09:00"), by=boss, why="x")
    assert explain(asha.pk, MONDAY).zone == "Pacific/Auckland"


def test_a_terminal_said_to_hang_in_another_zone_takes_the_corrected_days_along(boss: Any) -> None:
    gate, asha = device(timezone="UTC"), employee("7")
    add_punch(asha.pk, datetime(2024, 1, 8, 20, tzinfo=UTC), device=gate, by=boss, why="x")
    derive_pending()
    assert ProcessedAttendance.objects.get().date == MONDAY
    gate.timezone = "Asia/Kathmandu"
    gate.save()
    apply_time_zone(gate)
    derive_pending()
    assert [(row.date, row.check_in) for row in ProcessedAttendance.objects.exclude(check_in=None)] == [
        (TUESDAY, datetime(2024, 1, 8, 20, tzinfo=UTC))
    ]


def test_what_a_wall_shows_is_an_instant_and_a_skipped_hour_is_none() -> None:
    gate = device(timezone="America/New_York")
    assert instant_from_clock(at("09:00"), gate) == datetime(2024, 1, 8, 14, tzinfo=UTC)
    assert instant_from_clock(at("09:00"), None) == moment("09:00")
    autumn = datetime(2024, 11, 3, 1, 30)
    assert instant_from_clock(autumn, gate, fold=1) - instant_from_clock(autumn, gate) == HOUR
    for never, words in ((datetime(2024, 3, 10, 2, 30), "never showed it"), (datetime(1, 1, 1), "of that year")):
        with pytest.raises(exceptions.InstantInvalid, match=words):
            instant_from_clock(never, gate)


def test_many_corrections_cost_the_queries_of_one(boss: Any) -> None:
    gate, asha = a_day(*[f"{hour:02}:{minute:02}" for hour in (9, 10, 11) for minute in (0, 10, 20, 30)])
    counts = []
    for many in (1, 6):
        for pk in list(ESSLAttendanceLog.objects.filter(corrections=None).values_list("pk", flat=True))[:many]:
            void_punch(pk, by=boss, why="x")
            add_punch(asha.pk, moment("12:00") + timedelta(minutes=pk), device=gate, by=boss, why="x")
        derive_pending()
        with CaptureQueriesContext(connection) as deriving:
            derive({(asha.pk, MONDAY)})
        with CaptureQueriesContext(connection) as explaining:
            explain(asha.pk, MONDAY)
        about = [query for query in deriving.captured_queries if "attendance_devices_correction" in query["sql"]]
        counts.append((len(about), len(deriving), len(explaining)))
    assert counts[0] == counts[1]


def test_a_dry_run_shows_what_a_correction_will_change_in_the_crm(boss: Any) -> None:
    gate, asha = a_day("09:00")
    post(since=MONDAY)
    add_punch(asha.pk, moment("17:00"), device=gate, by=boss, why="forgot")

    with nothing_is_written():
        found = preview([], fetch=True, map_people=False, create=False, since=MONDAY)

    (plan,) = found.posting.rows
    assert plan.row.check_out == moment("17:00")


def test_why_tells_of_corrections_that_stand_and_of_those_undone(boss: Any) -> None:
    gate, asha = a_day("09:00", "17:00")
    undone = void_punch(log_at("09:00"), by=boss, why="a mistake")
    undo_correction(undone.pk, by=boss)
    made = add_punch(asha.pk, moment("18:00"), punch_type="out", device=gate, by=boss, why="forgot")

    first, second = explain(asha.pk, MONDAY).corrections

    assert (first.key, first.kind, first.log, first.why, first.undone_by) == (
        undone.pk,
        "void",
        log_at("09:00"),
        "a mistake",
        "boss",
    )
    assert (second.key, second.at, second.was_at, second.place) == (made.pk, moment("18:00"), None, "Gate")
    assert second.undone_at is None


def test_a_voided_punch_that_no_shift_takes_is_not_said_to_be_left_over(boss: Any) -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    shift = Shift.objects.create(
        name="day", start="09:00", end="17:00", weekdays="0123456", margin_before_minutes=60, margin_after_minutes=60
    )
    ShiftAssignment.objects.create(user=asha, shift=shift, date_from=MONDAY - timedelta(days=9))
    punched(gate, ("7", at("09:00")), ("7", at("21:00")))
    assert [tap.at for tap in explain(asha.pk, MONDAY).unassigned] == [moment("21:00")]

    made = void_punch(log_at("21:00"), by=boss, why="x")

    found = explain(asha.pk, MONDAY)
    assert found.unassigned == []
    assert [one.key for one in found.corrections] == [made.pk]


class AnyCorrections(TestCase):
    """Whatever is corrected in whatever order, the rows depend on what stands, and undone it was never."""

    @settings(max_examples=examples(8), suppress_health_check=[HealthCheck.too_slow])
    @given(
        seconds=st.lists(st.integers(0, 3 * 86_400), min_size=1, max_size=8, unique=True),
        nights=st.booleans(),
        abroad=st.sampled_from(["Europe/Dublin", "Pacific/Auckland", "Asia/Kathmandu"]),
        data=st.data(),
    )
    def test_any_corrections_give_the_rows_of_all_days_derived_again(
        self, seconds: list[int], nights: bool, abroad: str, data: st.DataObject
    ) -> None:
        boss = get_user_model().objects.create_superuser(username="boss", password="x")
        walls, asha = [device("North"), device("South", timezone=abroad)], employee("7")
        for wall in walls:
            mapped(wall, "7", asha)
        if nights:
            night_shift(asha)
        for offset in seconds:
            punched(walls[offset % 2], ("7", at("00:00") + timedelta(seconds=offset)))
        derive_pending()
        everything = {(asha.pk, MONDAY + timedelta(days=number)) for number in range(-5, 9)}
        derive(everything)
        before, told = our_rows(), raw()
        moments = st.integers(-2 * 86_400, 5 * 86_400).map(lambda offset: moment("00:00") + timedelta(seconds=offset))
        made = []
        for log in data.draw(st.lists(st.sampled_from(list(ESSLAttendanceLog.objects.all())), max_size=4, unique=True)):
            when = data.draw(st.none() | moments)
            how = {"by": boss, "why": "x"}
            made.append(change_punch(log.pk, at=when, punch_type="in", **how) if when else void_punch(log.pk, **how))
        for when in data.draw(st.lists(moments, max_size=3, unique=True)):
            made.append(add_punch(asha.pk, when, device=data.draw(st.sampled_from([None, *walls])), by=boss, why="x"))
            if data.draw(st.booleans()):
                derive_pending()
        derive_pending()

        corrected, again = our_rows(), derive(everything)
        assert (again.created, again.changed, again.removed) == (0, 0, 0), "the touched days were enough"
        ProcessedAttendance.objects.all().delete()
        derive(everything)
        assert our_rows() == corrected
        for row in data.draw(st.permutations(made)):
            undo_correction(row.pk, by=boss)
            if data.draw(st.booleans()):
                derive_pending()
        derive_pending()
        assert our_rows() == before
        assert raw() == told

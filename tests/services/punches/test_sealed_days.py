"""Days whose punches are no longer kept: what comes late, what a person may still do, and what "why?" says.

Covers: services/explanations/sealed.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.domain.punches.instants import Review
from attendance_devices.domain.punches.retention import HeldBack
from attendance_devices.domain.review.items import ItemKind
from attendance_devices.exceptions import DaySealed
from attendance_devices.management.output.explanation import why_lines, why_values
from attendance_devices.management.output.text import OutputNames
from attendance_devices.models import DeviceUser, ESSLAttendanceLog, PendingDay, SealedDay, Shift
from attendance_devices.services.corrections.correct import add_punch, change_punch, undo_correction, void_punch
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.retention.clean_up import clean_up
from attendance_devices.services.review.decide import decide_item
from attendance_devices.services.review.inbox.items import inbox
from tests.builders.crm import MONDAY, ZONE, at, days, device, employee, mapped, punched, setting
from tests.builders.old_days import TUESDAY, came, standing, told, worked
from tests.builders.staff import works

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=30)


@pytest.fixture
def boss() -> Any:
    return get_user_model().objects.create_superuser(username="boss", password="x")


def why(user: Any, day: Any = MONDAY) -> list[str]:
    return list(why_lines(explain(user.pk, day), OutputNames()))


class TestAPunchThatComesTooLate:
    @pytest.fixture
    def asha(self) -> Any:
        gate, user = worked(MONDAY)
        clean_up()
        before = standing()
        punched(gate, ("7", at("18:00")))
        told(gate)
        assert standing() == before
        return user

    def test_is_stored_and_waits_for_a_person(self, asha: Any) -> None:
        log = ESSLAttendanceLog.objects.get()

        assert (log.device_time, log.review) == (at("18:00"), Review.SEALED_DAY)

    def test_is_named_by_why(self, asha: Any) -> None:
        (line,) = (one for one in why(asha) if "18:00:00" in one)

        assert "too-late: reached us at" in line
        assert "it counts for no day" in line

    def test_is_in_the_inbox_until_somebody_has_seen_it(self, asha: Any, boss: Any) -> None:
        found = inbox()
        (item,) = found.items
        assert (item.kind, item.date, found.total) == (ItemKind.CLOCK, MONDAY, 1)
        assert "no longer kept" in item.happened and "by hand" in item.otherwise
        assert [action.label for action in item.actions] == ["Seen"]

        said = decide_item(item.key, "accept", by=boss)

        assert "counts for no day" in said
        assert inbox().total == 0
        assert not PendingDay.objects.exists()

    def test_does_not_make_other_days_doubtful(self, asha: Any) -> None:
        assert clean_up().held == {HeldBack.REVIEW: 1}, "it is itself held back until somebody has seen it"
        works()
        assert "waits for a person" not in " ".join(why(asha, datetime.now(ZONE).date() - ONE_DAY))

    def test_goes_once_it_was_seen(self, asha: Any, boss: Any) -> None:
        (item,) = inbox().items
        decide_item(item.key, "accept", by=boss)

        assert clean_up().punches == 1
        assert not ESSLAttendanceLog.objects.exists()


def test_punches_of_yesterday_are_not_asked_about() -> None:
    gate, _ = worked(MONDAY)
    clean_up()
    recent = datetime.now(ZONE).replace(tzinfo=None, microsecond=0) - timedelta(hours=11)

    with CaptureQueriesContext(connection) as queries:
        punched(gate, ("7", recent))

    assert not any("sealedday" in query["sql"] for query in queries)


def test_a_late_punch_of_a_day_that_is_not_sealed_counts_as_ever() -> None:
    gate, asha = worked(MONDAY)
    clean_up()
    came(gate, "7", MONDAY + 3 * ONE_DAY)
    told(gate)

    assert [row[1] for row in standing()[1]] == [MONDAY, MONDAY + 3 * ONE_DAY]
    assert not ESSLAttendanceLog.objects.exclude(review="").exists()
    assert asha is not None


def test_a_punch_that_gets_its_employee_too_late_waits_too() -> None:
    gate, asha = worked(MONDAY)
    clean_up()
    came(gate, "70", MONDAY, MONDAY + 3 * ONE_DAY, clocks=["12:00"])
    other = DeviceUser.objects.get(device_user_id="70")

    assign(other, asha.pk, by="boss")

    logs = ESSLAttendanceLog.objects.order_by("device_time").values_list("user", "review")
    assert list(logs) == [(asha.pk, Review.SEALED_DAY), (asha.pk, "")]


def test_a_late_punch_that_waits_holds_no_other_day_back() -> None:
    gate, asha = worked(MONDAY, TUESDAY)
    PendingDay.objects.create(user=asha, date=TUESDAY + 2 * ONE_DAY)
    assert clean_up().days == 1
    punched(gate, ("7", at("18:00")))
    told(gate)

    done = clean_up()

    assert (done.days, done.punches, done.held) == (1, 2, {HeldBack.REVIEW: 1})


class TestWhy:
    def test_tells_times_by_the_clock_that_showed_the_punches(self) -> None:
        gate, asha = worked(MONDAY, timezone="Asia/Karachi")
        mapped(device("West", timezone="America/New_York"), "7", asha)
        kept = explain(asha.pk, MONDAY).zone
        clean_up()

        assert explain(asha.pk, MONDAY).zone == kept == "Asia/Karachi" == gate.timezone

    def test_tells_the_row_as_it_stands_and_since_when(self) -> None:
        works("10:00-16:00")
        _, asha = worked(MONDAY)
        before = why(asha)
        clean_up()

        said = why(asha)

        assert said[0] == before[0], "what the day is called"
        assert "no longer kept since" in said[1]
        assert "Worked: 8 h, as it was reckoned" in said
        assert "Overtime: 1 h, as it was reckoned" in " ".join(said) or "Overtime:" in " ".join(said)
        assert any(line.startswith("CRM row:") and "posting: create" in line for line in said)
        assert not any("no punch" in line.lower() for line in said)

    def test_tells_machines_the_same(self) -> None:
        _, asha = worked(MONDAY)
        kept = why_values(explain(asha.pk, MONDAY))
        clean_up()

        said = why_values(explain(asha.pk, MONDAY))

        assert kept["sealed_at"] is None
        assert said["sealed_at"] == SealedDay.objects.get(date=MONDAY).at
        assert {name: said[name] for name in ("status", "check_in", "check_out")} == {
            name: kept[name] for name in ("status", "check_in", "check_out")
        }
        assert said["figures"]["worked"]["seconds"] == 8 * 3600
        assert said["punches"] == []

    def test_tells_the_punches_that_are_left_of_a_day_beside_it(self) -> None:
        _, asha = worked(MONDAY, TUESDAY)
        PendingDay.objects.create(user=asha, date=TUESDAY + 2 * ONE_DAY)
        assert clean_up().days == 1

        uses = explain(asha.pk, TUESDAY).work_day.uses

        assert [use.role for use in uses] == [PunchRole.CHECK_IN, PunchRole.CHECK_OUT]

    def test_of_a_day_without_a_row_tells_nothing_else(self) -> None:
        _, asha = worked(MONDAY)
        clean_up()

        assert "no longer kept" in why(asha, TUESDAY)[1]
        assert explain(asha.pk, TUESDAY).work_day.status is None

    def test_tells_the_row_of_a_shift_that_has_another_name_now(self) -> None:
        works("10:00-16:00")
        _, asha = worked(MONDAY)
        clean_up()
        Shift.objects.update(name="New")

        assert explain(asha.pk, MONDAY).work_day.shift.name == "10:00-16:00"
        assert explain(asha.pk, MONDAY).work_day.check_in is not None


class TestACorrection:
    @pytest.fixture
    def asha(self) -> Any:
        _, user = worked(MONDAY, TUESDAY)
        PendingDay.objects.create(user=user, date=TUESDAY + 2 * ONE_DAY)
        assert clean_up().days == 1
        derive_pending()
        return user

    def test_of_a_day_that_stands_is_refused(self, asha: Any, boss: Any) -> None:
        log = ESSLAttendanceLog.objects.order_by("pk")[0]
        moment = at("12:00").replace(tzinfo=ZONE)
        asked = (
            lambda: add_punch(asha.pk, moment, by=boss, why="forgot"),
            lambda: void_punch(log.pk, by=boss, why="a test"),
            lambda: change_punch(log.pk, at=moment + 5 * ONE_DAY, by=boss, why="late"),
        )
        for one in asked:
            with pytest.raises(DaySealed, match="no longer kept"):
                one()

        assert not PendingDay.objects.exists()

    def test_of_the_next_day_is_made(self, asha: Any, boss: Any) -> None:
        moment = at("12:00", MONDAY + 3 * ONE_DAY).replace(tzinfo=ZONE)

        add_punch(asha.pk, moment, by=boss, why="forgot")

        assert PendingDay.objects.filter(date=MONDAY + 3 * ONE_DAY).exists()

    def test_cannot_be_undone_any_more(self, boss: Any) -> None:
        _, asha = worked(MONDAY)
        made = add_punch(asha.pk, at("18:00").replace(tzinfo=ZONE), by=boss, why="forgot")
        told()
        assert clean_up().days == 1

        with pytest.raises(DaySealed):
            undo_correction(made.pk, by=boss)

        made.refresh_from_db()
        assert made.undone_at is None

    def test_of_a_lost_clock_is_judged_by_the_true_time_alone(self, boss: Any) -> None:
        gate, asha = worked(MONDAY)
        clean_up()
        came(gate, "7", datetime(2000, 1, 2).date(), clocks=["09:00"])
        SealedDay.objects.create(user=asha, date=datetime(2000, 1, 2).date(), at=datetime.now(UTC))
        log = ESSLAttendanceLog.objects.get()

        change_punch(log.pk, at=at("09:00", MONDAY + 9 * ONE_DAY).replace(tzinfo=ZONE), by=boss, why="lost its power")

        assert PendingDay.objects.filter(date=MONDAY + 9 * ONE_DAY).exists()


def test_the_log_names_a_few_of_many_days(caplog: pytest.LogCaptureFixture) -> None:
    gate, asha = worked(*days(9))
    clean_up()
    came(gate, "7", *days(9), clocks=["12:00"])

    with caplog.at_level(logging.WARNING):
        derive_pending()

    (said,) = (record.getMessage() for record in caplog.records if "no longer kept" in record.getMessage())
    assert f"user {asha.pk} on {MONDAY}" in said
    assert "and 6 more" in said


def test_nobody_else_s_day_is_sealed() -> None:
    gate, _ = worked(MONDAY)
    bilal = employee("8")
    mapped(gate, "8", bilal)
    clean_up()
    came(gate, "8", MONDAY)
    told(gate)

    assert len(standing()[1]) == 2

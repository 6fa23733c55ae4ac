"""Which old punches may go, and what holds them back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.punches.instants import Review
from attendance_devices.domain.punches.retention import CleanedUp, HeldBack, last_to_go
from attendance_devices.models import Correction, Device, DeviceUser, ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.retention.clean_up import clean_up
from tests.builders.crm import MONDAY, at, crm_rows, days, device, employee, host, mapped, setting
from tests.builders.failing_hosts import ClosedMonday
from tests.builders.old_days import TUESDAY, WEDNESDAY, came, it_is, kept, told, worked

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
KEEP = 30


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=KEEP)


def rows(day: date) -> Any:
    return ProcessedAttendance.objects.filter(date=day)


def log(day: date) -> ESSLAttendanceLog:
    found = ESSLAttendanceLog.objects.filter(device_time=at("09:00", day)).first()
    assert found is not None
    return found


def corrected(day: date, **more: Any) -> None:
    one = log(day)
    Correction.objects.create(
        user_id=one.user_id, kind="change", log=one, punch_type="in", made_at=datetime.now(UTC), **more
    )


def doubted(day: date) -> None:
    ESSLAttendanceLog.objects.filter(pk=log(day).pk).update(review=Review.SKIPPED_HOUR)


def a_lost_clock() -> None:
    """A punch of the year 2000, received on Monday, waits."""
    gate = Device.objects.get()
    came(gate, "7", date(2000, 1, 2), clocks=["09:00"])
    derive_pending()
    ESSLAttendanceLog.objects.filter(device_time__lt=at("00:00", date(2005, 1, 1))).update(
        received_at=at("12:00", MONDAY).replace(tzinfo=UTC)
    )


HOLDS: dict[str, tuple[HeldBack, Callable[[], object]]] = {
    "the day waits to be derived": (
        HeldBack.PENDING,
        lambda: PendingDay.objects.create(user_id=log(MONDAY).user_id, date=MONDAY),
    ),
    "a day beside it waits to be derived": (
        HeldBack.PENDING,
        lambda: PendingDay.objects.create(user_id=log(MONDAY).user_id, date=MONDAY + 2 * ONE_DAY),
    ),
    "the CRM was not told of it": (HeldBack.UNTOLD, lambda: rows(MONDAY).update(posting_state=PostAction.NEW)),
    "the CRM refused its row": (HeldBack.UNTOLD, lambda: rows(MONDAY).update(posting_state=PostAction.FAILED)),
    "the day was locked when it was to be told": (
        HeldBack.UNTOLD,
        lambda: rows(MONDAY).update(posting_state=PostAction.LOCKED),
    ),
    "its automatic check-out is to come": (
        HeldBack.OPEN,
        lambda: rows(MONDAY).update(auto_out_due=datetime.now(UTC) + ONE_DAY),
    ),
    "one of its punches waits for a look": (HeldBack.REVIEW, lambda: doubted(MONDAY)),
    "a punch with a lost clock was received then": (HeldBack.REVIEW, a_lost_clock),
}


@pytest.mark.parametrize(("why", "hold"), HOLDS.values(), ids=HOLDS)
def test_punches_stay_as_long_as(why: HeldBack, hold: Callable[[], object]) -> None:
    worked(MONDAY, MONDAY + 9 * ONE_DAY)
    hold()
    before = len(kept())

    done = clean_up()

    assert done.days == 1, "the other day is another matter"
    assert len(kept()) == before - 2
    assert why in done.held and {one.date for one in done.examples[why]} <= {MONDAY, date(2000, 1, 2)}


class TestATerminalThatListsThePerson:
    @pytest.mark.parametrize("until", [None, at("12:00", MONDAY + 2 * ONE_DAY)], ids=["never read", "read too early"])
    def test_has_to_be_read_past_the_days_beside_it(self, until: datetime | None) -> None:
        worked(MONDAY)
        Device.objects.update(last_sync=until and until.replace(tzinfo=UTC))

        done = clean_up()

        assert (done.punches, done.held) == (0, {HeldBack.UNREAD: 2})
        assert done.examples[HeldBack.UNREAD][0].words == "Gate was not read since"

    @pytest.mark.parametrize("is_active", [False, True], ids=["is switched off", "never told anything"])
    def test_holds_nothing_back_if_it(self, is_active: bool) -> None:
        _, asha = worked(MONDAY)
        silent = device("Silent", is_active=is_active)
        mapped(silent, "7", asha)
        came(silent, "stranger", *([] if is_active else [MONDAY]))

        assert clean_up().punches == 2

    def test_holds_nothing_back_of_the_time_before_it_was_there(self) -> None:
        _, asha = worked(MONDAY)
        new = device("New")
        mapped(new, "7", asha)
        came(new, "stranger", MONDAY + 9 * ONE_DAY)

        assert clean_up().punches == 2

    def test_holds_back_if_it_told_of_that_time_and_was_silent_since(self) -> None:
        _, asha = worked(MONDAY)
        other = device("Other", last_sync=at("12:00", MONDAY).replace(tzinfo=UTC))
        mapped(other, "7", asha)
        came(other, "stranger", MONDAY - ONE_DAY)

        assert clean_up().held[HeldBack.UNREAD] == 2


@pytest.mark.parametrize(
    "state", [PostAction.CREATE, PostAction.CHANGE, PostAction.UNCHANGED, PostAction.KEPT, PostAction.SKIPPED]
)
def test_punches_go_once_the_crm_knows_of_their_day(state: PostAction) -> None:
    worked(MONDAY)
    rows(MONDAY).update(posting_state=state)

    assert clean_up().punches == 2


def test_a_day_two_days_off_holds_and_one_three_days_off_does_not() -> None:
    worked(*(MONDAY + number * ONE_DAY for number in (-3, -2, 0, 2, 3)))
    rows(MONDAY).update(posting_state=PostAction.FAILED)

    done = clean_up()

    assert sorted({shown.date() for shown in kept()}) == [MONDAY + number * ONE_DAY for number in (-2, 0, 2)]
    assert done.held == {HeldBack.UNTOLD: 6}


class TestALockedPeriod:
    def test_keeps_its_punches_and_those_beside_it(self, settings: Any) -> None:
        worked(MONDAY, WEDNESDAY, MONDAY + 3 * ONE_DAY)
        settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))

        done = clean_up()

        assert {shown.date() for shown in kept()} == {MONDAY, WEDNESDAY}
        assert done.held == {HeldBack.LOCKED: 4}
        assert "payroll of January is closed" in done.examples[HeldBack.LOCKED][0].words

    def test_lets_them_go_when_it_is_opened(self, settings: Any) -> None:
        worked(MONDAY)
        usual = settings.ATTENDANCE_DEVICES
        settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
        assert clean_up().punches == 0
        settings.ATTENDANCE_DEVICES = usual

        assert clean_up().punches == 2


def test_where_no_crm_takes_rows_a_derived_day_is_enough(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"KEEP_PUNCHES_DAYS": KEEP}
    worked(MONDAY)
    assert rows(MONDAY).get().posting_state == PostAction.NEW

    assert clean_up().punches == 2


class TestWhatAPersonSaid:
    def test_a_corrected_punch_stays_and_the_others_of_the_day_go(self) -> None:
        worked(MONDAY)
        corrected(MONDAY)

        done = clean_up()

        assert (done.punches, done.held) == (1, {HeldBack.CORRECTED: 1})
        assert kept() == [at("09:00")]

    def test_so_does_one_whose_correction_was_undone(self) -> None:
        worked(MONDAY)
        corrected(MONDAY, undone_at=datetime.now(UTC))

        assert clean_up().held == {HeldBack.CORRECTED: 1}

    def test_a_doubtful_punch_that_was_corrected_holds_nothing_back(self) -> None:
        worked(MONDAY)
        doubted(MONDAY)
        corrected(MONDAY)
        told(Device.objects.get())

        assert (clean_up().punches, kept()) == (1, [at("09:00")])


class TestPunchesOfNobody:
    def test_stay_until_somebody_says_who_it_is(self) -> None:
        gate, _ = worked(MONDAY)
        came(gate, "9", MONDAY, TUESDAY)

        done = clean_up()

        assert done.held == {HeldBack.UNMAPPED: 4}
        (example,) = done.examples[HeldBack.UNMAPPED]
        assert (example.employee, example.date, example.words) == ("", MONDAY, "user 9 of Gate")
        assert len(kept()) == 4

    def test_go_if_a_person_said_to_ignore_the_user(self) -> None:
        gate, _ = worked(MONDAY)
        DeviceUser.objects.create(device=gate, device_user_id="9", ignored=True)
        came(gate, "9", MONDAY, TUESDAY)

        done = clean_up()

        assert (done.ignored, done.held, kept()) == (4, {}, [])

    def test_of_an_ignored_user_stay_as_long_as_their_clock_is_doubted(self) -> None:
        gate, _ = worked(MONDAY)
        DeviceUser.objects.create(device=gate, device_user_id="9", ignored=True)
        came(gate, "9", MONDAY)
        doubtful = ESSLAttendanceLog.objects.filter(biometric_id="9").order_by("pk")[:1]
        ESSLAttendanceLog.objects.filter(pk__in=[one.pk for one in doubtful]).update(review=Review.FUTURE)

        done = clean_up()

        assert (done.ignored, done.held) == (1, {HeldBack.REVIEW: 1})

    def test_another_terminal_s_ignored_user_of_the_same_id_is_somebody_else(self) -> None:
        gate, _ = worked(MONDAY)
        DeviceUser.objects.create(device=device("Other"), device_user_id="9", ignored=True)
        came(gate, "9", MONDAY)

        assert clean_up().ignored == 0


def cleaned_at(moment: datetime) -> CleanedUp:
    with it_is(moment):
        return clean_up()


class TestTheBoundary:
    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Karachi", "UTC", "Pacific/Pago_Pago"])
    def test_is_midnight_by_the_clock_that_showed_the_punch(self, zone: str) -> None:
        worked(MONDAY, timezone=zone)
        over = (at("00:00") + timedelta(days=KEEP + 1)).replace(tzinfo=ZoneInfo(zone))

        assert cleaned_at(over - timedelta(seconds=1)).punches == 0
        assert len(kept()) == 2
        assert cleaned_at(over).punches == 2

    def test_of_a_day_at_two_terminals_is_the_later_one(self) -> None:
        east, asha = worked(MONDAY, name="East", timezone="Pacific/Kiritimati")
        west = device("West", timezone="Pacific/Pago_Pago")
        mapped(west, "7", asha)
        came(west, "7", MONDAY, clocks=["12:00"])
        told(east, west)
        over = (at("00:00") + timedelta(days=KEEP + 1)).replace(tzinfo=ZoneInfo("Pacific/Pago_Pago"))

        early = cleaned_at(over - timedelta(seconds=1))
        assert (early.punches, early.held, len(kept())) == (0, {}, 3)
        assert cleaned_at(over).punches == 3

    def test_of_a_short_retention_leaves_the_days_in_which_people_may_still_be_at_work(self, settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=1)
        worked(*days(5))
        now = at("12:00", MONDAY + 6 * ONE_DAY).replace(tzinfo=UTC)

        cleaned_at(now)

        assert {shown.date() for shown in kept()} == set(days(5)[2:])
        assert last_to_go(now.date(), 1) == TUESDAY


def test_the_crm_is_as_it_was(settings: Any) -> None:
    worked(*days(3))
    employee("8")
    before = crm_rows()

    clean_up()

    assert crm_rows() == before != []

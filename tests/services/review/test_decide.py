"""A person decides about an item of the inbox.

Covers: services/review/actions/corrections, services/review/actions/decision, services/review/actions/people,
services/review/actions/rows, services/review/actions/requests.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.domain.review.items import Item, ItemAction, ItemKind
from attendance_devices.exceptions import (
    ActionNotAllowed,
    ActionNotOffered,
    HostError,
    InboxError,
    InputMissing,
    InstantInvalid,
    ItemClosed,
    NotSettled,
)
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import (
    Acknowledgement,
    Correction,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    ProcessedAttendance,
    QuarantinedRecord,
)
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.corrections.accept import accept_punches
from attendance_devices.services.corrections.correct import add_punch, void_punch
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.posting.post import post
from attendance_devices.services.punches.store import receipt_now, store
from attendance_devices.services.review.actions.decision import ItemDecision
from attendance_devices.services.review.actions.people import map_person
from attendance_devices.services.review.actions.rows import accept_clock, compare_again, read_again
from attendance_devices.services.review.decide import WAYS, decide_item, may_decide
from attendance_devices.services.review.inbox.items import find_item, inbox
from attendance_devices.simulators.zkteco import SimulatedPunch
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    crm_rows,
    device,
    edit,
    employee,
    host,
    mapped,
    nothing_is_written,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
)
from tests.builders.day_rules import works
from tests.builders.decisions import clock, edited, only, outlier, stranger
from tests.builders.failing_hosts import ClosedMonday, FailsOnTuesday, worked
from tests.builders.inbox import boss, day_of, early, logs, moment

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
FEBRUARY_31 = (26 * 372 + 31 + 30) * 86400
TOLD = "The next run, or process_attendance, tells the CRM."
LATER = "The next run, or process_attendance, brings the days up to date."


class NoAccounts(DeclaredHost):
    """A CRM that takes nobody new."""

    def create_employee(self, account: Any) -> str:
        raise HostError("the account", "the CRM refused it")


def test_a_clock_that_was_right_counts() -> None:
    item = clock()

    assert (
        decide_item(item.key, "accept", by=boss())
        == f"The punch of Asha Nair (asha) at Gate counts as the clock said. {LATER}"
    )

    assert ESSLAttendanceLog.objects.get().review == ""
    derive_pending()
    assert ProcessedAttendance.objects.get().date.year == 2099


def test_a_clock_that_was_wrong_counts_at_the_time_that_is_given() -> None:
    item, by = clock(), boss()

    done = decide_item(item.key, "correct", by=by, at=at("09:00").replace(tzinfo=ZONE), why="asked her")

    assert done == f"The punch of Asha Nair (asha) at Gate counts at 2024-01-08 09:00:00. {LATER}"
    row = Correction.objects.get()
    assert (row.kind, row.why, row.made_by_name) == ("change", "asked her", "boss")
    derive_pending()
    (day,) = ProcessedAttendance.objects.all()
    assert (day.date, day.check_in) == (MONDAY, at("09:00").replace(tzinfo=ZONE))
    assert find_item(item.key) is None
    with pytest.raises(ItemClosed):
        decide_item(item.key, "void", by=by, why="again")


def test_a_clock_that_was_measured_counts_at_the_time_that_is_proposed() -> None:
    ahead = timedelta(days=9_000, microseconds=300_000)
    gate = device(clock_drift=ahead, last_seen=moment(40))
    logs(gate, (moment(10) + timedelta(days=9_000), moment(15), "future"), user=employee("7"))

    decide_item(only(ItemKind.CLOCK).key, "correct", by=boss(), why="the clock was wrong")

    at = Correction.objects.get().moment
    assert abs(at - moment(10)) <= timedelta(seconds=1) and not at.microsecond


def test_a_punch_that_is_none_never_counts() -> None:
    item = clock()

    assert (
        decide_item(item.key, "void", by=boss(), why="a test")
        == f"The punch of Asha Nair (asha) at Gate does not count. {LATER}"
    )

    derive_pending()
    assert not ProcessedAttendance.objects.exists()
    assert (inbox().total, ESSLAttendanceLog.objects.count()) == (0, 1)


@pytest.mark.parametrize("given", [datetime(2999, 1, 1, tzinfo=ZONE), datetime(1999, 1, 1, tzinfo=ZONE)])
def test_a_time_at_which_nobody_can_have_punched_is_refused(given: datetime) -> None:
    item, by = clock(), boss()

    with nothing_is_really_written(), pytest.raises(InstantInvalid):
        decide_item(item.key, "correct", by=by, at=given, why="w")


def test_a_missing_check_out_is_added_and_the_day_is_whole_at_once() -> None:
    gate, asha = worked(MONDAY, clocks=("09:00",))
    item, by = only(ItemKind.MISSING_CHECK), boss()

    done = decide_item(item.key, "add_punch", by=by, at=at("17:30").replace(tzinfo=ZONE), why="forgot the card")

    assert done == f"A punch at 2024-01-08 17:30:00 was added for {asha.username}, Monday 2024-01-08. {TOLD}"
    (day,) = ProcessedAttendance.objects.all()
    assert (day.check_out, day.worked) == (at("17:30").replace(tzinfo=ZONE), timedelta(hours=8, minutes=30))
    assert Correction.objects.get().device == gate
    assert inbox().total == 0
    with pytest.raises(ItemClosed):
        decide_item(item.key, "add_punch", by=by, at=at("17:31").replace(tzinfo=ZONE), why="forgot the card")


def test_a_missing_check_in_is_added_as_a_check_in() -> None:
    asha = employee("7")
    works(asha, "day", "09:00", "17:00", pairing="by_state")
    gate = device()
    mapped(gate, "7", asha)
    punch = Punch(biometric_id="7", device_time=at("17:00"), punch_type="out")
    store(gate, Batch(punches=[punch], cursor={}), receipt_now("poll"))
    derive_pending()
    item = only(ItemKind.MISSING_CHECK)
    assert "there is no check-in" in item.happened

    decide_item(item.key, "add_punch", by=boss(), at=at("09:00").replace(tzinfo=ZONE), why="forgot the card")

    assert (ProcessedAttendance.objects.get().status, inbox().total) == ("present", 0)


def test_a_punch_that_does_not_close_the_day_says_so() -> None:
    worked(MONDAY, clocks=("09:00",))
    item, by = only(ItemKind.MISSING_CHECK), boss()

    with nothing_is_really_written(), pytest.raises(InputMissing, match="would not complete the day"):
        decide_item(
            item.key, "add_punch", by=by, at=at("17:30", TUESDAY + timedelta(days=9)).replace(tzinfo=ZONE), why="w"
        )
    assert find_item(item.key) == item


def too_early(*clocks: str) -> Item:
    """Somebody whose check-in is long before the shift."""
    early(clocks or ("05:00", "09:00", "17:00"))
    return only(ItemKind.OUTLIER)


def test_a_check_in_that_was_none_is_voided_and_the_day_is_right_at_once() -> None:
    item, by = too_early(), boss()

    done = decide_item(item.key, "void", by=by, why="a lent card")

    assert done == f"The check-in at 05:00:00 (Gate 1) of asha, Monday 2024-01-08 (day) does not count. {TOLD}"
    row = Correction.objects.get()
    assert (row.kind, row.why, row.made_by_name) == ("void", "a lent card", "boss")
    assert row.log == ESSLAttendanceLog.objects.earliest("punch_time")
    (day,) = ProcessedAttendance.objects.all()
    assert (day.check_in, day.is_outlier) == (at("09:00").replace(tzinfo=ZONE), False)
    assert inbox().total == 0
    with pytest.raises(ItemClosed):
        decide_item(item.key, "void", by=by, why="again")


def test_a_check_in_counts_at_the_time_that_is_given_and_the_day_is_right_at_once() -> None:
    item, by = too_early("05:00", "17:00"), boss()
    with pytest.raises(InputMissing, match="correct needs at"):
        decide_item(item.key, "correct", by=by, why="w")

    done = decide_item(item.key, "correct", by=by, at=at("08:50").replace(tzinfo=ZONE), why="the clock was wrong")

    assert done == (
        f"The check-in at 05:00:00 (Gate 1) of asha, Monday 2024-01-08 (day) counts at 2024-01-08 08:50:00. {TOLD}"
    )
    assert ProcessedAttendance.objects.get().check_in == at("08:50").replace(tzinfo=ZONE)
    assert (Correction.objects.get().kind, inbox().total) == ("change", 0)


def test_a_check_out_of_the_second_shift_is_voided_in_that_shift() -> None:
    asha = employee("7", username="asha")
    works(asha, "early", "08:00", "11:00")
    works(asha, "late", "13:00", "15:00", outlier_out_late_minutes=60)
    worked(MONDAY, user=asha, clocks=("08:00", "11:00", "13:00", "15:00", "18:00"))
    item = only(ItemKind.OUTLIER)
    assert item.key.endswith(":late")

    assert decide_item(item.key, "void", by=boss(), why="w").startswith("The check-out at 18:00:00 (Gate 1) of asha, ")

    days = ProcessedAttendance.objects.order_by("check_in")
    assert [day.check_out for day in days] == [at(clock).replace(tzinfo=ZONE) for clock in ("11:00", "15:00")]
    assert inbox().total == 0


def test_a_day_that_is_an_outlier_all_the_same_says_so_and_the_next_punch_can_be_voided() -> None:
    item, by = too_early("05:00", "06:00", "17:00"), boss()

    done = decide_item(item.key, "void", by=by, why="w")

    assert "The day is an outlier all the same: check-in 3:00:00 before the start" in done
    assert find_item(item.key) != item
    decide_item(item.key, "void", by=by, why="w")
    row = ProcessedAttendance.objects.get()
    assert (row.status, row.check_in, row.check_out) == ("missing_check_in", None, at("17:00").replace(tzinfo=ZONE))
    assert not row.is_outlier, "one punch at the end of the shift is no check-in eight hours late"


def test_the_only_punch_of_a_day_can_be_voided_and_the_day_is_nothing() -> None:
    item = too_early("05:00")

    decide_item(item.key, "void", by=boss(), why="w")

    assert not ProcessedAttendance.objects.filter(punch_count__gt=0).exists()
    assert find_item(item.key) is None


def test_a_punch_that_nobody_saw_yet_is_not_voided() -> None:
    item, by = too_early(), boss()
    punched(Device.objects.get(), ("7", at("04:00")))

    with nothing_is_really_written(), pytest.raises(NotSettled, match=r"is not what the day says any more\. Run "):
        decide_item(item.key, "void", by=by, why="w")

    derive_pending()
    assert "The check-in at 04:00:00" in decide_item(item.key, "void", by=by, why="w")


def test_of_two_terminals_at_one_instant_only_the_named_one_is_voided() -> None:
    item, by = too_early("05:00", "09:00", "17:00"), boss()
    other = device("A door")
    mapped(other, "7", get_user_model()._base_manager.get(username="asha"))
    punched(other, ("7", at("05:00")))

    with pytest.raises(ItemClosed):
        decide_item("outlier:0:2024-01-08:day", "void", by=by, why="w")
    assert "The check-in at 05:00:00 (A door)" in decide_item(item.key, "void", by=by, why="w")

    assert [row.log.device for row in Correction.objects.select_related("log__device") if row.log] == [other]
    assert "(Gate 1)" in only(ItemKind.OUTLIER).actions[0].does


def test_a_punch_added_by_hand_at_the_very_instant_is_not_taken_for_the_one_of_the_terminal() -> None:
    item, by = too_early("05:00", "09:00", "17:00"), boss()
    add_punch(item.employee, at("05:00").replace(tzinfo=ZONE), by=by, why="w")
    derive_pending()
    named = only(ItemKind.OUTLIER)

    with nothing_is_really_written(), pytest.raises(NotSettled, match="explain_day"):
        decide_item(named.key, "void", by=by, why="w")
    assert Correction.objects.count() == 1


def test_a_terminal_that_is_out_of_use_or_was_renamed_still_has_its_punches_voided() -> None:
    item, by = too_early(), boss()
    Device.objects.update(is_active=False, name="Old gate")

    assert decide_item(item.key, "void", by=by, why="w").startswith("The check-in at 05:00:00 (Old gate) of asha, ")


def test_a_punch_that_was_corrected_meanwhile_by_another_door_is_not_offered_any_more() -> None:
    item, by = too_early(), boss()
    log = ESSLAttendanceLog.objects.earliest("punch_time")

    with meanwhile(lambda: void_punch(log.pk, by=by, why="first")), pytest.raises(ActionNotOffered):
        decide_item(item.key, "void", by=by, why="second")
    assert not Correction.objects.filter(why="second").exists()


def test_a_time_to_come_moves_no_check_in() -> None:
    item, by = too_early(), boss()

    with nothing_is_really_written(), pytest.raises(InstantInvalid):
        decide_item(item.key, "correct", by=by, at=datetime(2999, 1, 1, tzinfo=ZONE), why="w")


def test_who_may_not_correct_punches_may_not_void_the_end_of_a_day() -> None:
    item, helper = too_early(), employee("", username="helper")
    helper.user_permissions.add(Permission.objects.get(codename="add_acknowledgement"))

    with nothing_is_really_written(), pytest.raises(ActionNotAllowed, match="add_correction"):
        decide_item(item.key, "void", by=helper, why="w")
    decide_item(item.key, "acknowledge", by=helper, why="w")


def test_a_failed_row_that_somebody_knows_of_is_tried_again_all_the_same(settings: Any) -> None:
    usual = settings.ATTENDANCE_DEVICES
    worked(MONDAY, TUESDAY)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(FailsOnTuesday))
    post(since=MONDAY)
    item = only(ItemKind.FAILED)

    assert decide_item(item.key, "acknowledge", by=boss(), why="told them") == (
        f"{item.subject}: seen, and told no more unless its cause changes."
    )

    post(since=MONDAY)
    assert (inbox().total, len(crm_rows())) == (0, 1)
    settings.ATTENDANCE_DEVICES = usual
    post(since=MONDAY)
    assert len(crm_rows()) == 2


def test_who_may_not_correct_punches_may_not_do_it_here() -> None:
    item, helper = clock(), employee("", username="helper")
    helper.user_permissions.add(Permission.objects.get(codename="change_esslattendancelog"))

    assert {action.verb: may_decide(helper, action) for action in item.actions} == {
        ItemAction.CORRECT: False,
        ItemAction.ACCEPT: True,
        ItemAction.VOID: False,
    }


def test_an_unknown_person_is_somebody() -> None:
    item, asha = stranger(), employee("x", "Asha Nair", username="asha")

    done = decide_item(item.key, "map", by=boss(), employee=str(asha.pk), why="asked her")

    assert done == f"User 9 (Bilal Khan) of Gate is Asha Nair (asha) from now on, earlier punches included. {LATER}"
    user = DeviceUser.objects.get()
    assert (user.system_user_id, user.mapped_by, user.mapped_reason) == (asha.pk, "person", "by boss: asked her")
    assert ESSLAttendanceLog.objects.get().user_id == asha.pk
    assert inbox().total == 0


@pytest.mark.parametrize("key", ["nobody", "0", "9" * 30, "", None, "00000000-0000-0000-0000-000000000000"])
def test_nobody_can_be_mapped_to_somebody_who_is_not_there(key: Any) -> None:
    item, by = stranger(), boss()

    with nothing_is_really_written(), pytest.raises(InputMissing):
        decide_item(item.key, "map", by=by, employee=key)


def test_an_unknown_person_gets_an_account() -> None:
    item = stranger()

    done = decide_item(item.key, "create", by=boss())

    user = DeviceUser.objects.get()
    assert user.system_user is not None and not user.system_user.is_superuser and not user.system_user.is_staff
    assert (user.mapped_by, user.mapped_reason) == ("created", "account created by boss")
    assert done.startswith("User 9 (Bilal Khan) of Gate is ") and "a new account" in done
    assert ESSLAttendanceLog.objects.get().user_id == user.system_user_id


def test_no_second_account_is_made_for_somebody_whom_a_key_matches() -> None:
    item, bilal = stranger(), employee("9")
    by = boss()

    with nothing_is_really_written(), pytest.raises(NotSettled, match=f"primary key {bilal.pk}"):
        decide_item(item.key, "create", by=by)


def test_a_master_of_the_terminal_gets_no_account() -> None:
    item, by = stranger(), boss()
    DeviceUser.objects.update(privilege="admin")

    with nothing_is_really_written(), pytest.raises(NotSettled, match="no account is made"):
        decide_item(item.key, "create", by=by)


def test_an_account_that_the_crm_refuses_leaves_nothing_behind(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(NoAccounts))
    item, by = stranger(), boss()

    with nothing_is_really_written(), pytest.raises(HostError, match="the CRM refused it"):
        decide_item(item.key, "create", by=by)


def test_a_user_who_is_nobody_is_left_alone() -> None:
    item = stranger()

    assert decide_item(item.key, "ignore", by=boss(), why="test card").endswith(
        "is ignored from now on; the punches stay stored."
    )
    user = DeviceUser.objects.get()
    assert (user.ignored, user.mapped_reason) == (True, "ignored by boss: test card")
    assert inbox().total == 0


def test_what_was_seen_is_told_no_more_and_says_by_whom() -> None:
    item, by = outlier(), boss()

    done = decide_item(item.key, "acknowledge", by=by, why="  stock\0taking ")

    assert done == "asha, Monday 2024-01-08: seen, and told no more unless its cause changes."
    row = Acknowledgement.objects.get()
    assert (row.key, row.cause, row.by_id, row.by_name, row.why) == (item.key, item.cause, by.pk, "boss", "stocktaking")
    assert str(row) == f"{item.key} by boss"
    assert inbox().total == 0
    by.delete()
    assert Acknowledgement.objects.get().by_name == "boss", "the name outlives the account"


def test_what_came_back_can_be_seen_again() -> None:
    item, by = outlier(), boss()
    decide_item(item.key, "acknowledge", by=by, why="first")
    ProcessedAttendance.objects.update(outlier_reasons=["another"])

    decide_item(item.key, "acknowledge", by=by, why="second")

    assert [row.why for row in Acknowledgement.objects.all()] == ["second"]
    assert inbox().total == 0


def test_a_terminal_is_read_again_from_its_first_record() -> None:
    bad = SimulatedPunch(user_id="2", at=None, raw_time=FEBRUARY_31)
    by = boss()
    with on_the_wall(terminal(people(("7", "")), [*taps(("7", at("09:00"))), bad])) as gate:
        collect(gate.pk)
        ESSLAttendanceLog.objects.all().delete()
        item = only(ItemKind.QUARANTINE)
        done = decide_item(item.key, "read_again", by=by)

    assert done.startswith("Gate was read from its first record on: 1 new, 1 known, 0 more that could not be read.")
    assert find_item(item.key) is not None
    with pytest.raises(NotSettled, match="could not be read"):
        decide_item(item.key, "read_again", by=by)
    decide_item(item.key, "acknowledge", by=by, why="one record of 2026")
    assert QuarantinedRecord.objects.count() == 1


def test_a_row_that_failed_is_tried_again(settings: Any) -> None:
    usual = settings.ATTENDANCE_DEVICES
    worked(MONDAY, TUESDAY)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(FailsOnTuesday))
    post(since=MONDAY)
    item, by = only(ItemKind.FAILED), boss()

    with pytest.raises(NotSettled, match=r"the row was not written\. the row of Tuesday: the CRM refused it"):
        decide_item(item.key, "retry", by=by)
    settings.ATTENDANCE_DEVICES = usual
    assert decide_item(item.key, "retry", by=by).endswith(", Tuesday 2024-01-09: the CRM's row says what our day says.")
    assert [row[1] for row in crm_rows()] == [MONDAY, TUESDAY]
    with pytest.raises(ItemClosed):
        decide_item(item.key, "retry", by=by)


def test_a_crm_that_takes_no_rows_any_more_takes_no_failed_one(settings: Any) -> None:
    day_of(employee("7"), posting_state=PostAction.FAILED, posting_note="")
    settings.ATTENDANCE_DEVICES = {}

    with pytest.raises(NotSettled, match="the CRM takes no rows at the moment"):
        decide_item(only(ItemKind.FAILED).key, "retry", by=boss())


def test_a_failed_day_that_is_locked_by_now_says_so(settings: Any) -> None:
    worked(MONDAY)
    ProcessedAttendance.objects.update(posting_state=PostAction.FAILED)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))

    done = decide_item(only(ItemKind.FAILED).key, "retry", by=boss())

    assert done.endswith("the CRM's row is locked, payroll of January is closed.")


def test_an_edit_that_was_undone_lets_the_row_follow_us_again() -> None:
    item, asha = edited()
    by = boss()

    assert "the CRM's row is kept, edited by a person" in decide_item(item.key, "compare", by=by)
    assert only(ItemKind.CONFLICT) == item
    edit(asha, went="17:00")
    assert decide_item(item.key, "compare", by=by).endswith("the CRM's row says what our day says.")
    assert [row[2:] for row in crm_rows()] == [("09:00:00", "18:00:00")]
    assert inbox().total == 0


def test_a_key_of_nothing_is_closed() -> None:
    with pytest.raises(ItemClosed, match=r"clock:1: closed already, or there never was such an item\. Nothing to do"):
        decide_item("clock:1", "accept", by=boss())


def test_an_action_that_is_not_offered_is_refused_with_those_that_are() -> None:
    item = outlier()

    for verb in ("accept", "", "nonsense", "ACKNOWLEDGE"):
        with pytest.raises(ActionNotOffered, match="It offers: acknowledge"):
            decide_item(item.key, verb, by=boss() if verb == "accept" else AnonymousUser())


def test_without_a_reason_nothing_is_acknowledged() -> None:
    item, by = outlier(), boss()

    for why in ("", " \t\n", "\0"):
        with pytest.raises(InputMissing, match="acknowledge needs why"):
            decide_item(item.key, "acknowledge", by=by, why=why)


@pytest.mark.parametrize("verb", ["map", "create", "ignore"])
def test_who_may_not_do_it_is_told_which_permission_is_missing(verb: str) -> None:
    item, nobody, asha = stranger(), employee("", username="nobody"), employee("x")
    nobody.user_permissions.add(Permission.objects.get(codename="view_deviceuser"))
    with nothing_is_written():
        with pytest.raises(
            ActionNotAllowed, match=r"nobody has not the permission attendance_devices\.change_deviceuser"
        ):
            decide_item(item.key, verb, by=nobody, employee=asha.pk)
        with pytest.raises(ItemClosed):
            decide_item(item.key, verb, by=AnonymousUser(), employee=asha.pk)


def test_the_permissions_are_those_of_the_rows_and_of_accounts() -> None:
    item, helper = stranger(), employee("", username="helper")
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_deviceuser", "change_deviceuser"]))
    offered = {action.verb: may_decide(helper, action) for action in item.actions}

    assert offered == {ItemAction.MAP: True, ItemAction.CREATE: False, ItemAction.IGNORE: True}
    with pytest.raises(ActionNotAllowed, match=r"\.add_"):
        decide_item(item.key, "create", by=helper)
    decide_item(item.key, "ignore", by=helper)


def test_every_permission_that_is_asked_for_exists() -> None:
    known = {
        f"{row.content_type.app_label}.{row.codename}" for row in Permission.objects.select_related("content_type")
    }

    assert {name for way in WAYS.values() for name in way.permissions} - known == {"add account"}
    assert set(WAYS) == set(ItemAction)


def test_who_left_may_do_nothing() -> None:
    item, by = outlier(), boss()
    by.is_active = False
    by.save()

    with pytest.raises(ActionNotAllowed):
        decide_item(item.key, "acknowledge", by=by, why="late")


@contextmanager
def nothing_is_really_written() -> Iterator[None]:
    """The lock is a write that changes nothing."""
    before = _everything()
    yield
    assert _everything() == before


def _everything() -> list[Any]:
    tables = (get_user_model(), DeviceUser, ESSLAttendanceLog, ProcessedAttendance, Acknowledgement)
    return [sorted(table.objects.values_list(), key=str) for table in tables]


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Somebody else does this just before the lock is taken, after the item was looked at."""
    done = []

    def first(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not done and sql.startswith("UPDATE") and Device._meta.db_table in sql:
            done.append(True)
            act()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(first):
        yield
    assert done, "the lock was taken"


@pytest.mark.parametrize(
    ("make", "verb", "act"),
    [
        (clock, "accept", lambda: accept_punches(ESSLAttendanceLog.objects.values_list("pk", flat=True))),
        (stranger, "ignore", lambda: DeviceUser.objects.update(ignored=True)),
        (stranger, "create", lambda: DeviceUser.objects.update(ignored=True)),
        (outlier, "acknowledge", lambda: ProcessedAttendance.objects.update(is_outlier=False)),
        (outlier, "acknowledge", lambda: ProcessedAttendance.objects.all().delete()),
    ],
)
def test_the_second_of_two_at_one_time_finds_it_closed(
    make: Callable[[], Item], verb: str, act: Callable[[], object]
) -> None:
    device("A gate")
    item, by = make(), boss()

    with meanwhile(act), pytest.raises(ItemClosed):
        decide_item(item.key, verb, by=by, why="it was so")
    assert not Acknowledgement.objects.exists()


def test_two_who_map_one_user_at_a_time_do_not_overwrite_one_another() -> None:
    item, by = stranger(), boss()
    asha, bilal = employee("x"), employee("y")

    with meanwhile(lambda: assign(DeviceUser.objects.get(), asha.pk, by="asha")), pytest.raises(ItemClosed):
        decide_item(item.key, "map", by=by, employee=bilal.pk)


def test_the_second_of_two_finds_it_closed() -> None:
    item, by = clock(), boss()
    decide_item(item.key, "accept", by=by)

    with pytest.raises(InboxError, match="closed already"):
        decide_item(item.key, "accept", by=by)


def test_an_item_can_be_settled_where_there_is_no_device() -> None:
    item = outlier()
    assert not Device.objects.exists()

    decide_item(item.key, "acknowledge", by=boss(), why="so it was")
    assert inbox().total == 0


def test_a_time_without_a_zone_is_refused() -> None:
    item, by = clock(), boss()

    with pytest.raises(InputMissing, match="has no time zone"):
        decide_item(item.key, "correct", by=by, why="w", at=datetime(2024, 1, 8, 9))
    with pytest.raises(InputMissing, match="correct needs at and why"):
        decide_item(item.key, "correct", by=by)


@pytest.mark.parametrize(
    ("make", "act"), [(clock, accept_clock), (clock, read_again), (outlier, compare_again), (stranger, map_person)]
)
def test_what_was_settled_by_other_doors_in_that_very_moment_is_closed(
    make: Callable[[], Item], act: Callable[[ItemDecision], str]
) -> None:
    item = make()
    ESSLAttendanceLog.objects.update(review="")
    DeviceUser.objects.update(ignored=True)
    decision = ItemDecision(item=item, action=item.actions[0], by=boss(), why="w", at=None, employee=None)

    with pytest.raises(ItemClosed, match="closed already"):
        act(decision)

"""What waits for a person, from the rows that are there.

Covers: services/review/inbox/clocks, services/review/inbox/days, services/review/inbox/devices,
services/review/inbox/requests, services/review/inbox/sources.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.review.items import Inbox, Item, ItemKind
from attendance_devices.models import (
    Acknowledgement,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    ProcessedAttendance,
    QuarantinedRecord,
)
from attendance_devices.services.corrections.accept import accept_punches
from attendance_devices.services.corrections.correct import add_punch, change_punch, undo_correction, void_punch
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.mapping.match import map_users
from attendance_devices.services.monitoring.stats import collect_stats
from attendance_devices.services.posting.post import post
from attendance_devices.services.review.inbox.items import find_item, inbox
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    device,
    edit,
    employee,
    host,
    mapped,
    nothing_is_written,
    punched,
    setting,
)
from tests.builders.day_rules import works
from tests.builders.failing_hosts import FailsOnTuesday, worked
from tests.builders.inbox import boss, day_of, early, logs, moment, seen_before

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
FAR = datetime(2099, 1, 1)


def seen(**asked: Any) -> Inbox:
    with nothing_is_written():
        return inbox(**asked)


def only(kind: ItemKind) -> Item:
    (item,) = seen(kinds={kind}).items
    assert find_item(item.key) == item, "the key leads to the same item"
    return item


def counts(**asked: Any) -> dict[str, int]:
    return {kind.value: count for kind, count in seen(**asked).counts.items() if count}


def test_nothing_waits_where_nothing_is_wrong() -> None:
    worked(MONDAY)
    post(since=MONDAY)

    found = seen()

    assert (found.items, found.total, set(found.counts)) == ((), 0, set(ItemKind))


def test_a_punch_ahead_of_its_time_waits_and_closes_when_it_is_accepted() -> None:
    gate = device()
    asha = employee("7", "Asha Nair", username="asha")
    mapped(gate, "7", asha)
    punched(gate, ("7", FAR))

    item = only(ItemKind.CLOCK)

    log = ESSLAttendanceLog.objects.get()
    assert (item.key, item.subject, item.employee) == (f"clock:{log.pk}", "Asha Nair (asha) at Gate", str(asha.pk))
    assert item.happened.startswith("The clock of Gate showed 2099-01-01 00:00:00, but the punch reached us at")
    accept_punches([log.pk])
    assert seen().total == 0
    assert find_item(item.key) is None


def test_a_clock_that_runs_on_wrong_is_measured_and_its_punches_have_a_time() -> None:
    ahead = timedelta(days=9_000)
    gate, asha = device(clock_drift=ahead, last_seen=moment(40)), employee("7")
    logs(gate, (moment(0), moment(5), ""), (moment(10) + ahead, moment(15), "future"), user=asha)
    logs(gate, (moment(30) + ahead, moment(35), "future"), user=asha)

    found = seen().items

    assert [item.actions[0].at for item in found] == [moment(30), moment(10)]
    assert {item.date for item in found} == {moment(0).astimezone(ZONE).date()}


def test_a_clock_that_was_set_right_is_bounded_by_its_neighbours_and_not_by_strangers() -> None:
    gate, other, asha = device(), device("Other"), employee("7")
    logs(gate, (moment(0), moment(5), ""))
    logs(other, (moment(9), moment(10), ""))
    (absurd,) = logs(gate, (moment(0) + timedelta(days=9_000), moment(200), "future"))
    (moved,) = logs(gate, (moment(12), moment(200), ""), user=asha)
    change_punch(moved.pk, at=moment(90), by=boss(), why="the clock was wrong")
    logs(gate, (FAR.replace(tzinfo=UTC), moment(210), ""))
    logs(other, (moment(15), moment(210), ""))
    logs(gate, (moment(60), moment(210), ""))

    start, end = (f"{moment(number).astimezone(ZONE):%Y-%m-%d %H:%M:%S}" for number in (0, 60))
    assert only(ItemKind.CLOCK).happened.endswith(f"By the order of the log it was between {start} and {end}.")
    assert find_item(f"clock:{absurd.pk}") is not None


def test_runs_of_two_devices_and_two_stretches_do_not_mix() -> None:
    far = timedelta(days=9_000)
    gate, other = device(), device("Other", clock_drift=far, last_seen=moment(90))
    logs(gate, (moment(0), moment(1), ""), (moment(10) + far, moment(100), "future"), (moment(20), moment(100), ""))
    logs(other, (moment(15) + far, moment(100), "future"))
    logs(gate, (moment(30) + far, moment(100), "future"), (moment(40), moment(100), ""))
    logs(other, (moment(50) + far, moment(100), "future"))

    found = {item.key: item.happened for item in seen().items}

    said = [text for _, text in sorted(found.items(), key=lambda pair: int(pair[0].partition(":")[2]))]
    assert ["By the order" in text for text in said] == [True, False, True, False]
    assert ["days ahead" in text for text in said] == [False, True, False, True]
    assert {key: one.happened for key in found if (one := find_item(key))} == found, "alone an item says the same"
    newest = [item for number in range(5) for item in seen(limit=number).items]
    assert all(found[item.key] == item.happened for item in newest)


def test_what_lies_before_the_stretch_that_is_asked_for_is_left_out() -> None:
    far = timedelta(days=9_000)
    gate, other = device(), device("Other")
    logs(gate, (moment(0), moment(1), ""), (moment(10) + far, moment(100), "future"))
    logs(other, (moment(2) + far, moment(100), "future"), (moment(3), moment(100), ""))
    logs(other, (moment(20) + far, moment(100), "future"))
    logs(gate, (moment(30) + far, moment(100), "future"))

    everything = {item.key: item.happened for item in seen().items}
    for limit in range(1, 5):
        found = seen(limit=limit, kinds={ItemKind.CLOCK}).items
        assert len(found) == limit and all(
            "It was not later" in one.happened or "By the order" in one.happened for one in found
        )
        assert all(everything[one.key] == one.happened for one in found)


def test_a_punch_that_was_corrected_waits_no_more_until_that_is_undone() -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", FAR))
    by = boss()
    with nothing_is_written():
        assert collect_stats().review == 1

    correction = void_punch(ESSLAttendanceLog.objects.get().pk, by=by, why="a test")

    assert (seen().total, collect_stats().review) == (0, 0)
    undo_correction(correction.pk, by=by)
    assert (only(ItemKind.CLOCK).employee, collect_stats().review) == (str(correction.user_id), 1)


def test_of_a_very_long_run_the_newest_and_those_asked_for_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attendance_devices.services.review.inbox.clocks.MOST_NEIGHBOURS", 2)
    gate = device()
    rows = logs(gate, *[(FAR.replace(tzinfo=UTC) + timedelta(hours=n), moment(n), "future") for n in range(6)])

    assert len(seen().items) == 6
    assert all(find_item(f"clock:{row.pk}") for row in rows)


def test_an_unknown_person_waits_with_the_punches_and_closes_when_mapped() -> None:
    gate = device()
    punched(gate, ("9", at("09:00")), ("9", at("17:00")), ("8", at("17:00")))
    DeviceUser.objects.filter(device_user_id="8").update(ignored=True)
    DeviceUser.objects.filter(device_user_id="9").update(device_user_name="Bilal")

    item = only(ItemKind.UNKNOWN_PERSON)

    first = ESSLAttendanceLog.objects.earliest("received_at")
    assert item.happened.startswith("User 9 (Bilal) of Gate is no employee yet; 2 punches wait since ")
    assert item.since == first.received_at
    employee("9")
    map_users([gate], create=False)
    assert seen().total == 0


def test_somebody_who_is_listed_and_never_punched_waits_too() -> None:
    DeviceUser.objects.create(device=device(), device_user_id="9")

    assert only(ItemKind.UNKNOWN_PERSON).since is None


def test_a_record_in_quarantine_waits_until_somebody_has_seen_it() -> None:
    gate, now = device(), datetime.now(UTC)
    QuarantinedRecord.objects.create(device=gate, raw=b"\x00\xff", digest="d", reason="no date", received_at=now)

    item = only(ItemKind.QUARANTINE)

    assert "Its bytes: 00ff" in item.happened
    seen_before(item)
    assert (seen().total, find_item(item.key)) == (0, None)
    QuarantinedRecord.objects.update(reason="no such hour")
    assert only(ItemKind.QUARANTINE).key == item.key, "another reason is another matter"


def test_a_missing_check_out_waits_and_closes_when_the_punch_comes() -> None:
    gate, asha = worked(MONDAY, clocks=("09:00",))

    item = only(ItemKind.MISSING_CHECK)

    assert item.key == f"missing_check:{asha.pk}:2024-01-08:"
    assert "came at 09:00:00" in item.happened and item.since == at("09:00").replace(tzinfo=ZONE)
    punched(gate, ("7", at("17:00")))
    derive_pending()
    assert seen().total == 0


@pytest.mark.parametrize(("age", "expected"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_nobody_who_may_still_be_at_work_is_an_item(age: int, expected: int) -> None:
    today = datetime.now(ZONE).date()
    day_of(employee("7"), today - timedelta(days=age), status="missing_check_out")

    assert seen().total == expected


def test_a_check_out_that_writes_itself_is_no_item() -> None:
    day_of(employee("7"), status="missing_check_out", auto_out_due=datetime.now(UTC) + timedelta(hours=1))

    assert seen().total == 0


def test_a_missing_check_in_is_told_as_one() -> None:
    day_of(employee("7"), status="missing_check_in", check_in=None, check_out=moment(600), device_name="Gone")

    assert "left at" in only(ItemKind.MISSING_CHECK).happened
    assert only(ItemKind.MISSING_CHECK).device == "Gone"


def test_an_outlier_waits_and_comes_back_for_other_reasons_only() -> None:
    user = employee("7")
    works(user, "day", "09:00", "17:00", outlier_in_early_minutes=60)
    worked(MONDAY, user=user, clocks=("05:00", "17:00"))

    item = only(ItemKind.OUTLIER)

    assert item.key == f"outlier:{user.pk}:2024-01-08:day"
    assert "check-in 4:00:00 before the start" in item.happened
    seen_before(item)
    assert (seen().total, find_item(item.key)) == (0, None)
    ProcessedAttendance.objects.update(worked=timedelta(hours=1))
    assert seen().total == 0
    ProcessedAttendance.objects.update(outlier_reasons=["too long"])
    assert only(ItemKind.OUTLIER).happened == "too long."


def offered(item: Item) -> list[str]:
    return [action.verb.value for action in item.actions]


def test_the_punch_that_makes_an_outlier_is_named_with_its_time_and_terminal() -> None:
    early()

    item = only(ItemKind.OUTLIER)

    assert offered(item) == ["correct", "void", "acknowledge"]
    assert item.actions[1].does == "The check-in at 05:00:00 (Gate 1) never counts; what was said is kept."


def test_a_check_out_is_named_with_its_own_terminal() -> None:
    early(("09:00",), outlier_out_late_minutes=60)
    back = device("Back door")
    mapped(back, "7", get_user_model()._base_manager.get(username="asha"))
    punched(back, ("7", at("20:00")))
    derive_pending()

    item = only(ItemKind.OUTLIER)

    assert item.actions[1].does == "The check-out at 20:00:00 (Back door) never counts; what was said is kept."
    assert item.device == "Gate 1"


def test_an_end_that_no_terminal_told_of_or_that_was_corrected_is_not_offered() -> None:
    _, asha = early(("09:00", "17:00"))
    by = boss()
    added = add_punch(asha.pk, at("05:00").replace(tzinfo=ZONE), by=by, why="w")
    derive_pending()
    assert offered(only(ItemKind.OUTLIER)) == ["acknowledge"]
    undo_correction(added.pk, by=by)
    log = ESSLAttendanceLog.objects.earliest("punch_time")
    moved = change_punch(log.pk, at=at("05:30").replace(tzinfo=ZONE), by=by, why="w")
    derive_pending()
    assert offered(only(ItemKind.OUTLIER)) == ["acknowledge"]
    undo_correction(moved.pk, by=by)
    change_punch(log.pk, punch_type="in", by=by, why="w")
    ProcessedAttendance.objects.update(is_outlier=True, outlier_reasons=["check-in x"])
    assert offered(only(ItemKind.OUTLIER)) == ["acknowledge"]


def test_a_check_out_that_a_rule_wrote_is_no_punch() -> None:
    asha = employee("7")
    logs(device(), (moment(0), moment(0), ""), (moment(500), moment(500), ""), user=asha)
    bad = {"is_outlier": True, "outlier_reasons": ["check-out x"], "check_out": moment(500)}
    day = day_of(asha, **bad)
    assert offered(only(ItemKind.OUTLIER)) == ["correct", "void", "acknowledge"]

    day.is_auto_out = True
    day.save()

    assert offered(only(ItemKind.OUTLIER)) == ["acknowledge"]


@pytest.mark.parametrize("change", [{"review": "future"}, {"user": None}])
def test_a_punch_that_does_not_count_or_is_of_nobody_is_not_offered(change: dict[str, Any]) -> None:
    asha = employee("7")
    logs(device(), (moment(0), moment(0), ""), user=asha)
    day_of(asha, is_outlier=True, outlier_reasons=["check-in x"])
    assert len(only(ItemKind.OUTLIER).actions) == 3

    ESSLAttendanceLog.objects.update(**change)

    assert offered(only(ItemKind.OUTLIER)) == ["acknowledge"]


def test_a_failed_row_that_somebody_knows_of_comes_back_with_another_error() -> None:
    day_of(employee("7"), posting_state=PostAction.FAILED, posting_note="no such status")
    seen_before(only(ItemKind.FAILED))
    assert seen().total == 0

    ProcessedAttendance.objects.update(posting_note="no such office")

    assert only(ItemKind.FAILED).happened.endswith("no such office")


def test_a_row_that_a_person_edited_waits_once_our_day_says_something_else() -> None:
    gate, asha = worked(MONDAY)
    post(since=MONDAY)
    edit(asha, went="16:00")
    punched(gate, ("7", at("18:00")))
    derive_pending()
    post(since=MONDAY)

    item = only(ItemKind.CONFLICT)

    assert item.happened.startswith("The CRM's row was edited by a person: ")
    assert item.happened.endswith("Our day says 09:00:00 to 18:00:00, present.")
    seen_before(item)
    assert seen().total == 0
    punched(gate, ("7", at("19:00")))
    derive_pending()
    post(since=MONDAY)
    assert only(ItemKind.CONFLICT).key == item.key, "our day changed since the person looked"


def test_rows_that_are_kept_for_another_reason_are_no_conflict() -> None:
    day_of(employee("7"), posting_state=PostAction.KEPT, posting_note="the row was there before")

    assert seen().total == 0


def test_a_failed_row_waits_with_the_error(settings: Any) -> None:
    worked(MONDAY, TUESDAY)
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(FailsOnTuesday))
    post(since=MONDAY)

    item = only(ItemKind.FAILED)

    assert (item.date, item.happened) == (
        TUESDAY,
        "The CRM did not take the row: the row of Tuesday: the CRM refused it. Run check_host to see the row and what "
        "the CRM demands.",
    )
    settings.ATTENDANCE_DEVICES = usual
    post(since=MONDAY)
    assert seen().total == 0


def test_two_shifts_of_a_day_are_two_missing_checks_and_one_failed_row() -> None:
    asha = employee("7")
    for number, name in enumerate(("a:b", "a")):
        day_of(
            asha,
            shift=name,
            status="missing_check_out",
            check_in=moment(600 - 60 * number),
            worked=timedelta(hours=1),
            posting_state=PostAction.FAILED,
            posting_note="no",
        )

    assert counts() == {"missing_check": 2, "failed": 1}
    assert {item.key.partition("2024-01-08:")[2] for item in seen(kinds={ItemKind.MISSING_CHECK}).items} == {"a:b", "a"}
    assert find_item(f"missing_check:{asha.pk}:2024-01-08:a:b") is not None
    assert only(ItemKind.FAILED).key == f"failed:{asha.pk}:2024-01-08"


def test_the_newest_come_first_and_the_counts_are_of_all() -> None:
    gate = device()
    punched(gate, *[("9", FAR + timedelta(hours=hours)) for hours in range(4)])
    for number in range(5):
        day_of(employee(f"{number}"), MONDAY - timedelta(days=number), status="missing_check_out")

    found = seen(limit=2)

    assert counts(limit=0) == {"clock": 4, "unknown_person": 1, "missing_check": 5}
    assert [item.date for item in found.items if item.kind is ItemKind.MISSING_CHECK] == [
        MONDAY,
        MONDAY - timedelta(days=1),
    ]
    assert len(found.items) == 5
    since = [item.since for item in found.items if item.since]
    assert since == sorted(since, reverse=True)
    assert counts(kinds={ItemKind.CLOCK}) == {"clock": 4}
    assert len(seen(limit=None).items) == 10


@pytest.mark.parametrize(
    "key",
    [
        "",
        "clock",
        "clock:",
        "clock:0",
        "clock:x",
        "clock:01",
        "clock:\u0661",
        "clock:" + "9" * 19,
        "clock:" + "9" * 5_000,
        "clock:-1",
        "nonsense:1",
        "outlier:1",
        "outlier:1:2024-01-08",
        "outlier:1:2024-99-08:",
        "outlier:nobody:2024-01-08:",
        "outlier::2024-01-08:",
        "failed:" + "9" * 400 + ":2024-01-08",
        "outlier:\x00:2024-01-08:\x00",
    ],
)
def test_a_key_of_nothing_leads_to_nothing(key: str) -> None:
    assert find_item(key) is None


def test_a_terminal_whose_zone_or_secret_was_spoilt_still_has_its_items() -> None:
    gate = device()
    punched(gate, ("9", FAR))
    Device.objects.update(timezone="Mars/Base")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Device._meta.db_table} SET comm_key = 'spoilt'")

    assert {item.zone for item in seen().items} == {ZONE.key}


def test_an_employee_who_was_deleted_leaves_the_punch_to_nobody() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", FAR))
    get_user_model()._base_manager.filter(pk=asha.pk).delete()

    assert only(ItemKind.CLOCK).subject == "user 7 at Gate"


def crowd(amount: int, start: int) -> None:
    """So many items of each kind, from several terminals."""
    now = datetime.now(UTC)
    people = [employee(f"{number}", "Asha Nair") for number in range(start, start + amount)]
    for number, user in enumerate(people):
        if number % 100 == 0:
            gate = device(f"Gate {start + number}")
        DeviceUser.objects.create(device=gate, device_user_id=f"x{number}")
        QuarantinedRecord.objects.create(device=gate, raw=b"x", digest=f"{number}", reason="no date", received_at=now)
        logs(gate, (FAR.replace(tzinfo=UTC) + timedelta(minutes=number), now, "future"), user=user)
        logs(gate, (moment(number), now, ""), user=user)
        bad = {"is_outlier": True, "outlier_reasons": ["check-in x"], "status": "missing_check_out"}
        kept = {"posting_state": PostAction.KEPT, "posting_note": "edited by a person: x"}
        day_of(user, MONDAY, check_in=moment(number), device_name=gate.name, **bad, **kept)
        failed = day_of(user, TUESDAY, posting_state=PostAction.FAILED, posting_note="no")
        Acknowledgement.objects.create(
            key=f"outlier:{user.pk}:{failed.date}:", cause="old", by_name="b", why="w", at=now
        )


def test_five_hundred_items_of_each_kind_cost_the_queries_of_five() -> None:
    found = []
    for amount, start in ((5, 0), (495, 1_000)):
        crowd(amount, start)
        with CaptureQueriesContext(connection) as queries:
            everything = inbox(limit=None)
        with CaptureQueriesContext(connection) as one:
            assert find_item(everything.items[0].key) == everything.items[0]
        found.append((everything.total, len(queries), len(one)))
        assert len(everything.items) == everything.total

    assert [total for total, _, _ in found] == [5 * 7, 500 * 7]
    assert found[0][1:] == found[1][1:]
    assert {len(one.actions) for one in everything.items if one.kind is ItemKind.OUTLIER} == {3}
    assert found[0][1] <= 24

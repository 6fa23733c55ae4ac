"""Every punch stands exactly once: what is new, what is known, and what a terminal cannot make us forget."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices.domain.punches.punch import BadRecord, Batch, Punch
from attendance_devices.exceptions import CursorTaken
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, PendingDay, QuarantinedRecord
from attendance_devices.services.punches.store import Receipt, store
from tests.builders.crm import examples

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
RECEIPT = Receipt(source="poll", received_at=NOW, latest=NOW + timedelta(minutes=10))
MORNING = datetime(2026, 5, 4, 9)


def device(**fields: object) -> Device:
    return Device.objects.create(**{"name": "Gate 1", "address": "127.0.0.1", "timezone": "America/New_York"} | fields)


def batch(*punches: Punch, bad: tuple[BadRecord, ...] = ()) -> Batch:
    return Batch(punches=punches, bad=bad, cursor={"at": len(punches)}, records=len(punches) + len(bad))


def punch(who: str = "7", at: datetime = MORNING, **fields: object) -> Punch:
    return Punch(who, at, **fields)  # type: ignore[arg-type]


@pytest.mark.django_db
class TestOnce:
    def test_the_same_punch_in_two_batches_is_stored_once(self) -> None:
        gate = device()
        first = store(gate, batch(punch()), RECEIPT)
        second = store(gate, batch(punch()), RECEIPT)
        assert (len(first.logs), first.known) == (1, 0)
        assert (len(second.logs), second.known) == (0, 1)
        assert ESSLAttendanceLog.objects.count() == 1

    def test_the_same_punch_twice_in_one_batch_is_stored_once(self) -> None:
        found = store(device(), batch(punch(), punch()), RECEIPT)
        assert (len(found.logs), found.known) == (1, 1)

    def test_the_database_itself_refuses_a_double(self) -> None:
        gate = device()
        store(gate, batch(punch()), RECEIPT)
        again = ESSLAttendanceLog.objects.get()
        again.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)

    def test_two_people_in_the_same_second_are_two_punches(self) -> None:
        assert len(store(device(), batch(punch("7"), punch("8")), RECEIPT).logs) == 2

    @pytest.mark.parametrize(
        "ids",
        [
            pytest.param(["7", "07", "007"], id="leading zeros make another id"),
            pytest.param(["a1", "A1"], id="case makes another id"),
            pytest.param(["7", "7 ", " 7"], id="blanks make another id"),
            pytest.param(["é", "e"], id="accents make another id"),
            pytest.param(["=1+1", "x" * 25], id="formulas and long ids are ids"),
        ],
    )
    def test_ids_are_kept_to_the_byte(self, ids: list[str]) -> None:
        gate = device()
        store(gate, batch(*(punch(who) for who in ids)), RECEIPT)
        again = store(gate, batch(*(punch(who) for who in ids)), RECEIPT)
        assert sorted(ESSLAttendanceLog.objects.values_list("biometric_id", flat=True)) == sorted(ids)
        assert again.known == len(ids)

    def test_the_same_id_on_two_devices_is_two_people_until_they_are_mapped(self) -> None:
        for name, address in (("Gate 1", "127.0.0.1"), ("Gate 2", "127.0.0.2")):
            store(device(name=name, address=address), batch(punch()), RECEIPT)
        assert ESSLAttendanceLog.objects.count() == 2
        assert DeviceUser.objects.filter(device_user_id="7").count() == 2


@pytest.mark.django_db
class TestTheRepeatedHour:
    """New York, 3 November 2024: the clock shows 01:00 to 02:00 twice."""

    NIGHT = datetime(2024, 11, 3, 1, 30)

    def test_both_passes_of_one_minute_are_two_punches_an_hour_apart(self) -> None:
        store(device(), batch(punch(at=self.NIGHT, fold=0), punch(at=self.NIGHT, fold=1)), RECEIPT)
        first, second = ESSLAttendanceLog.objects.order_by("fold").values_list("punch_time", flat=True)
        assert second - first == timedelta(hours=1)

    @pytest.mark.parametrize("stored_fold", [0, 1])
    def test_a_source_that_does_not_know_the_pass_meets_the_punch_in_either(self, stored_fold: int) -> None:
        gate = device()
        store(gate, batch(punch(at=self.NIGHT, fold=stored_fold)), RECEIPT)
        assert store(gate, batch(punch(at=self.NIGHT, fold=None)), RECEIPT).known == 1


@pytest.mark.django_db
class TestSlots:
    """Records of 8 bytes name a slot, and slots are given to other people later."""

    def test_a_slot_given_to_somebody_else_does_not_double_the_old_punches(self) -> None:
        gate = device()
        store(gate, batch(punch("1001", slot=5)), RECEIPT)
        again = store(gate, batch(punch("1002", slot=5)), RECEIPT)
        assert (len(again.logs), again.known) == (0, 1)
        assert ESSLAttendanceLog.objects.get().biometric_id == "1001"


@pytest.mark.django_db
class TestDoubtfulClocks:
    @pytest.mark.parametrize(
        ("at", "review"),
        [
            pytest.param(datetime(2099, 1, 1), "future", id="a clock that jumped to 2099"),
            pytest.param(datetime(2000, 1, 1, 0, 3), "clock_reset", id="a clock that lost its battery"),
            pytest.param(datetime(2026, 3, 8, 2, 30), "skipped_hour", id="an hour that spring leaves out"),
            pytest.param(datetime(2026, 6, 1, 8, 9), "", id="nine minutes ahead of us"),
            pytest.param(datetime(2026, 6, 1, 8, 11), "future", id="eleven minutes ahead of us"),
        ],
    )
    def test_the_punch_is_stored_and_marked(self, at: datetime, review: str) -> None:
        store(device(), batch(punch(at=at)), RECEIPT)
        log = ESSLAttendanceLog.objects.get()
        assert (log.device_time, log.review) == (at, review)

    def test_a_punch_of_2099_does_not_hide_the_real_ones_after_it(self) -> None:
        gate = device()
        store(gate, batch(punch(at=datetime(2099, 1, 1))), RECEIPT)
        assert len(store(gate, batch(punch(at=MORNING)), RECEIPT).logs) == 1

    def test_a_clock_set_back_an_hour_loses_nothing(self) -> None:
        gate = device()
        minutes = [MORNING + timedelta(minutes=minute) for minute in (0, 30, -30, -10)]
        for minute in minutes:
            store(gate, batch(punch(at=minute)), RECEIPT)
        assert ESSLAttendanceLog.objects.count() == 4


@pytest.mark.django_db
class TestQuarantine:
    def test_a_bad_record_is_kept_as_it_came_and_once(self) -> None:
        gate = device()
        bad = BadRecord(raw=b"\x00\xff\x01", reason="31.02.2026 is no date")
        first = store(gate, batch(punch(), bad=(bad,)), RECEIPT)
        second = store(gate, batch(punch(), bad=(bad,)), RECEIPT)
        assert (len(first.quarantine), len(second.quarantine), second.known) == (1, 0, 2)
        kept = QuarantinedRecord.objects.get()
        assert (bytes(kept.raw), kept.reason) == (b"\x00\xff\x01", "31.02.2026 is no date")


@pytest.mark.django_db
class TestCursorAndDays:
    def test_the_cursor_moves_with_the_rows(self) -> None:
        gate = device()
        store(gate, batch(punch()), RECEIPT)
        assert Device.objects.get().cursor == {"at": 1}

    def test_a_second_reader_of_the_same_stretch_is_refused_and_stores_nothing(self) -> None:
        device()
        fast, slow = Device.objects.get(), Device.objects.get()
        store(fast, batch(punch()), RECEIPT)
        with pytest.raises(CursorTaken, match="Gate 1: another process stored"):
            store(slow, batch(punch(at=MORNING + timedelta(hours=1))), RECEIPT)
        assert ESSLAttendanceLog.objects.count() == 1

    def test_a_punch_of_a_mapped_person_leaves_a_day_to_derive(self) -> None:
        gate = device()
        person = get_user_model().objects.create(username="asma")
        DeviceUser.objects.create(device=gate, device_user_id="7", system_user=person)
        store(gate, batch(punch(), punch("8")), RECEIPT)
        assert list(PendingDay.objects.values_list("user", "date")) == [(person.pk, MORNING.date())]

    def test_an_id_that_nobody_listed_becomes_a_device_user_to_be_mapped(self) -> None:
        store(device(), batch(punch("99")), RECEIPT)
        stranger = DeviceUser.objects.get()
        assert (stranger.device_user_id, stranger.on_device, stranger.is_mapped) == ("99", False, False)

    @pytest.mark.parametrize("known", [0, 300])
    def test_the_number_of_queries_does_not_grow_with_the_punches(self, known: int) -> None:
        gate = device()
        punches = [punch(str(n % 9), MORNING + timedelta(minutes=n)) for n in range(400)]
        if known:
            store(gate, batch(*punches[:known]), RECEIPT)
        with CaptureQueriesContext(connection) as few:
            store(gate, batch(*punches[:known], *punches[known : known + 10]), RECEIPT)
        with CaptureQueriesContext(connection) as many:
            store(gate, batch(*punches), RECEIPT)
        inserts = sum("INSERT" in query["sql"] for query in many.captured_queries)
        assert len(many) - inserts <= len(few)

    def test_one_wild_date_does_not_make_the_comparison_read_everything(self) -> None:
        gate = device()
        store(gate, batch(*(punch(at=MORNING + timedelta(days=30, minutes=n)) for n in range(50))), RECEIPT)
        with CaptureQueriesContext(connection) as queries:
            store(gate, batch(punch(), punch(at=datetime(2099, 1, 1))), RECEIPT)
        (comparison,) = (q["sql"] for q in queries if "device_time" in q["sql"] and q["sql"].startswith("SELECT"))
        with connection.cursor() as cursor:
            cursor.execute(comparison)
            assert len(cursor.fetchall()) == 2, "the two that were just stored, and none of the fifty between them"


LOG = [
    ("7", datetime(2024, 11, 3, 0, 50), 0),
    ("7", datetime(2024, 11, 3, 1, 30), 0),
    ("8", datetime(2024, 11, 3, 1, 59), 0),
    ("7", datetime(2024, 11, 3, 1, 30), 1),
    ("8", datetime(2024, 11, 3, 1, 45), 1),
    ("7", datetime(2099, 1, 1), 0),
    ("8", datetime(2024, 11, 3, 9), 0),
]


class TestAnyOrder(TestCase):
    @settings(max_examples=examples(20))
    @given(st.lists(st.lists(st.sampled_from(range(len(LOG))), max_size=len(LOG)), max_size=6))
    def test_however_the_log_arrives_each_punch_stands_once(self, reads: list[list[int]]) -> None:
        gate = device()
        for read in [*reads, list(range(len(LOG)))]:
            store(gate, batch(*(punch(who, at, fold=fold) for who, at, fold in (LOG[i] for i in read))), RECEIPT)
        stored = ESSLAttendanceLog.objects.values_list("biometric_id", "device_time", "fold")
        assert sorted(stored) == sorted(LOG)

"""A terminal is read, what is new is stored, and the result says what happened.

Covers: services/collection/runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.drivers.zkteco import log
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, QuarantinedRecord, SyncRun
from attendance_devices.services.collection.collect import collect, collect_people
from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedPunch, SimulatedUser, Terminal

START = datetime(2026, 3, 2, 9)
ZONE = ZoneInfo("Asia/Karachi")
FEBRUARY_31 = (26 * 372 + 31 + 30) * 86400


def punches(count: int, people: int = 5) -> list[SimulatedPunch]:
    return [SimulatedPunch(user_id=str(n % people + 1), at=START + timedelta(minutes=n)) for n in range(count)]


def users(count: int = 5) -> list[SimulatedUser]:
    return [SimulatedUser(user_id=str(n), uid=n, name=f"Person {n}") for n in range(1, count + 1)]


@contextmanager
def gate(terminal: Terminal, **fields: object) -> Iterator[Device]:
    with terminal.serve("127.0.0.1", 0) as (host, port):
        yield Device.objects.create(**{"name": "Gate 1", "address": host, "port": port, "timezone": ZONE.key} | fields)


def shown() -> datetime:
    return datetime.now(ZONE).replace(tzinfo=None)


@pytest.mark.django_db
class TestWhatIsRead:
    def test_the_first_read_stores_all_and_accounts_for_every_record(self) -> None:
        bad = SimulatedPunch(user_id="2", at=None, raw_time=FEBRUARY_31)
        with gate(Terminal(users=users(), punches=[*punches(30), bad, *punches(3)])) as device:
            result = collect(device.pk)
        assert (result.new, result.known, result.quarantined) == (30, 3, 1)
        assert (result.whole, result.device_records, result.missing) == (True, 34, 0)
        assert QuarantinedRecord.objects.get().reason == "31.02.2026 is no date"

    def test_a_second_read_fetches_only_what_came_since(self) -> None:
        terminal = Terminal(users=users(), punches=punches(2000))
        with gate(terminal) as device:
            collect(device.pk)
            terminal.punch(user_id="3", at=START + timedelta(days=40))
            before = terminal.bytes_sent
            result = collect(device.pk)
            assert terminal.bytes_sent - before < 8_000
        assert (result.new, result.known, result.whole) == (1, 0, False)
        assert ESSLAttendanceLog.objects.count() == 2001

    def test_a_cleared_log_is_read_from_its_start(self) -> None:
        terminal = Terminal(users=users(), punches=punches(50))
        with gate(terminal) as device:
            collect(device.pk)
            terminal.clear_log()
            terminal.punch(user_id="1", at=START + timedelta(days=1))
            result = collect(device.pk)
        assert (result.new, result.whole) == (1, True)
        assert ESSLAttendanceLog.objects.count() == 51

    def test_a_log_that_rolled_over_loses_and_doubles_nothing(self) -> None:
        terminal = Terminal(users=users(), punches=punches(100), profile=Profile(log_capacity=100, rollover=10))
        with gate(terminal) as device:
            collect(device.pk)
            for n in range(5):
                terminal.punch(user_id="1", at=START + timedelta(days=1, minutes=n))
            result = collect(device.pk)
        assert (result.new, result.whole) == (5, True)
        assert ESSLAttendanceLog.objects.count() == 105

    def test_once_a_day_the_whole_log_is_compared(self) -> None:
        with gate(Terminal(users=users(), punches=punches(20))) as device:
            collect(device.pk)
            day_old = datetime.now(UTC) - timedelta(hours=25)
            Device.objects.update(last_reconciled=day_old)
            result = collect(device.pk)
        assert (result.whole, result.device_records, result.known, result.missing) == (True, 20, 20, 0)

    def test_a_terminal_without_punches_is_no_error(self) -> None:
        with gate(Terminal(users=users())) as device:
            result = collect(device.pk)
        assert (result.ok, result.new, result.whole) == (True, 0, True)

    def test_people_are_kept_with_their_names(self) -> None:
        with gate(Terminal(users=users(3), punches=punches(3))) as device:
            result = collect(device.pk)
        assert result.enrolments == 3
        assert list(DeviceUser.objects.values_list("device_user_id", "device_user_name").order_by("pk")) == [
            ("1", "Person 1"),
            ("2", "Person 2"),
            ("3", "Person 3"),
        ]

    def test_somebody_who_left_the_terminal_stays_known(self) -> None:
        terminal = Terminal(users=users(3))
        with gate(terminal) as device:
            collect(device.pk)
            terminal.users = users(2)
            collect_people(device.pk)
        assert list(DeviceUser.objects.order_by("pk").values_list("on_device", flat=True)) == [True, True, False]

    def test_an_unlisted_id_is_named_in_the_result(self) -> None:
        with gate(Terminal(users=users(2), punches=punches(3, people=3))) as device:
            result = collect(device.pk)
        assert result.unknown_ids == ["3"]

    def test_what_is_older_than_the_bound_is_stored_and_counted_apart(self) -> None:
        with gate(Terminal(users=users(), punches=punches(10))) as device:
            since = (START + timedelta(minutes=4)).replace(tzinfo=ZONE)
            result = collect(device.pk, since=since)
        assert (result.new, result.older) == (10, 4)


@pytest.mark.django_db
class TestHealth:
    def test_a_good_read_says_so(self) -> None:
        terminal = Terminal(users=users(), punches=punches(5), clock=lambda: shown() + timedelta(minutes=3))
        with gate(terminal, failures=4, last_error="old") as device:
            collect(device.pk)
        device.refresh_from_db()
        assert (device.failures, device.last_error, device.serial_number) == (0, "", "SIM0001")
        assert (device.user_count, device.record_count, device.record_capacity) == (5, 5, 100000)
        assert abs(device.clock_drift - timedelta(minutes=3)) < timedelta(seconds=5)
        assert device.last_sync and device.last_seen and device.last_reconciled

    def test_every_read_leaves_a_run(self) -> None:
        with gate(Terminal(users=users(), punches=punches(5))) as device:
            collect(device.pk)
        run = SyncRun.objects.get()
        assert (run.new, run.whole, run.device_records, run.error) == (5, True, 5, "")
        assert run.finished_at is not None


@pytest.mark.django_db
class TestFailures:
    def test_a_failure_is_told_with_the_next_step_and_counted(self) -> None:
        device = Device.objects.create(name="Gate 1", address="127.0.0.1", port=1)
        for _ in range(2):
            result = collect(device.pk)
        assert not result.ok
        assert result.retryable
        assert "nothing listens on tcp port 1. Check the port" in result.error
        device.refresh_from_db()
        assert (device.failures, device.last_error) == (2, result.error)

    def test_a_cut_in_the_middle_keeps_what_was_stored_and_the_next_read_goes_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(log, "BATCH_RECORDS", 600)
        terminal = Terminal(users=users(), punches=punches(1_300))
        terminal.faults = Faults(close_after_bytes=33_000, limited=1)
        with gate(terminal) as device:
            first = collect(device.pk)
            second = collect(device.pk)
        assert not first.ok
        assert 0 < first.new < 1_300
        assert (second.ok, second.whole, first.new + second.new) == (True, False, 1_300)
        assert ESSLAttendanceLog.objects.count() == 1_300

    @pytest.mark.parametrize(
        ("profile", "fields", "said"),
        [
            pytest.param(Profile(comm_key=5), {}, "it refused the comm key", id="a wrong comm key"),
            pytest.param(Profile(encrypted=True), {}, "encrypted session", id="an encrypted session"),
            pytest.param(Profile(), {"serial_number": "OTHER"}, "OTHER was expected", id="another terminal"),
            pytest.param(Profile(), {"comm_key": "abc"}, "comm key is not a number", id="a comm key of letters"),
        ],
    )
    def test_what_trying_again_does_not_mend_is_said_so(
        self, profile: Profile, fields: dict[str, str], said: str
    ) -> None:
        with gate(Terminal(users=users(), punches=punches(5), profile=profile), **fields) as device:
            result = collect(device.pk)
        assert said in result.error
        assert not result.retryable
        assert ESSLAttendanceLog.objects.count() == 0

    def test_a_secret_that_no_key_opens_is_told_and_not_sent(self, settings: object) -> None:
        terminal = Terminal(users=users())
        with gate(terminal, comm_key="12") as device:
            Device._meta.get_field("comm_key").__dict__.pop("f", None)
            Device.objects.filter(pk=device.pk).update(comm_key="gAAAAnot-ours")
            from attendance_devices.services.devices.addresses import address_of

            device.comm_key = "gAAAAABnot-a-token-of-ours"
            with pytest.raises(Exception, match="Gate 1: its stored comm key cannot be decrypted"):
                address_of(device)

    def test_reading_leaves_the_terminal_as_it_was_found(self) -> None:
        terminal = Terminal(users=users(), punches=punches(50))
        before = terminal.log_bytes()
        with gate(terminal) as device:
            collect(device.pk)
            collect(device.pk, whole=True)
        asked = {command for command, _ in terminal.journal}
        assert asked <= {1000, 1001, 1102, 11, 50, 201, 1100, 1502, 1503, 1504}
        assert terminal.log_bytes() == before
        assert not terminal.disabled


@pytest.mark.django_db
class TestCost:
    def test_a_read_without_news_takes_ten_queries_at_most(self) -> None:
        with gate(Terminal(users=users(), punches=punches(500))) as device:
            collect(device.pk)
            with CaptureQueriesContext(connection) as queries:
                collect(device.pk)
        assert len(queries) <= 10

    def test_queries_do_not_grow_with_the_news(self) -> None:
        terminal = Terminal(users=users(), punches=punches(100))
        counts = []
        with gate(terminal) as device:
            collect(device.pk)
            for news in (1, 50):
                for n in range(news):
                    terminal.punch(user_id="1", at=START + timedelta(days=news, minutes=n))
                with CaptureQueriesContext(connection) as queries:
                    assert collect(device.pk).new == news
                counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_a_hundred_punches_of_mapped_people_take_ten_queries_at_most(self) -> None:
        """Savepoints are not counted, nor that SQLite takes an insert of 100 rows in two statements."""
        terminal = Terminal(users=users(), punches=punches(100))
        with gate(terminal) as device:
            collect(device.pk)
            person = get_user_model().objects.create(username="asma")
            DeviceUser.objects.update(system_user=person)
            for n in range(100):
                terminal.punch(user_id="1", at=START + timedelta(days=9, minutes=n))
            with CaptureQueriesContext(connection) as queries:
                assert collect(device.pk).new == 100
        said = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        inserts = sum("INTO" in sql and "esslattendancelog" in sql for sql in said)
        assert len(said) - inserts + 1 <= 10, said

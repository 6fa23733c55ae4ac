"""How every terminal is doing, from what is stored, whatever their number."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.devices.health import Health, HealthTopic, Level
from attendance_devices.domain.devices.incidents import IncidentState
from attendance_devices.domain.punches.punch import Punch
from attendance_devices.models import Device, Heartbeat, Incident, InstalledSchedule, ProcessedAttendance, SyncRun
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.collection.import_file import import_log
from attendance_devices.services.collection.import_rows import store_punches
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.monitoring.health import (
    DeviceSurvey,
    SiteHealth,
    health_of,
    site_health,
    survey_devices,
)
from attendance_devices.services.workers.heartbeat import pulse
from tests.builders.crm import (
    MONDAY,
    at,
    device,
    employee,
    mapped,
    nothing_is_written,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
    unplugged,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 1, 10, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def seen(now: datetime | None = NOW) -> DeviceSurvey:
    with nothing_is_written():
        return survey_devices(now)


def whole(now: datetime | None = NOW) -> SiteHealth:
    with nothing_is_written():
        return site_health(now)


def words(health: Health) -> dict[HealthTopic, str]:
    return {sign.about: sign.words for sign in health.signs}


def test_a_terminal_that_was_just_read_is_well_and_a_dead_one_is_not() -> None:
    machine = terminal(people(("7", "")), taps(("7", at("09:00")), ("7", at("17:00"))))
    with on_the_wall(machine) as gate:
        collect(gate.pk)
        for _ in range(3):
            collect(Device.objects.filter(name="Dead").values_list("pk", flat=True).first() or unplugged().pk)

    found = seen(None)

    dead, alive = found.devices
    assert (dead.level, alive.level, found.level) == (Level.ALARM, Level.OK, Level.ALARM)
    assert words(dead) == {HealthTopic.CONTACT: "failed 3 in a row, never read"}
    assert words(alive)[HealthTopic.CLOCK] == "clock right"
    assert (alive.vitals.records, alive.vitals.coverage, alive.vitals.used) == (2, 1.0, 2 / 100_000)
    assert found.last_attempt and found.polled_since and found.standstill.state is IncidentState.WELL


def test_the_pace_is_that_of_the_last_days_whatever_a_mad_clock_said() -> None:
    gate = device(record_count=93, record_capacity=100, last_seen=NOW)
    of_late = [at("09:00", MONDAY) + number * MINUTE for number in range(7)]
    punched(gate, *[("7", shown) for shown in (*of_late, datetime(2099, 1, 1), datetime(2000, 1, 1))])

    (health,) = seen().devices

    assert (health.vitals.pace, health.vitals.days_until_full) == (1.0, 7.0)
    assert words(health)[HealthTopic.ROOM] == "93 % full, about 7 days left"


def test_records_that_are_accounted_for_nowhere_are_an_alarm() -> None:
    gate = device(last_seen=NOW, last_reconciled=NOW)
    for age, missing in ((3, 0), (1, 2)):
        SyncRun.objects.create(
            device=gate,
            started_at=NOW - timedelta(hours=age),
            whole=True,
            device_records=10,
            known=7 - missing,
            new=2,
            quarantined=1,
        )

    (health,) = seen().devices

    assert (health.level, health.vitals.missing, health.vitals.coverage) == (Level.ALARM, 2, 0.8)


def test_the_limits_are_those_of_the_settings(settings: Any) -> None:
    device(
        failures=1,
        last_seen=NOW - 11 * MINUTE,
        clock_drift=timedelta(seconds=5),
        record_count=5,
        record_capacity=10,
        last_reconciled=NOW - timedelta(hours=3),
    )
    assert seen().devices[0].level is Level.WARN
    settings.ATTENDANCE_DEVICES = setting(
        DEVICE_DOWN_FAILURES=1,
        DEVICE_SILENT_MINUTES=10,
        POLL_MINUTES=3,
        CLOCK_TOLERANCE_SECONDS=4,
        NEARLY_FULL_PERCENT=50,
        RECONCILE_HOURS=1,
        FUTURE_TOLERANCE_MINUTES=0.05,
    )

    (health,) = seen().devices

    assert [sign.level.value for sign in health.signs] == ["alarm", "alarm", "warn", "warn"]
    assert health.silent_since == NOW - 11 * MINUTE


def test_a_terminal_whose_key_cannot_be_read_any_more_is_seen() -> None:
    device()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Device._meta.db_table} SET comm_key = 'spoilt'")

    assert [health.vitals.device for health in seen().devices] == ["Gate"]


def test_a_site_without_terminals_is_well() -> None:
    found = whole()

    assert (found.level, found.survey.last_attempt, found.survey.last_beat) == (Level.OK, None, None)
    assert found.survey.standstill.state is IncidentState.BETWEEN


@pytest.mark.parametrize(
    ("beat", "installed", "state", "words"),
    [
        pytest.param(9, None, IncidentState.WELL, "", id="it runs"),
        pytest.param(11, None, IncidentState.BAD, "the clockwork last ran 11 min ago", id="it stands still"),
        pytest.param(-60, None, IncidentState.BAD, "the clockwork never ran", id="only a wrong clock said so"),
        pytest.param(None, 9, IncidentState.WELL, "", id="it was installed just now"),
        pytest.param(None, 11, IncidentState.BAD, "the clockwork never ran", id="it was installed, and never ran"),
    ],
)
def test_a_clockwork_that_does_not_run_is_an_alarm_even_when_all_else_is_well(
    beat: int | None, installed: int | None, state: IncidentState, words: str
) -> None:
    device(last_seen=NOW, last_reconciled=NOW)
    if beat is not None:
        Heartbeat.objects.create(name="tick", at=NOW - beat * MINUTE)
    if installed is not None:
        InstalledSchedule.objects.create(key="poll", when=NOW - installed * MINUTE)

    found = whole()

    assert (found.survey.standstill.state, found.survey.standstill.words) == (state, words)
    assert (found.level is Level.ALARM) is (pulse(NOW).is_alive is False) is (state is IncidentState.BAD)


def test_whoever_has_all_terminals_read_seldom_is_not_told_that_they_are_silent(settings: Any) -> None:
    often = device("Often", last_seen=NOW - 5 * HOUR, poll_minutes=60, last_reconciled=NOW)
    device("Seldom", last_seen=NOW - 5 * HOUR, last_reconciled=NOW)
    assert [one.level for one in seen().devices] == [Level.ALARM, Level.ALARM]
    settings.ATTENDANCE_DEVICES = setting(POLL_MINUTES=120)

    found = seen()

    assert [one.level for one in found.devices] == [Level.ALARM, Level.OK]
    assert (found.longest_rest, found.standstill.state) == (3 * HOUR, IncidentState.BAD)
    Device.objects.filter(pk=often.pk).update(is_active=False)
    assert (seen().longest_rest, seen().standstill.state) == (6 * HOUR, IncidentState.WELL)


def test_what_a_wrong_clock_of_ours_noted_hides_no_standstill() -> None:
    dead = device("Dead", last_seen=NOW + timedelta(days=365))
    SyncRun.objects.create(device=dead, started_at=NOW - timedelta(days=1))
    assert seen().standstill.state is IncidentState.BAD
    SyncRun.objects.create(device=dead, started_at=NOW + timedelta(days=365))
    device("Read", last_seen=NOW - 90 * MINUTE)

    assert (seen().last_attempt, seen().standstill.state) == (NOW - 90 * MINUTE, IncidentState.BAD)


def test_a_file_that_was_imported_is_no_reading_of_a_terminal() -> None:
    gate = device(last_seen=datetime.now(UTC) - 3 * HOUR)
    store_punches(gate, [Punch("7", at("09:00"))])
    import_log(gate, io.BytesIO(b"7\t2024-01-08 17:00:00\t1\t1\t1\t0\r\n"), "1_attlog.dat")
    found = seen(None)
    assert (found.last_attempt, found.polled_since) == (gate.last_seen, None)
    assert found.standstill.state is IncidentState.BAD
    collect(unplugged().pk)
    assert seen(None).standstill.state is IncidentState.WELL, "a try is a try"


def test_what_became_of_the_punches_is_counted() -> None:
    gate = device(last_seen=NOW, last_reconciled=NOW)
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", at("09:00")), ("7", at("17:00")))
    derive_pending()
    ProcessedAttendance.objects.update(posting_state="failed")
    punched(gate, ("7", at("18:00")), ("7", at("19:00")))
    Incident.objects.create(device=gate, kind="down", opened_at=NOW, open_key="x")
    Incident.objects.create(device=gate, kind="down", opened_at=NOW, closed_at=NOW)

    found = whole()

    assert (found.days_pending, found.rows_failed, len(found.incidents)) == (1, 1, 1)
    assert found.level is Level.WARN


def test_forty_terminals_cost_the_queries_of_two() -> None:
    costs = []
    for amount in (2, 38):
        for number in range(amount):
            one = device(f"Gate {amount} {number}", last_seen=NOW)
            punched(one, ("7", at("09:00")))
            SyncRun.objects.create(device=one, started_at=NOW, whole=True, device_records=1, new=1)
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            found = site_health(NOW)
        costs.append((len(found.survey.devices), len(queries)))

    assert [number for number, _ in costs] == [2, 40]
    assert costs[0][1] == costs[1][1] <= 10


def test_a_week_of_punches_is_not_counted_at_each_look() -> None:
    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            survey_devices(NOW)
        return sum("COUNT(" in query["sql"] and "esslattendancelog" in query["sql"] for query in queries)

    device(last_seen=NOW)
    assert [counted(), counted()] == [1, 0]
    cache.clear()
    assert counted() == 1


def test_one_terminal_is_judged_as_in_the_survey_of_all() -> None:
    now = datetime.now(UTC)
    gates = [device(name, last_seen=now, failures=number, record_count=5) for number, name in enumerate("ab")]
    for gate in gates:
        SyncRun.objects.create(device=gate, started_at=now, whole=True, device_records=5, new=3 + gate.failures)
    found = survey_devices(now)
    assert [health_of(gate, now) for gate in gates] == list(found.devices)

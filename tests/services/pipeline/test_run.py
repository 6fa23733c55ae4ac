"""The whole river: terminals, people, days, rows. One failing part never stops the others."""

from typing import Any

import pytest

from attendance_devices.domain.results import CollectResult
from attendance_devices.models import DeviceUser, ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.services.pipeline import run as module
from attendance_devices.services.pipeline.run import run, try_collect
from attendance_devices.simulators.zkteco import Profile
from tests.builders.crm import (
    MONDAY,
    at,
    crm_rows,
    days,
    employee,
    host,
    on_the_wall,
    people,
    setting,
    taps,
    terminal,
    unplugged,
)
from tests.builders.failing_hosts import CannotMap, CannotPost

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("soon_after")]
WISH: dict[str, Any] = {"fetch": True, "map_people": True, "create": False, "since": MONDAY}


def gate_machine() -> Any:
    return terminal(people(("7", "Asha Nair")), taps(("7", at("09:04:12")), ("7", at("17:30"))))


def test_from_the_terminal_to_the_crms_row() -> None:
    asha = employee("7", "Asha Nair")
    told: list[CollectResult] = []
    with on_the_wall(gate_machine()) as gate:
        found = run([gate], told=told.append, **WISH)
        again = run([gate], **WISH)

    assert found.failures == again.failures == []
    assert (found.collects[0].new, found.mapped.mapped, found.derived.created, found.posted.created) == (2, 1, 1, 1)
    assert told == list(found.collects)
    assert crm_rows() == [(asha.username, MONDAY, "09:04:12", "17:30:00")]
    assert (again.collects[0].new, again.mapped.mapped, again.derived.created, again.posted.created) == (0, 0, 0, 0)


def test_one_dead_terminal_never_stops_the_others() -> None:
    asha = employee("7")
    with on_the_wall(gate_machine(), "Alive") as alive:
        found = run([unplugged(), alive, unplugged("Dead too")], **WISH)

    assert [result.ok for result in found.collects] == [False, True, False]
    assert len(found.failures) == 2
    assert all("Check the port" in failure for failure in found.failures)
    assert crm_rows() == [(asha.username, MONDAY, "09:04:12", "17:30:00")]


def test_a_wrong_comm_key_says_where_the_right_one_is() -> None:
    machine = terminal(profile=Profile(comm_key=77))
    with on_the_wall(machine, comm_key="1") as gate:
        found = run([gate], **WISH)

    assert "Comm > PC connection" in found.failures[0]


def test_a_garbled_time_zone_of_one_device_is_told_and_the_others_go_on() -> None:
    employee("7")
    mars = unplugged("Mars", timezone="Mars/Base")
    with on_the_wall(gate_machine(), "Alive") as alive:
        found = run([mars, alive], **WISH)

    assert [result.ok for result in found.collects] == [False, True]
    assert "Write the time zone as" in found.failures[0]
    assert found.posted.created == 1


@pytest.mark.parametrize(
    ("kind", "says", "stored"),
    [(CannotMap, "mapping: unexpected ConnectionError", 0), (CannotPost, "posting to the CRM: unexpected", 1)],
)
def test_a_stage_that_breaks_is_told_and_what_was_read_is_kept(
    kind: type, says: str, stored: int, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(kind))
    asha = employee("7")
    with on_the_wall(gate_machine()) as gate:
        found = run([gate], **WISH)
        assert len(found.failures) == 1
        assert says in found.failures[0]
        assert "See the log" in found.failures[0]
        assert "Traceback" in caplog.text
        assert (ESSLAttendanceLog.objects.count(), ProcessedAttendance.objects.count()) == (2, stored)

        settings.ATTENDANCE_DEVICES = usual
        assert run([gate], **WISH).failures == []
    assert [row[0] for row in crm_rows()] == [asha.username]


def test_garbage_in_the_settings_is_told_with_the_key_that_is_wrong(settings: Any) -> None:
    with on_the_wall(gate_machine()) as gate:
        settings.ATTENDANCE_DEVICES = setting(HOST="nowhere.Host")
        found = run([gate], **WISH)

    assert found.collects[0].new == 2
    assert all("ATTENDANCE_DEVICES['HOST'] cannot be imported" in failure for failure in found.failures)
    assert all("manage.py check" in failure for failure in found.failures)
    assert PendingDay.objects.count() == 0


def test_map_only_reads_people_and_no_punch() -> None:
    asha = employee("7")
    machine = gate_machine()
    with on_the_wall(machine) as gate:
        found = run([gate], **(WISH | {"fetch": False}))

    assert (found.collects[0].new, found.collects[0].enrolments, found.mapped.mapped) == (0, 1, 1)
    assert DeviceUser.objects.get().system_user_id == asha.pk
    assert not ESSLAttendanceLog.objects.exists()


def test_fetch_only_maps_nobody() -> None:
    employee("7")
    with on_the_wall(gate_machine()) as gate:
        found = run([gate], **(WISH | {"map_people": False}))

    assert (found.collects[0].new, found.mapped.mapped, found.derived.created) == (2, 0, 0)
    assert not DeviceUser.objects.filter(is_mapped=True).exists()


def test_everything_is_stored_and_only_the_days_since_are_posted() -> None:
    employee("7")
    punches = taps(*[("7", at("09:00", day)) for day in days(10)])
    with on_the_wall(terminal(people(("7", "Asha")), punches)) as gate:
        found = run([gate], **(WISH | {"since": days(10)[7]}))

    assert (found.collects[0].new, found.derived.created, found.posted.created) == (10, 10, 3)
    assert [row[1] for row in crm_rows()] == days(10)[7:]


def test_accounts_are_made_when_asked_and_their_days_posted_in_the_same_run() -> None:
    with on_the_wall(gate_machine()) as gate:
        found = run([gate], **(WISH | {"create": True}))

    assert (found.mapped.created, found.posted.created) == (1, 1)
    assert [row[2:] for row in crm_rows()] == [("09:04:12", "17:30:00")]


def test_a_kill_between_collect_and_derive_is_made_good_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asha = employee("7")

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    with on_the_wall(gate_machine()) as gate:
        with monkeypatch.context() as broken:
            broken.setattr(module, "derive_pending", die)
            with pytest.raises(Killed):
                run([gate], **WISH)
        assert PendingDay.objects.exists()
        found = run([gate], **WISH)

    assert (found.collects[0].new, found.derived.created) == (0, 1)
    assert crm_rows() == [(asha.username, MONDAY, "09:04:12", "17:30:00")]


def test_a_device_that_was_deleted_meanwhile_is_a_result_too(caplog: pytest.LogCaptureFixture) -> None:
    gate = unplugged()
    type(gate).objects.all().delete()

    found = try_collect(gate)

    assert not found.ok
    assert "unexpected DoesNotExist" in found.error
    assert "failed unexpectedly" in caplog.text

"""A person says who a user of a terminal is, and takes it back.

Covers: services/mapping/preview, services/mapping/unmap.
"""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Q

from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.exceptions import (
    DecidedMeanwhile,
    EmployeeUnknown,
    MappingForbidden,
    MappingStays,
)
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import (
    AuditEntry,
    DeviceUser,
    ESSLAttendanceLog,
    PendingDay,
    ProcessedAttendance,
    SealedDay,
)
from attendance_devices.services.collection.enrolments import store_enrolments
from attendance_devices.services.corrections.correct import void_punch
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.mapping.decide import create_accounts, ignore, map_to_employee, stop_ignoring
from attendance_devices.services.mapping.match import map_users
from attendance_devices.services.mapping.preview import of_mapping, of_release
from attendance_devices.services.mapping.unmap import plan_release, release
from attendance_devices.services.posting.post import post
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    crm_rows,
    days,
    device,
    edit,
    employee,
    host,
    mapped,
    nothing_is_written,
    our_rows,
    punched,
    setting,
)
from tests.builders.shared_database import shared_database, until
from tests.builders.staff import called, gate, known, read, spelled, works

pytestmark = pytest.mark.django_db
User = get_user_model()
LONG_AGO = MONDAY - timedelta(days=14)


class OnlyAsha(DeclaredHost):
    """A CRM in which the viewer may see Asha and nobody else."""

    def visible_employees(self, viewer: Any) -> Any:
        return {str(User.objects.get(username="asha").pk)}


class ClosedMonday(DeclaredHost):
    """The books of that Monday are closed."""

    def locked(self, days: Any) -> Any:
        return {(key, day): "payroll of January is closed" for key, day in days if day == MONDAY}


class RefusesBob(DeclaredHost):
    """A CRM that breaks for one of the accounts."""

    def create_employee(self, account: Any) -> str:
        if "Bob" in account.fields["first_name"]:
            raise LookupError("no Bobs")
        return super().create_employee(account)


def officer(*rights: str, username: str = "officer") -> Any:
    user = User(username=username)
    if hasattr(user, "user_type"):
        user.user_type = 2
    user.save()
    names = rights or ("change_deviceuser", f"add_{User._meta.model_name}")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=user.pk)


def stranger(where: Any, key: str = "9", *dates: date, name: str = "Bilal Khan") -> DeviceUser:
    """Somebody whom the CRM does not know, with two punches on each of these days."""
    punched(where, *[(key, at(clock, day)) for day in dates or days(2) for clock in ("09:00", "17:00")])
    DeviceUser.objects.filter(device_user_id=key).update(device_user_name=name, on_device=True)
    return DeviceUser.objects.get(device=where, device_user_id=key)


def trail() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "by_name"))


def test_whoever_it_is_gets_the_earlier_punches_and_their_days() -> None:
    user, asha, by = stranger(device()), employee("7", "Asha Nair", username="asha"), officer()

    done = map_to_employee(user.pk, str(asha.pk), by=by)

    assert done == "Gate, 9 Bilal Khan is Asha Nair (asha) from now on, with 4 earlier punches."
    user.refresh_from_db()
    assert (user.system_user, user.mapped_by, user.mapped_reason) == (asha, "person", "by officer")
    assert ESSLAttendanceLog.objects.filter(user=asha).count() == 4
    derive_pending()
    assert list(ProcessedAttendance.objects.values_list("date", flat=True).order_by("date")) == days(2)
    assert trail() == [("map", "officer")]
    entry = AuditEntry.objects.get()
    assert (entry.subject, entry.device_name) == ("Gate, 9 Bilal Khan", "Gate")


@pytest.mark.parametrize(
    ("later", "said"),
    [(timedelta(hours=3), "in, not out yet"), (timedelta(days=2), "a check is missing")],
    ids=["while the person may be at work", "when the day is over"],
)
def test_a_day_without_its_end_lacks_it_only_once_it_is_over(later: timedelta, said: str) -> None:
    where = device()
    punched(where, ("9", at("09:00")))
    user, asha = DeviceUser.objects.get(device_user_id="9"), employee("7", "Asha Nair")

    with time_machine.travel(at("09:00").replace(tzinfo=ZONE) + later):
        (shown,) = of_mapping([(user, asha)])

    assert [str(day.after.mark.label) for day in shown.days if day.after] == [said]


def test_what_is_shown_before_is_what_comes_and_nothing_is_written_for_it() -> None:
    user, asha, by = stranger(device()), employee("7", "Asha Nair"), officer()
    with nothing_is_written():
        (shown,) = of_mapping([(user, asha)])
    assert [(day.date, day.before, str(day.after.mark.label)) for day in shown.days if day.after] == [
        (day, None, "on time") for day in days(2)
    ]
    assert (shown.punches, shown.crm) == (4, {"create": 2})

    map_to_employee(user.pk, asha.pk, by=by)
    derive_pending()
    post(since=MONDAY)

    rows = ProcessedAttendance.objects.order_by("date")
    assert [(row.date, row.check_in, row.check_out) for row in rows] == [
        (day.date, day.after.check_in, day.after.check_out) for day in shown.days if day.after
    ]
    assert len(crm_rows()) == 2


def test_of_two_officers_the_second_is_told_and_nothing_of_theirs_happens() -> None:
    user, asha, other = stranger(device()), employee("7", username="asha"), employee("8", username="other")
    map_to_employee(user.pk, asha.pk, by=officer())
    second = officer(username="second")
    for act in (
        lambda: map_to_employee(user.pk, other.pk, by=second),
        lambda: ignore(user.pk, by=second),
        lambda: stop_ignoring(user.pk, by=second),
    ):
        with nothing_changes(), pytest.raises(DecidedMeanwhile, match=r"mapped already \(by officer\)"):
            act()
    assert create_accounts([user.pk], by=second)[0] == []
    assert len(trail()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_officers_at_the_same_moment_one_maps_it(tmp_path: Any) -> None:
    user, by = stranger(device()), officer()
    people = [employee(str(number), username=f"p{number}") for number in range(4)]
    done: list[str] = []
    told: list[str] = []
    gun = threading.Barrier(len(people))

    def decide(someone: Any) -> None:
        gun.wait()
        try:
            done.append(map_to_employee(user.pk, someone.pk, by=by))
        except DecidedMeanwhile as error:
            told.append(str(error))
        finally:
            connection.close()

    with shared_database(tmp_path):
        threads = [threading.Thread(target=decide, args=(someone,)) for someone in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: len(done) + len(told) == len(people), "an answer to each")
        assert (len(done), len(told)) == (1, 3)
        owners = set(ESSLAttendanceLog.objects.values_list("user", flat=True))
        assert owners == {DeviceUser.objects.get().system_user_id}
        assert AuditEntry.objects.count() == 1


def test_who_may_not_say_it_changes_nothing() -> None:
    user, asha, by = stranger(device()), employee("7"), officer("view_deviceuser")
    for act in (
        lambda: map_to_employee(user.pk, asha.pk, by=by),
        lambda: ignore(user.pk, by=by),
        lambda: stop_ignoring(user.pk, by=by),
        lambda: create_accounts([user.pk], by=by),
        lambda: release(mapped(device("Gate 2"), "7", asha).pk, by=by),
    ):
        with pytest.raises(MappingForbidden, match="change_deviceuser"):
            act()
    mapper = officer("change_deviceuser", username="mapper")
    with pytest.raises(MappingForbidden, match="add_"):
        create_accounts([user.pk], by=mapper)
    assert trail() == []


def test_an_employee_whom_the_viewer_may_not_see_is_none(settings: Any) -> None:
    user, by = stranger(device()), officer()
    asha, other = employee("7", username="asha"), employee("8", username="other")
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OnlyAsha))
    for key in (other.pk, str(other.pk), "987654", "", "x", None):
        with nothing_changes(), pytest.raises(EmployeeUnknown, match="no such employee"):
            map_to_employee(user.pk, key, by=by)
    map_to_employee(user.pk, asha.pk, by=by)
    foreign = mapped(device("Gate 2"), "8", other)
    with pytest.raises(DecidedMeanwhile, match="it is not mapped"):
        release(foreign.pk, by=by)


def test_who_is_ignored_is_nobody_until_somebody_heeds_it_or_maps_it() -> None:
    user, asha, by = stranger(device()), employee("7", username="asha"), officer()
    assert ignore(user.pk, by=by) == "Gate, 9 Bilal Khan is ignored from now on; the punches stay stored."
    with pytest.raises(DecidedMeanwhile, match="ignored already"):
        ignore(user.pk, by=by)
    assert stop_ignoring(user.pk, by=by) == "Gate, 9 Bilal Khan waits again to be mapped."
    with pytest.raises(DecidedMeanwhile, match="not ignored any more"):
        stop_ignoring(user.pk, by=by)
    ignore(user.pk, by=by)
    map_to_employee(user.pk, asha.pk, by=by)
    user.refresh_from_db()
    assert (user.ignored, user.system_user) == (False, asha)
    assert [verb for verb, _ in trail()] == ["ignore", "notice", "ignore", "map"]


def test_one_person_on_two_terminals_gets_one_account() -> None:
    gates, by = [device("Gate 1"), device("Gate 2")], officer()
    for where in gates:
        store_enrolments(where, [Enrolment(device_user_id="9", name="Bilal Khan")])
        punched(where, ("9", at("09:00")))

    words, errors = create_accounts(list(DeviceUser.objects.values_list("pk", flat=True)), by=by)

    assert (len(words), errors) == (2, [])
    assert DeviceUser.objects.values("system_user").distinct().count() == 1
    assert set(DeviceUser.objects.values_list("mapped_by", "mapped_reason")) == {
        ("created", "account created by officer")
    }
    made = User.objects.get(pk=DeviceUser.objects.first().system_user_id)
    assert not made.is_staff and not made.is_superuser and not made.has_usable_password()
    assert trail() == [("create_account", "officer")] * 2


def test_an_account_that_the_crm_refuses_stops_none_of_the_others(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(RefusesBob))
    where, by = device(), officer()
    store_enrolments(where, [Enrolment(device_user_id="8", name="Bob"), Enrolment(device_user_id="9", name="Bilal")])

    words, errors = create_accounts(list(DeviceUser.objects.values_list("pk", flat=True)), by=by)

    assert [("Bilal" in word) for word in words] == [True]
    assert len(errors) == 1 and "no Bobs" in errors[0]
    assert DeviceUser.objects.filter(system_user__isnull=True).count() == 1


def test_whom_a_key_names_already_gets_no_second_account() -> None:
    asha, by = employee("9", "Asha Nair", username="asha"), officer()
    user = stranger(device(), "9")
    count = User.objects.count()
    words, errors = create_accounts([user.pk], by=by)
    assert words == [] and "map it to that one" in errors[0]
    assert User.objects.count() == count and asha.pk


def test_a_mapping_that_is_undone_leaves_the_days_as_they_were_before_it() -> None:
    """The wrong person was chosen: the other one's days, and the CRM's rows, are as they were."""
    where, other = device(), device("Other")
    asha = employee("7", "Asha Nair", username="asha")
    mapped(other, "7", asha)
    punched(other, ("7", at("08:00")), ("7", at("16:00")))
    derive_pending()
    post(since=LONG_AGO)
    user, by = stranger(where, "9", *days(4)), officer()
    before = (our_rows(), crm_rows())
    map_to_employee(user.pk, asha.pk, by=by)
    derive_pending()
    post(since=LONG_AGO)
    assert len(crm_rows()) == 4 and crm_rows() != before[1]

    with nothing_is_written():
        (shown,) = of_release([DeviceUser.objects.get(pk=user.pk)])
    done = release(user.pk, by=by)

    assert done == "Gate, 9 Bilal Khan is Asha Nair (asha) no more; 8 punches are nobody's again."
    derive_pending()
    post(since=LONG_AGO)
    assert (our_rows(), crm_rows()) == before
    assert (shown.punches, shown.crm, shown.problem) == (8, {"change": 1, "remove": 3}, "")
    assert [day.after is None for day in shown.days] == [False, True, True, True]
    assert not ESSLAttendanceLog.objects.filter(biometric_id="9", user__isnull=False).exists()
    user.refresh_from_db()
    assert (user.system_user, user.ignored, user.mapped_by) == (None, False, "")
    assert user.mapped_reason == "mapping undone by officer"
    assert [verb for verb, _ in trail()] == ["map", "unmap"]
    map_to_employee(user.pk, asha.pk, by=by)
    assert ESSLAttendanceLog.objects.filter(user=asha).count() == 10, "and it can be mapped once more"


def test_days_on_which_nobody_came_go_with_the_mapping_that_made_them(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = spelled()
    where = gate()
    works()
    user = known("7", where)
    read(where)
    called()
    post(since=LONG_AGO)
    assert ProcessedAttendance.objects.filter(status="absent").exists()
    row = DeviceUser.objects.get(system_user=user)

    plan = plan_release(row)
    release(row.pk, by=officer())
    derive_pending()
    post(since=LONG_AGO)

    assert not ProcessedAttendance.objects.exists() and crm_rows() == []
    assert len(plan.rows.remove) + len(plan.rows.change) == len(plan.days)


def test_a_row_that_a_person_edited_stays_as_the_person_left_it() -> None:
    asha, by = employee("7", username="asha"), officer()
    user = stranger(device(), "9", MONDAY)
    map_to_employee(user.pk, asha.pk, by=by)
    derive_pending()
    post(since=MONDAY)
    edit(asha, went="18:30")

    (shown,) = of_release([DeviceUser.objects.get(pk=user.pk)])
    release(user.pk, by=by)
    derive_pending()
    post(since=MONDAY)

    assert shown.crm == {"kept": 1}
    assert [row[3] for row in crm_rows()] == ["18:30:00"]


def test_what_its_own_key_would_map_again_is_ignored_afterwards() -> None:
    asha, by, where = employee("7", "Asha", username="asha"), officer(), device()
    store_enrolments(where, [Enrolment(device_user_id="7", name="Asha")])
    map_users([where], create=False)
    row = DeviceUser.objects.get()

    done = release(row.pk, by=by)

    row.refresh_from_db()
    assert row.ignored and "its key would map it to the same employee again" in done
    map_users([where], create=False)
    assert not DeviceUser.objects.filter(system_user=asha).exists()


def test_a_mapping_stays_while_something_hangs_on_it(settings: Any) -> None:
    asha = employee("7", username="asha")
    by = officer("change_deviceuser", "add_correction")
    user = stranger(device(), "9", MONDAY)
    map_to_employee(user.pk, asha.pk, by=by)
    derive_pending()
    correction = void_punch(ESSLAttendanceLog.objects.first().pk, by=by, why="a lent card")
    with nothing_changes(), pytest.raises(MappingStays, match="1 corrections speak about its punches"):
        release(user.pk, by=by)
    correction.delete()
    SealedDay.objects.create(user=asha, date=MONDAY, at=at("09:00").replace(tzinfo=None).astimezone(), device=None)
    with nothing_changes(), pytest.raises(MappingStays, match="KEEP_PUNCHES_DAYS"):
        release(user.pk, by=by)
    SealedDay.objects.all().delete()
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
    with nothing_changes(), pytest.raises(MappingStays, match="payroll of January is closed"):
        release(user.pk, by=by)
    assert not AuditEntry.objects.filter(verb="unmap").exists()


def test_two_ids_of_one_person_on_one_terminal_are_undone_one_by_one() -> None:
    asha, by, where = employee("7", username="asha"), officer(), device()
    first, second = stranger(where, "8", MONDAY), stranger(where, "9", MONDAY + timedelta(days=1))
    for user in (first, second):
        map_to_employee(user.pk, asha.pk, by=by)
    derive_pending()
    release(first.pk, by=by)
    derive_pending()
    assert [row.date for row in ProcessedAttendance.objects.all()] == [MONDAY + timedelta(days=1)]


def test_who_is_no_more_is_told() -> None:
    with pytest.raises(DecidedMeanwhile, match="no such user"):
        map_to_employee(987_654, 1, by=officer())


class nothing_changes:
    """Whatever the verb tries, the rows stay."""

    def __enter__(self) -> None:
        self.before = self._rows()

    def __exit__(self, *args: Any) -> None:
        assert self._rows() == self.before

    @staticmethod
    def _rows() -> list[Any]:
        named = Q(user__isnull=False)
        return [
            list(DeviceUser.objects.order_by("pk").values_list("system_user", "ignored", "mapped_reason")),
            ESSLAttendanceLog.objects.filter(named).count(),
            PendingDay.objects.count(),
            AuditEntry.objects.count(),
        ]

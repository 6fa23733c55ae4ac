"""Who is who, in the database: keys, accounts, conflicts, and what a person said meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.devices.device import Enrolment, Privilege
from attendance_devices.domain.people.mapping import MapAction
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.services.collection.enrolments import store_enrolments
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.mapping.match import map_users, plan_mapping, unmapped_users
from attendance_devices.services.posting.post import post
from tests.builders.crm import (
    HAS_PROFILES,
    MONDAY,
    at,
    crm_rows,
    days,
    device,
    employee,
    host,
    nothing_is_written,
    punched,
    setting,
    statements,
)

pytestmark = pytest.mark.django_db
User = get_user_model()
KEY = "device_id" if HAS_PROFILES else "biometric_id"


def lists(gate: Device, *people: tuple[str, str], privilege: Privilege = Privilege.USER) -> None:
    store_enrolments(gate, [Enrolment(device_user_id=key, name=name, privilege=privilege) for key, name in people])


def who(gate: Device, key: str) -> Any:
    return DeviceUser.objects.get(device=gate, device_user_id=key).system_user


class GoneMeanwhile(DeclaredHost):
    """Somebody deletes the account after the plan was made."""

    def find_employees(self, ids: Any) -> Any:
        found = super().find_employees(ids)
        User.objects.filter(username="gone").delete()
        return found


class MappedMeanwhile(DeclaredHost):
    """A person maps user 7 to somebody else after the plan was made."""

    def find_employees(self, ids: Any) -> Any:
        found = super().find_employees(ids)
        DeviceUser.objects.filter(device_user_id="7").update(system_user=User.objects.get(username="other"))
        return found


class RefusesBob(DeclaredHost):
    """A CRM whose own code breaks for one of the accounts."""

    def create_employee(self, account: Any) -> str:
        if account.fields["first_name"] == "Bob":
            User.objects.create(username="half-made")
            message = "no Bobs"
            raise LookupError(message)
        return super().create_employee(account)


class CannotPlanBob(DeclaredHost):
    """A CRM that cannot say what one account would be."""

    def plan_account(self, enrolment: Enrolment, **more: Any) -> Any:
        if enrolment.name == "Bob":
            raise HostError("the account of Bob", "it has no department", next_step="Give it one.")
        return super().plan_account(enrolment, **more)


def test_somebody_is_found_by_the_first_key_that_matches() -> None:
    gate = device()
    asha, other = employee("7", "Asha"), employee("", "Other", username="7")
    lists(gate, ("7", "Asha"), ("nobody", ""))

    _, result = map_users([gate], create=False)

    assert (result.mapped, result.created, result.unknown, result.errors) == (1, 0, 1, [])
    row = DeviceUser.objects.get(device_user_id="7")
    assert (row.system_user, row.mapped_by, row.is_mapped) == (asha, "lookup", True)
    assert row.mapped_reason == f"{KEY} '7'"
    assert row.mapped_at is not None
    assert row.system_user != other


def test_the_user_name_is_the_last_key() -> None:
    gate, asha = device(), employee("", username="asha")
    lists(gate, ("asha", "Asha"))

    map_users([gate], create=False)

    assert who(gate, "asha") == asha


if not HAS_PROFILES:

    def test_the_employee_id_comes_after_the_biometric_id_and_before_the_user_name() -> None:
        gate = device()
        first = User.objects.create(username="first", employee_id="7")
        User.objects.create(username="7")
        by_key = User.objects.create(username="third", biometric_id="8", employee_id="9")
        User.objects.create(username="fourth", employee_id="8")
        lists(gate, ("7", ""), ("8", ""))

        map_users([gate], create=False)

        assert (who(gate, "7"), who(gate, "8")) == (first, by_key)

    def test_a_new_account_gets_the_office_of_its_device_where_the_crm_knows_it() -> None:
        from example_project.hr.models import Office

        office = Office.objects.create(name="North")
        gate = device(office="North")
        lists(gate, ("7", "Asha Nair"))

        map_users([gate], create=True)

        asha = who(gate, "7")
        assert (asha.office, asha.biometric_id, asha.role, asha.first_name) == (office, "7", "employee", "Asha Nair")


def test_an_unknown_user_who_is_mapped_a_week_later_has_all_earlier_punches_derived_and_posted() -> None:
    gate = device()
    punched(gate, *[("7", at(clock, day)) for day in days(7) for clock in ("09:00", "17:00")])
    assert (map_users([gate], create=True)[1].unknown, derive_pending().created) == (1, 0)

    asha = employee("7")
    map_users([gate], create=False)
    derive_pending()
    post(since=MONDAY)

    assert not ESSLAttendanceLog.objects.filter(user=None).exists()
    assert crm_rows() == [(asha.username, day, "09:00:00", "17:00:00") for day in days(7)]


def test_whom_a_person_mapped_gets_earlier_punches_at_the_next_run_too() -> None:
    gate = device()
    punched(gate, ("7", at("09:00")))
    DeviceUser.objects.update(system_user=employee("nothing"))

    map_users([gate], create=False)

    assert derive_pending().created == 1


def test_the_same_pin_on_two_devices_for_two_people_is_two_accounts() -> None:
    north, south = device("North"), device("South")
    lists(north, ("7", "Asha Nair"))
    lists(south, ("7", "Bilal Khan"))

    _, result = map_users([north, south], create=True)

    assert result.created == 2
    assert who(north, "7") != who(south, "7")
    assert len({who(north, "7").username, who(south, "7").username}) == 2


@pytest.mark.parametrize("other", ["Asha Nair", "ASHA", "", "Nair Asha"])
def test_one_person_on_two_terminals_gets_one_account(other: str) -> None:
    north, south = device("North"), device("South")
    lists(north, ("7", "Asha Nair"))
    lists(south, ("7", other))

    _, result = map_users([north, south], create=True)

    assert (result.created, User.objects.count()) == (2, 1)
    assert who(north, "7") == who(south, "7")


def test_a_nameless_third_is_left_alone_where_two_people_share_an_id() -> None:
    gates = [device(name) for name in ("A", "B", "C")]
    for gate, name in zip(gates, ("Asha Nair", "Bilal Khan", ""), strict=True):
        lists(gate, ("7", name))

    plan, result = map_users(gates, create=True)

    assert (result.created, result.conflicts) == (2, 1)
    assert "more than one person has id '7'" in plan.of(MapAction.CONFLICT)[0].reason
    assert who(gates[2], "7") is None


def test_a_new_account_has_no_password_and_no_powers_and_a_name_of_its_own() -> None:
    gate = device()
    employee("", username="7")
    User.objects.filter(username="7").update(username="x7")
    employee("other", username="8")
    lists(gate, ("7", "Asha Nair"))
    lists(gate, ("7", "Asha Nair"), ("9", "Bilal"))

    map_users([gate], create=True)

    for key in ("7", "9"):
        made = who(gate, key)
        assert not made.has_usable_password()
        assert not (made.is_staff or made.is_superuser)
        assert made.username == key
        assert DeviceUser.objects.get(device_user_id=key).mapped_by == "created"


def test_a_user_name_that_is_taken_gets_a_number() -> None:
    gate = device()
    asha = employee("7", "Asha Nair", username="70")
    lists(gate, ("7", "Asha Nair"))
    map_users([gate], create=False)
    lists(gate, ("7", "Asha Nair"), ("70", "Bilal Khan"))

    plan, result = map_users([gate], create=True)

    assert who(gate, "7") == asha
    assert (result.created, result.conflicts) == (0, 1)
    assert "already another user of Gate" in plan.steps[0].reason


def test_nobody_gets_an_account_unless_it_is_asked_for() -> None:
    gate = device()
    lists(gate, ("7", "Asha"))

    _, result = map_users([gate], create=False)

    assert (result.created, result.unknown, User.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize("privilege", [Privilege.ADMIN, Privilege.SUPER_ADMIN, Privilege.ENROLLER])
def test_whoever_runs_the_terminal_gets_no_account_but_may_be_mapped(privilege: Privilege) -> None:
    gate, asha = device(), employee("7")
    lists(gate, ("7", "Asha"), ("1", "Boss"), privilege=privilege)

    plan, result = map_users([gate], create=True)

    assert (result.mapped, result.created) == (1, 0)
    assert who(gate, "7") == asha
    assert f"{privilege} of the terminal" in plan.of(MapAction.SKIP)[0].reason


def test_who_is_ignored_or_not_listed_gets_no_account() -> None:
    gate = device()
    employee("6")
    lists(gate, ("6", "Ignored"))
    DeviceUser.objects.update(ignored=True)
    punched(gate, ("99", at("09:00")))

    plan, result = map_users([gate], create=True)

    assert (result.mapped, result.created, result.unknown) == (0, 0, 1)
    assert "not in the terminal's list" in plan.steps[0].reason
    assert who(gate, "6") is None


def test_two_employees_with_one_key_are_reported_and_left_alone() -> None:
    gate = device()
    employee("7", "Asha")
    employee("7", "Bilal")
    lists(gate, ("7", "Asha"))

    plan, result = map_users([gate], create=True)

    assert (result.mapped, result.created, result.conflicts) == (0, 0, 1)
    assert f"2 employees have {KEY} '7'" in plan.steps[0].reason


def test_one_employee_for_two_users_of_one_device_is_reported_and_left_alone() -> None:
    gate = device()
    employee("7", username="asha")
    lists(gate, ("7", "Asha"), ("asha", "Asha"))

    assert map_users([gate], create=True)[1].conflicts == 2
    assert not DeviceUser.objects.filter(is_mapped=True).exists()


def test_an_employee_deleted_after_the_plan_is_told_and_the_others_are_mapped(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(GoneMeanwhile))
    gate, asha = device(), employee("7")
    employee("8", username="gone")
    lists(gate, ("7", ""), ("8", ""))

    _, result = map_users([gate], create=False)

    assert who(gate, "7") == asha
    assert who(gate, "8") is None
    assert result.mapped == 1
    assert "Gate, user 8" in result.errors[0]
    assert "deleted meanwhile. Run it again." in result.errors[0]


def test_what_a_person_mapped_after_the_plan_stays(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(MappedMeanwhile))
    gate = device()
    employee("7")
    other = employee("x", username="other")
    lists(gate, ("7", ""))

    _, result = map_users([gate], create=False)

    assert (who(gate, "7"), result.mapped, result.errors) == (other, 0, [])


@pytest.mark.parametrize(("kind", "says"), [(RefusesBob, "no Bobs"), (CannotPlanBob, "no department. Give it one")])
def test_one_failing_account_never_stops_the_others(kind: type, says: str, settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(kind))
    gate = device()
    lists(gate, ("1", "Asha"), ("2", "Bob"), ("3", "Chen"))

    _, result = map_users([gate], create=True)

    assert result.created == 2
    assert len(result.errors) == 1
    assert "Gate, user 2" in result.errors[0]
    assert says in result.errors[0]
    assert sorted(User.objects.values_list("first_name", flat=True)) == ["Asha", "Chen"]


def test_a_bad_account_template_still_maps_whom_it_can(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(NEW_USER={"first_name": "{nope}"})
    gate, asha = device(), employee("7")
    lists(gate, ("7", "Asha"), ("8", "Bilal"))

    _, result = map_users([gate], create=True)

    assert who(gate, "7") == asha
    assert (result.mapped, result.created) == (1, 0)
    assert "NEW_USER" in result.errors[0]


def test_huge_and_strange_names_are_accounts_too() -> None:
    gate = device()
    names = ["n" * 128, "Zoë 🦄", "=cmd|' /C calc'!A0", "'; DROP TABLE--", "اَحمد", " "]
    lists(gate, *[(str(number), name) for number, name in enumerate(names)])

    _, result = map_users([gate], create=True)

    assert (result.created, result.errors) == (len(names), [])


def test_a_proposal_writes_nothing_and_names_every_field_of_the_account() -> None:
    gate = device()
    lists(gate, ("7", "Asha Nair"))

    with nothing_is_written():
        plan = plan_mapping(unmapped_users([gate]), create=True)

    account = plan.of(MapAction.CREATE)[0].account
    assert account is not None
    assert {"username", "password", "is_staff", "is_superuser", "first_name"} <= set(account.fields)
    assert (account.fields["password"], account.fields["is_staff"]) == ("unusable", "False")


def test_mapping_a_hundred_users_costs_the_queries_of_ten() -> None:
    counts = []
    for number, amount in enumerate((10, 100)):
        gate = device(f"Gate {number}")
        keys = [str(1000 * number + key) for key in range(amount)]
        for key in keys:
            employee(key)
        lists(gate, *[(key, "") for key in keys])
        punched(gate, *[(key, at("09:00")) for key in keys])
        with CaptureQueriesContext(connection) as queries:
            _, result = map_users([gate], create=False)
        counts.append((result.mapped, statements(queries)))

    assert [mapped for mapped, _ in counts] == [10, 100]
    assert counts[0][1] == counts[1][1] <= 24
    assert PendingDay.objects.count() == 110


def test_the_days_of_whom_nobody_maps_wait_for_ever_without_a_row() -> None:
    gate = device()
    punched(gate, ("7", at("09:00", MONDAY + timedelta(days=1))))

    map_users([gate], create=False)
    derive_pending()

    assert not ProcessedAttendance.objects.exists()
    assert ESSLAttendanceLog.objects.get().user is None

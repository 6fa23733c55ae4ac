"""The declared host: who it is, whom it knows, and what it says when the setting is wrong.

Covers: hosts/current, hosts/people/lookups, hosts/schema/natural_keys, hosts/schema/fields.
"""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import DjangoAssertNumQueries

from attendance_devices.conf import Settings
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.declared import DeclaredHost
from example_project.hr.models import Attendance, CustomUser, Department, Office
from tests.builders.host_days import MONDAY, day, remembered


class Adapted(DeclaredHost):
    """A subclass as a company would write it."""


def host(**given: Any) -> DeclaredHost:
    return DeclaredHost(Settings(**given))


def test_the_host_is_the_declared_one_unless_another_is_named(settings: Any) -> None:
    assert type(current_host()) is DeclaredHost
    settings.ATTENDANCE_DEVICES = {"HOST": "tests.hosts.test_declared.Adapted"}
    assert type(current_host()) is Adapted


def test_a_host_that_cannot_be_imported_is_named(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"HOST": "nowhere.Host"}
    with pytest.raises(ImproperlyConfigured, match=r"\['HOST'\] cannot be imported"):
        current_host()


@pytest.mark.parametrize("path", ["tests.hosts.test_declared.Settings", "tests.builders.host_days.MONDAY"])
def test_a_host_that_is_no_host_is_named(settings: Any, path: str) -> None:
    settings.ATTENDANCE_DEVICES = {"HOST": path}
    with pytest.raises(ImproperlyConfigured, match="not a subclass"):
        current_host()


def test_without_an_attendance_model_it_takes_no_rows() -> None:
    assert host().takes_rows is False
    assert host(attendance_model="hr.Attendance").takes_rows is True


@pytest.mark.django_db
def test_without_an_attendance_model_it_still_knows_employees_and_makes_accounts() -> None:
    recorder = host()
    account = recorder.plan_account(Enrolment(device_user_id="7"), device="Gate", office="", taken=())
    key = recorder.create_employee(account)
    assert recorder.find_employees(["7"])["biometric_id"] == {"7": [key]}


def test_everybody_sees_everybody_and_nothing_is_locked_by_default() -> None:
    assert current_host().visible_employees(None) is None
    assert current_host().locked([]) == {}
    assert current_host().shift_rules([], []) == {}


@pytest.mark.django_db
class TestFindEmployees:
    def test_lookups_answer_in_order_of_preference(self) -> None:
        CustomUser.objects.create(username="7", biometric_id="9", employee_id="8")
        found = current_host().find_employees(["7", "8", "9", "10"])
        key = str(CustomUser.objects.get().pk)
        assert list(found.items()) == [
            ("biometric_id", {"9": [key]}),
            ("employee_id", {"8": [key]}),
            ("username", {"7": [key]}),
        ]

    def test_blank_ids_never_match_people_without_an_id(self) -> None:
        CustomUser.objects.create(username="ali", biometric_id="")
        assert current_host().find_employees(["", "  "])["biometric_id"] == {}

    def test_text_is_matched_exactly(self) -> None:
        for name in ("ali", "007", "7 "):
            CustomUser.objects.create(username=f"user {name}", biometric_id=name)
        found = current_host().find_employees(["Ali", "7", "007"])["biometric_id"]
        assert list(found) == ["007"]

    def test_a_number_is_another_id_when_it_has_leading_zeros(self) -> None:
        user = CustomUser.objects.create(username="ali")
        numbers = host(employee_lookups={"number": "pk"})
        found = numbers.find_employees([f"00{user.pk}", f"{user.pk}", "x", "99999999999999999999999"])
        assert found == {"number": {str(user.pk): [str(user.pk)]}}

    def test_all_who_carry_an_id_are_told(self) -> None:
        first, second = (CustomUser.objects.create(username=name, biometric_id="7") for name in "ab")
        assert current_host().find_employees(["7"])["biometric_id"] == {"7": [str(first.pk), str(second.pk)]}

    def test_inactive_people_are_found(self) -> None:
        CustomUser.objects.create(username="left", biometric_id="7", is_active=False)
        assert "7" in current_host().find_employees(["7"])["biometric_id"]

    def test_a_lookup_may_lead_through_relations(self) -> None:
        office = Office.objects.create(name="HQ")
        user = CustomUser.objects.create(username="ali", office=office)
        by_office = host(employee_lookups={"desk": "office__name", "room": "office"})
        found = by_office.find_employees(["HQ", str(office.pk)])
        assert found == {"desk": {"HQ": [str(user.pk)]}, "room": {str(office.pk): [str(user.pk)]}}

    def test_a_person_reached_twice_is_told_once(self) -> None:
        from example_project.hr.models import Attendance

        user = CustomUser.objects.create(username="ali")
        for month in (1, 2):
            Attendance.objects.create(user=user, date=f"2026-0{month}-01", device="7", status="Present")
        found = host(employee_lookups={"seen": "attendances__device"}).find_employees(["7"])
        assert found == {"seen": {"7": [str(user.pk)]}}

    def test_a_usual_lookup_that_the_crm_lacks_is_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from attendance_devices.hosts.people import lookups

        monkeypatch.setitem(lookups.USUAL, "badge", "badge")  # type: ignore[arg-type]
        assert host(employee_lookups={"badge": "badge"}).find_employees(["7"]) == {}

    @pytest.mark.parametrize("path", ["badge", "username__badge", "office__badge"])
    def test_a_lookup_that_leads_nowhere_is_named(self, path: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=r"\['EMPLOYEE_LOOKUPS'\]\['badge'\]"):
            host(employee_lookups={"badge": path}).find_employees(["7"])

    @pytest.mark.parametrize("people", [10, 200])
    def test_one_query_a_lookup_however_many_people(
        self, people: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        CustomUser.objects.bulk_create(CustomUser(username=f"u{n}", biometric_id=str(n)) for n in range(people))
        with django_assert_num_queries(3):
            found = current_host().find_employees([str(number) for number in range(people)])
        assert len(found["biometric_id"]) == people


WRONG = [
    ({"attendance_model": "hr.Nothing"}, r"\['ATTENDANCE_MODEL'\].*not an installed model"),
    ({"attendance_model": "Nothing"}, r"\['ATTENDANCE_MODEL'\].*not an installed model"),
    ({"check_in_field": "check_in_tim"}, r"\['CHECK_IN_FIELD'\].*Did you mean 'check_in_time'"),
    ({"person_field": "device"}, r"\['PERSON_FIELD'\].*not a foreign key"),
    ({"date_field": "user__birthday"}, r"\['DATE_FIELD'\].*leads nowhere"),
    ({"date_field": "date__year"}, r"\['DATE_FIELD'\].*leads nowhere"),
    ({"date_field": "", "check_in_field": ""}, r"\['DATE_FIELD'\] is empty"),
    ({"date_field": "", "check_in_field": "device"}, r"\['DATE_FIELD'\] is empty"),
    ({"extra_fields": {"device": "weather"}}, r"\['EXTRA_FIELDS'\]\['device'\]: 'weather'"),
    ({"constants": {"weather": 1}}, r"\['CONSTANTS'\].*no field 'weather'"),
    ({"from_person": {"weather": "office"}}, r"\['FROM_PERSON'\].*no field 'weather'"),
    ({"person_path": "badge"}, r"\['PERSON_PATH'\].*single relations: .*office"),
    ({"person_path": "groups"}, r"\['PERSON_PATH'\].*does not lead to one row"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "said"), WRONG)
def test_a_setting_that_names_what_is_not_there_is_named(given: dict[str, Any], said: str) -> None:
    usual = {
        "attendance_model": "hr.Attendance",
        "check_in_field": "check_in_time",
        "check_out_field": "check_out_time",
    }
    with pytest.raises(ImproperlyConfigured, match=said):
        host(**usual | given).plan_rows([day("1")])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parent", "said"),
    [
        ({"model": "hr.Nothing", "field": "user", "keys": {}}, "not an installed model"),
        ({"model": "hr.Office", "field": "user", "keys": {}}, "does not point to hr.Office"),
        ({"model": "hr.CustomUser", "field": "user", "keys": {"username": "weather"}}, "neither a fact nor person"),
        ({"model": "hr.CustomUser", "field": "user", "keys": {"weather": "date"}}, "no field 'weather'"),
    ],
)
def test_a_parent_that_does_not_fit_is_named(parent: dict[str, Any], said: str) -> None:
    from attendance_devices.conf import ParentSettings

    wrong = host(
        attendance_model="hr.Attendance",
        check_in_field="check_in_time",
        check_out_field="check_out_time",
        parent=ParentSettings(**parent),
    )
    with pytest.raises(ImproperlyConfigured, match=said):
        wrong.plan_rows([day("1")])


@pytest.mark.django_db
def test_rows_of_the_crm_are_found_by_the_names_people_use() -> None:
    from attendance_devices.hosts.schema import natural_keys

    sales, seven = Department.objects.create(name="Sales"), Department.objects.create(name="7")
    field: Any = CustomUser._meta.get_field("department")
    found = natural_keys.find(field, ["sales", "Sales", "7", str(sales.pk), "Nothing", ""])
    assert found["Sales"] == sales.pk
    assert found["7"] == seven.pk
    assert found[str(sales.pk)] == sales.pk or str(sales.pk) == "7"
    assert "Nothing" not in found


@pytest.mark.django_db
def test_rows_are_read_as_they_stand_in_order_and_a_day_without_one_is_none(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [CustomUser.objects.create(username=f"person {number}") for number in range(3)]
    written, edited, stranger = people
    crm = DeclaredHost()
    outcomes = crm.write_rows(crm.plan_rows([day(written, key=1), day(edited, key=2), day(stranger, key=3)]))
    Attendance.objects.filter(user=edited).update(status="Leave")
    rows = [
        remembered(day(edited, key=2), outcomes[1]),
        remembered(day(written, key=1), outcomes[0]),
        day(stranger, key=3),
        day(written, when=MONDAY.replace(day=6), key=5),
        day("987654", key=6),
        day(written, key=7, host_pk="987654"),
    ]

    with django_assert_num_queries(3):
        found = crm.read_rows(rows)

    said = [values["status"] if values else None for values in found]
    assert said == ["Leave", "Present", "Present", None, None, None]
    with django_assert_num_queries(3):
        crm.read_rows(rows * 10)

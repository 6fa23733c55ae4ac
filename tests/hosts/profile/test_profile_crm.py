"""The second host: attendance on a profile, UUID keys, naive times, logic in ``save()``, profiles made by a signal.

Covers: hosts/schema/person_path.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from attendance_devices.conf import Settings, load
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.rows import bulk
from tests.builders.host_days import MONDAY, day, remembered
from tests.hosts.profile_crm.models import Company, Employee, Member, TimeSheet
from tests.hosts.school.models import Visit

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 1, 5, 14, tzinfo=UTC)
"""Nine in New York."""
SIX = datetime(2026, 1, 5, 23, tzinfo=UTC)


@pytest.fixture
def ali() -> Member:
    return Member.objects.create(username="ali")


def worked(user: Member, **facts: Any) -> Any:
    return day(user, check_in=NINE, check_out=SIX, **facts)


def host(**changes: Any) -> DeclaredHost:
    return DeclaredHost(replace(load(), **changes))


def post(rows: Any, **changes: Any) -> Any:
    crm = host(**changes)
    return crm.write_rows(crm.plan_rows(rows))


def visits(**changes: Any) -> DeclaredHost:
    usual: dict[str, Any] = {
        "attendance_model": "school.Visit",
        "check_in_field": "arrived",
        "check_out_field": "left",
        "extra_fields": {"minutes": "worked"},
    }
    return DeclaredHost(Settings(**usual | changes))


class TestRows:
    def test_a_row_hangs_on_the_profile_and_holds_the_time_of_the_wall(self, ali: Member) -> None:
        (outcome,) = post([worked(ali)])
        sheet = TimeSheet.objects.get()
        assert outcome.host_pk == str(sheet.pk)
        assert (sheet.employee, sheet.company.name) == (ali.employee, "Main")
        assert (sheet.day, sheet.came, sheet.went) == (MONDAY, time(9), time(18))

    def test_its_own_save_computes_and_what_it_made_of_ours_is_no_edit(self, ali: Member) -> None:
        (outcome,) = post([worked(ali)])
        sheet = TimeSheet.objects.get()
        assert (sheet.hours, sheet.state) == (Decimal("8.50"), "full")
        assert (outcome.posted["hours"].sent, outcome.posted["hours"].found) == ("9.00", "8.50")
        (again,) = post([remembered(worked(ali), outcome)])
        assert again.action is PostAction.UNCHANGED

    def test_a_change_goes_through_its_own_save_and_computes_again(self, ali: Member) -> None:
        (outcome,) = post([worked(ali)])
        noon = datetime(2026, 1, 5, 17, tzinfo=UTC)
        (again,) = post([remembered(worked(ali), outcome, check_out=noon, worked=timedelta(hours=3))])
        sheet = TimeSheet.objects.get()
        assert again.action is PostAction.CHANGE
        assert (sheet.went, sheet.hours, sheet.state) == (time(12), Decimal("2.50"), "half")
        assert again.posted["hours"].found == "2.50"

    def test_columns_that_are_not_ours_survive_a_change(self, ali: Member) -> None:
        (outcome,) = post([worked(ali)])
        TimeSheet.objects.update(note="by the manager")
        (again,) = post([remembered(worked(ali), outcome, check_out=None)])
        assert again.action is PostAction.CHANGE
        assert TimeSheet.objects.get().note == "by the manager"

    def test_rows_are_never_written_together_where_save_has_logic(self) -> None:
        assert not bulk.is_safe(host()._shape)

    def test_a_user_without_a_profile_is_told_what_to_do(self, ali: Member) -> None:
        Employee.objects.all().delete()
        (outcome,) = post([worked(ali)])
        assert outcome.action is PostAction.FAILED
        assert "user ali has no employee (PERSON_PATH); create it in the CRM" in outcome.error

    def test_a_required_value_that_the_person_lacks_is_told(self, ali: Member) -> None:
        Employee.objects.update(company=None)
        (outcome,) = post([worked(ali)])
        assert outcome.action is PostAction.FAILED
        assert "company is taken from person.company of employee ali" in outcome.error
        assert "fill it in the CRM" in outcome.error

    def test_a_path_may_lead_on_from_the_profile_and_beyond_a_missing_link(self, ali: Member) -> None:
        (plan,) = host(from_person={"company": "company", "note": "company.name"}).plan_rows([worked(ali)])
        assert {change.name: change.new for change in plan.changes}["note"] == "Main"
        Employee.objects.update(company=None)
        (plan,) = host(from_person={"note": "company.name"}).plan_rows([worked(ali)])
        assert "note" not in {change.name for change in plan.changes}

    def test_a_link_is_found_by_the_text_of_a_fact(self, ali: Member) -> None:
        branch = Company.objects.create(name="Branch")
        given: dict[str, Any] = {"extra_fields": {"company": "office"}, "from_person": {}}
        by_name, by_key, unknown = post(
            [
                worked(ali, office="Branch"),
                day(ali, date(2026, 1, 6), office=str(branch.pk)),
                day(ali, date(2026, 1, 7), office="Nowhere"),
            ],
            **given,
        )
        assert {sheet.company for sheet in TimeSheet.objects.all()} == {branch}
        assert (by_name.action, by_key.action) == (PostAction.CREATE, PostAction.CREATE)
        assert "company: no profile_crm.Company is called 'Nowhere'; create it in the CRM" in unknown.error

    def test_planning_takes_the_same_queries_for_10_and_200_rows(self) -> None:
        costs = []
        for count in (10, 200):
            users = [Member.objects.create(username=f"{count}-{number}") for number in range(count)]
            with CaptureQueriesContext(connection) as queries:
                plans = host().plan_rows([worked(user) for user in users])
            assert {plan.action for plan in plans} == {PostAction.CREATE}
            costs.append(len(queries))
        assert costs[0] == costs[1] == 2


class TestAccounts:
    def plan(self, **changes: Any) -> Any:
        enrolment = Enrolment(device_user_id="7", name="Ali Khan")
        return host(**changes).plan_account(enrolment, device="Gate", office="", taken=())

    def test_the_default_type_of_this_family_is_the_ceo_and_is_refused(self) -> None:
        account = self.plan(new_user={})
        (refusal,) = account.refusals
        assert refusal.startswith("user_type would be 'CEO' by the CRM's default, which looks privileged")
        assert self.plan().refusals == ()
        with pytest.raises(HostError, match="would be 'CEO'"):
            host(new_user={}).create_employee(account)
        assert Member.objects.count() == 0

    def test_a_receiver_that_compares_the_type_meets_the_number_of_the_setting(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In one family of CRMs the type is a text column whose choices are numbers."""
        seen: list[Any] = []
        monkeypatch.setattr(Member._meta.get_field("user_type"), "__class__", models.CharField)
        keep = Member.save
        monkeypatch.setattr(Member, "save", lambda self, **more: (seen.append(self.user_type), keep(self, **more)))
        host(new_user={"user_type": 3}).create_employee(self.plan())
        assert [(value, type(value)) for value in seen[:1]] == [(3, int)]

    @pytest.mark.parametrize(("device_user_id", "kept"), [("7", "7"), ("007", "1"), ("A7", "1")])
    def test_a_column_of_numbers_only_keeps_an_id_that_it_gives_back_unchanged(
        self, device_user_id: str, kept: str
    ) -> None:
        crm = host(new_user={}, employee_lookups={"number": "user_type"})
        account = crm.plan_account(Enrolment(device_user_id=device_user_id), device="Gate", office="", taken=())
        assert account.fields["user_type"] == kept

    def test_the_profile_that_a_signal_makes_gets_the_id(self) -> None:
        account = self.plan()
        assert account.fields["employee__device_id"] == "7"
        key = host().create_employee(account)
        user = Member.objects.get(pk=key)
        assert (user.user_type, user.first_name, user.employee.device_id) == (3, "Ali Khan", "7")
        assert current_host().find_employees(["7"]) == {"device_id": {"7": [key]}, "username": {"7": [key]}}
        (outcome,) = post([worked(user)])
        assert outcome.action is PostAction.CREATE

    def test_the_template_may_fill_the_profile(self) -> None:
        branch = Company.objects.create(name="Branch")
        wish = {"user_type": 3, "employee__company": "Branch", "employee__device_id": "D{device_user_id}"}
        key = host(new_user=wish).create_employee(self.plan(new_user=wish))
        employee = Employee.objects.get(user=key)
        assert (employee.company, employee.device_id) == (branch, "D7")

    def test_an_account_without_the_profile_it_needs_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from tests.hosts.profile_crm import receivers

        monkeypatch.setattr(receivers.Employee.objects, "create", lambda **values: None)
        with pytest.raises(HostError, match=r"account 7: it has no employee \(PERSON_PATH\) after it was saved"):
            host().create_employee(self.plan())
        assert Member.objects.count() == 0


class TestNaiveInstants:
    def test_instants_are_written_as_the_wall_showed_them(self, ali: Member) -> None:
        crm = visits()
        (outcome,) = crm.write_rows(crm.plan_rows([worked(ali)]))
        visit = Visit.objects.get()
        assert outcome.error == ""
        assert (visit.arrived, visit.left) == (datetime(2026, 1, 5, 9), datetime(2026, 1, 5, 18))
        assert visit.minutes == 540
        (again,) = crm.plan_rows([remembered(worked(ali), outcome)])
        assert again.action is PostAction.UNCHANGED

    def test_a_day_that_the_database_fills_in_is_set_afterwards(self, ali: Member) -> None:
        crm = visits()
        (outcome,) = crm.write_rows(crm.plan_rows([worked(ali)]))
        assert Visit.objects.get().date == MONDAY
        (again,) = crm.write_rows(crm.plan_rows([remembered(worked(ali), outcome, check_out=None)]))
        assert (again.action, again.host_pk) == (PostAction.CHANGE, outcome.host_pk)
        assert (Visit.objects.get().date, Visit.objects.get().left) == (MONDAY, None)

    def test_the_day_may_be_that_of_the_naive_check_in(self, ali: Member) -> None:
        crm = visits(date_field="")
        late = datetime(2026, 1, 6, 4, 30, tzinfo=UTC)
        row = day(ali, MONDAY, check_in=late, check_out=None)
        (outcome,) = crm.write_rows(crm.plan_rows([row]))
        assert Visit.objects.get().arrived == datetime(2026, 1, 5, 23, 30)
        (again,) = crm.plan_rows([row])
        assert (again.action, again.host_pk) == (PostAction.UNCHANGED, outcome.host_pk)

    def test_both_passes_of_the_repeated_hour_stay_unchanged_once_written(self, ali: Member) -> None:
        crm = visits()
        second_pass = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
        row = day(ali, date(2026, 11, 1), check_in=second_pass, check_out=None)
        (outcome,) = crm.write_rows(crm.plan_rows([row]))
        assert Visit.objects.get().arrived == datetime(2026, 11, 1, 1, 30)
        (again,) = crm.plan_rows([remembered(row, outcome)])
        assert again.action is PostAction.UNCHANGED

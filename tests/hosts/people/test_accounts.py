"""Accounts of people whom only a terminal knows: planned in full, made with care, never powerful.

Covers: hosts/people/privileges, hosts/people/templates, hosts/schema/savepoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models.signals import post_save, pre_save

from attendance_devices.conf import Settings
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.domain.people.mapping import AccountPlan
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.people.accounts import label
from attendance_devices.hosts.people.privileges import looks_privileged
from example_project.hr.models import CustomUser, Department, Designation, Office

pytestmark = pytest.mark.django_db


def host(**given: Any) -> DeclaredHost:
    return DeclaredHost(Settings(**given))


def plan(
    device_user_id: str = "7", name: str = "Ali Khan", *, office: str = "", taken: Any = (), **given: Any
) -> AccountPlan:
    enrolment = Enrolment(device_user_id=device_user_id, name=name)
    return host(**given).plan_account(enrolment, device="Gate", office=office, taken=taken)


def make(account: AccountPlan, **given: Any) -> CustomUser:
    return CustomUser.objects.get(pk=host(**given).create_employee(account))


@contextmanager
def listening(signal: Any, receiver: Any) -> Iterator[None]:
    signal.connect(receiver, sender=CustomUser)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=CustomUser)


def give_default(monkeypatch: pytest.MonkeyPatch, name: str, value: Any) -> None:
    field = CustomUser._meta.get_field(name)
    # This first: what it was is made of the default when it is first asked for, and put back after the test.
    monkeypatch.setattr(field, "_get_default", lambda: value)
    monkeypatch.setattr(field, "default", value)


class TestPlan:
    def test_every_column_is_shown_with_its_default(self) -> None:
        account = plan(new_user={"first_name": "{name}"})
        assert list(account.fields) == [field.name for field in CustomUser._meta.concrete_fields]
        assert account.fields["first_name"] == "Ali Khan"
        assert account.fields["role"] == "employee"
        assert account.fields["is_active"] == "True"
        assert account.fields["is_superuser"] == "False"
        assert account.fields["date_joined"] == "set when saved"
        assert account.fields["employee_id"] == ""
        assert account.warnings == ()
        assert CustomUser.objects.count() == 0

    def test_the_password_is_never_shown(self) -> None:
        assert plan().fields["password"] == "unusable"
        account = plan(new_user_password="s3cret")
        assert account.fields["password"] == "from the setting"
        assert "s3cret" not in repr(account)

    def test_the_template_may_hold_id_name_office_and_device(self) -> None:
        account = plan(office="HQ", new_user={"last_name": "{device_user_id}/{name}/{office}/{device}"})
        assert account.fields["last_name"] == "7/Ali Khan/HQ/Gate"

    @pytest.mark.parametrize("text", ["{shoe_size}", "{name", "{0}", "{name.x}"])
    def test_a_place_that_is_none_is_named(self, text: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=r"\['NEW_USER'\]\['last_name'\].*\{device_user_id\}"):
            plan(new_user={"last_name": text})

    @pytest.mark.parametrize("name", ["shoe_size", "groups", "employee__device_id"])
    def test_a_field_that_is_no_column_is_named(self, name: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=r"\['NEW_USER'\]"):
            plan(new_user={name: "7"})

    def test_the_id_is_kept_where_the_first_lookup_looks(self) -> None:
        assert plan().fields["biometric_id"] == "7"
        by_number = {"office": "office", "badge": "badge", "employee_id": "employee_id"}
        account = plan(employee_lookups=by_number)
        assert (account.fields["biometric_id"], account.fields["employee_id"]) == ("", "7")

    def test_the_template_decides_about_the_id_if_it_names_it(self) -> None:
        assert plan(new_user={"biometric_id": "B{device_user_id}"}).fields["biometric_id"] == "B7"

    def test_without_a_lookup_on_the_account_the_id_is_kept_nowhere(self) -> None:
        assert plan(employee_lookups={"badge": "badge"}).fields["biometric_id"] == ""

    @pytest.mark.parametrize(
        ("used", "taken", "expected"),
        [
            ([], [], "7"),
            (["7"], [], "ali-khan"),
            ([], ["7"], "ali-khan"),
            (["7"], ["ALI-KHAN"], "7-2"),
            (["7", "Ali-Khan", "7-2"], ["7-3"], "7-4"),
        ],
    )
    def test_the_user_name_is_the_id_or_the_name_and_nobody_elses(
        self, used: list[str], taken: list[str], expected: str
    ) -> None:
        for name in used:
            CustomUser.objects.create(username=name)
        assert plan(taken=taken).fields["username"] == expected

    def test_a_wished_user_name_is_made_unique_too(self) -> None:
        CustomUser.objects.create(username="staff-7")
        assert plan(new_user={"username": "staff-{device_user_id}"}).fields["username"] == "staff-7-2"

    def test_characters_that_user_names_cannot_have_are_replaced(self) -> None:
        assert plan("7/ 8").fields["username"] == "7-8"
        assert plan("*", "").fields["username"] == "user"

    def test_a_long_user_name_is_cut_to_make_room_for_its_number(self) -> None:
        long = "x" * 150
        CustomUser.objects.create(username=long)
        name = plan(new_user={"username": long, "biometric_id": "7"}).fields["username"]
        assert name == "x" * 148 + "-2"

    def test_a_name_longer_than_its_column_is_cut(self) -> None:
        account = plan(name="n" * 200, new_user={"first_name": "{name}"})
        assert account.fields["first_name"] == "n" * 150
        assert account.warnings == ()

    def test_an_id_longer_than_its_column_is_told_and_not_cut(self) -> None:
        account = plan("9" * 21, employee_lookups={"id": "employee_id"})
        assert account.fields["employee_id"] == "9" * 21
        assert "employee_id: '999999999999999999999' is longer than the 20 characters it holds" in account.warnings

    def test_the_office_is_the_devices_where_the_crm_knows_it(self) -> None:
        Office.objects.create(name="HQ")
        assert plan(office="HQ").fields["office"] == "HQ"
        assert plan(office="Branch").fields["office"] == ""
        assert plan(office="HQ", new_user={"office": ""}).fields["office"] == ""

    def test_a_link_may_be_named_by_its_column_and_given_as_a_row(self) -> None:
        office = Office.objects.create(name="HQ")
        assert plan(new_user={"office_id": office.pk}).fields["office"] == str(office.pk)
        assert plan(new_user={"office": office}).fields["office"] == str(office.pk)

    def test_a_row_that_would_be_created_along_is_told(self) -> None:
        assert plan(new_user={"department": "Sales"}).warnings == (
            "department: no department 'Sales' exists; it will be created",
        )

    def test_a_row_that_cannot_be_created_along_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("attendance_devices.hosts.schema.natural_keys.NAMES", ())
        (warning,) = plan(new_user={"department": "Sales"}).warnings
        assert warning == "department: no department 'Sales' exists; create it in the CRM first"

    def test_a_value_that_is_no_choice_is_told(self) -> None:
        assert plan(new_user={"role": "clerk"}).warnings == ("role: 'clerk' is not one of its choices",)

    def test_a_privileged_default_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        give_default(monkeypatch, "role", "ceo")
        (refusal,) = plan().refusals
        assert refusal.startswith("role would be 'CEO' by the CRM's default, which looks privileged")
        assert "ATTENDANCE_DEVICES['NEW_USER']['role']" in refusal

    def test_a_privileged_default_that_the_setting_names_is_meant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        give_default(monkeypatch, "role", "ceo")
        assert plan(new_user={"role": "ceo"}).refusals == ()
        assert plan(new_user={"role": "employee"}).refusals == ()

    def test_a_privileged_template_is_told(self) -> None:
        (warning,) = plan(new_user={"role": "hr"}).warnings
        assert warning.startswith("role is 'HR officer', which looks privileged")

    def test_staff_in_the_template_is_told(self) -> None:
        (warning,) = plan(new_user={"is_staff": True}).warnings
        assert warning.startswith("is_staff is True: created accounts are never staff or superuser")

    def test_a_required_column_that_nothing_fills_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(CustomUser._meta.get_field("email"), "blank", False)
        assert plan().refusals == ("email is required and nothing fills it; add it to NEW_USER",)

    def test_a_unique_column_that_nothing_fills_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(CustomUser._meta.get_field("email"), "unique", True, raising=False)
        assert plan().refusals == (
            "email is unique and nothing fills it; give it a value with {device_user_id} in NEW_USER",
        )

    def test_an_address_to_log_in_by_comes_from_the_template(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(CustomUser, "USERNAME_FIELD", "email")
        assert plan().fields["email"] == ""
        account = plan(new_user={"email": "{device_user_id}@example.com"})
        assert (account.fields["email"], account.fields["username"]) == ("7@example.com", "7")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("role", "hr", True),
        ("role", "employee", False),
        ("is_staff", "True", True),
        ("is_staff", "False", False),
        ("first_name", "Boss", False),
    ],
)
def test_power_is_told_by_the_name_of_the_field_and_the_words_of_its_value(
    name: str, text: str, expected: bool
) -> None:
    field: Any = CustomUser._meta.get_field(name)
    assert looks_privileged(field, text, label(field, text)) is expected


def test_a_link_is_judged_by_the_row_it_leads_to(monkeypatch: pytest.MonkeyPatch) -> None:
    boss = Designation.objects.create(name="Boss")
    field: Any = CustomUser._meta.get_field("designation")
    monkeypatch.setattr(field, "name", "position")
    assert looks_privileged(field, str(boss.pk), label(field, str(boss.pk)))
    assert label(field, "Nothing") == "Nothing"


class TestCreate:
    def test_the_account_is_what_the_plan_says(self) -> None:
        account = plan(new_user={"first_name": "{name}", "role": "employee"})
        user = make(account)
        shown = {name: text for name, text in account.fields.items() if text not in ("set when saved", "unusable")}
        for name, text in shown.items():
            value = getattr(user, name)
            assert ("" if value is None else str(value)) == text
        assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)

    def test_its_password_is_unusable_unless_the_setting_gives_one(self) -> None:
        assert not make(plan()).has_usable_password()
        user = make(plan("8", new_user_password="s3cret"), new_user_password="s3cret")
        assert user.check_password("s3cret")

    def test_two_accounts_without_a_value_in_a_unique_column_do_not_collide(self) -> None:
        wish = {"employee_id": ""}
        first, second = make(plan("7", new_user=wish)), make(plan("8", new_user=wish))
        assert (first.employee_id, second.employee_id) == (None, None)

    def test_an_empty_text_as_default_of_a_unique_column_becomes_null(self, monkeypatch: pytest.MonkeyPatch) -> None:
        give_default(monkeypatch, "employee_id", "")
        assert make(plan()).employee_id is None

    def test_links_are_found_by_name_or_key(self) -> None:
        office, sales = Office.objects.create(name="HQ"), Department.objects.create(name="Sales")
        user = make(plan(office=str(office.pk), new_user={"department": "Sales"}))
        assert (user.office, user.department) == (office, sales)

    def test_a_link_that_needs_only_a_name_is_created_along(self) -> None:
        user = make(plan(new_user={"designation": "Clerk"}))
        assert user.designation == Designation.objects.get(name="Clerk")

    def test_a_link_that_cannot_be_found_refuses_the_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("attendance_devices.hosts.schema.natural_keys.NAMES", ())
        with pytest.raises(HostError, match=r"department: no hr\.Department is called 'Sales'"):
            make(plan(new_user={"department": "Sales"}))

    @pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
    def test_a_template_that_asks_for_power_is_refused_before_anything_is_saved(self, power: str) -> None:
        with pytest.raises(HostError, match=f"it would have {power}"):
            make(plan(new_user={power: True}))
        assert CustomUser.objects.count() == 0

    @pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
    def test_a_receiver_that_gives_power_undoes_the_account(self, power: str) -> None:
        def promote(instance: CustomUser, **kwargs: Any) -> None:
            CustomUser.objects.filter(pk=instance.pk).update(**{power: True})

        with listening(post_save, promote), pytest.raises(HostError, match=f"it would have {power}"):
            make(plan(new_user={"department": "Sales"}))
        assert CustomUser.objects.count() == 0
        assert Department.objects.count() == 0

    def test_whatever_the_crm_raises_is_a_host_error_and_leaves_nothing(self) -> None:
        def fail(**kwargs: Any) -> None:
            raise KeyError("payroll")

        with listening(post_save, fail), pytest.raises(HostError, match=r"account '7'.*KeyError.*payroll"):
            make(plan())
        assert CustomUser.objects.count() == 0

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (ValidationError({"email": ["is missing."]}), "email is missing"),
            (ValidationError("no such day"), "no such day"),
        ],
    )
    def test_what_the_crm_finds_invalid_is_named_by_field(self, error: ValidationError, said: str) -> None:
        def refuse(**kwargs: Any) -> None:
            raise error

        with listening(pre_save, refuse), pytest.raises(HostError, match=said):
            make(plan())

    def test_a_name_that_was_taken_since_the_plan_is_a_host_error(self) -> None:
        account = plan()
        CustomUser.objects.create(username="7")
        with pytest.raises(HostError, match="account '7': the CRM refused it"):
            make(account)
        assert CustomUser.objects.count() == 1

    def test_a_value_that_does_not_fit_its_column_names_the_field(self) -> None:
        with pytest.raises(HostError, match="account field is_active: 'maybe' does not fit"):
            make(plan(new_user={"is_active": "maybe"}))

    def test_numbers_dates_and_defaults_survive_the_way_through_text(self) -> None:
        user = make(plan(new_user={"is_active": False, "last_login": "2026-01-05T04:00:00+00:00"}))
        assert user.is_active is False
        assert user.last_login is not None
        assert user.last_login.isoformat() == "2026-01-05T04:00:00+00:00"

"""``check_host``: the whole way into the CRM, and nothing of it stays.

Covers: hosts/rehearsal.
"""

from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.models.signals import post_save

from attendance_devices.models import Device

pytestmark = pytest.mark.django_db
CustomUser: Any = apps.get_model("hr.CustomUser")
Attendance: Any = apps.get_model("hr.Attendance")


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("check_host", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def told(settings: Any, **changes: Any) -> None:
    settings.ATTENDANCE_DEVICES = project.ATTENDANCE_DEVICES | changes


def test_it_shows_the_row_the_account_and_that_nothing_stayed() -> None:
    CustomUser.objects.create(username="ali")
    code, text = run("--user", "ali", "--date", "2026-01-05")
    assert code == 0, text
    assert "Row: create" in text
    assert "check_in_time   2026-01-05 09:00:00+05:00" in text
    assert "status          Present" in text
    assert "username      900001" in text
    assert "password      unusable" in text
    assert "hr.CustomUser: 1 rows before, 1 after" in text
    assert "hr.Attendance: 0 rows before, 0 after" in text
    assert (CustomUser.objects.count(), Attendance.objects.count()) == (1, 0)


def test_a_user_may_be_named_by_key() -> None:
    ali = CustomUser.objects.create(username="ali")
    code, text = run("--user", str(ali.pk))
    assert code == 0
    assert f"user            {ali.pk}" in text


def test_without_a_name_it_takes_anybody_or_the_account_it_made() -> None:
    code, text = run()
    assert code == 0
    assert "Row: create" in text
    assert CustomUser.objects.count() == 0
    CustomUser.objects.create(username="ali")
    assert run()[0] == 0


@pytest.mark.parametrize("name", ["nobody", "99999"])
def test_a_user_who_is_not_there_is_wrong_usage(name: str) -> None:
    code, text = run("--user", name)
    assert code == 2
    assert f"No user has the user name or key '{name}'" in text


def test_a_date_that_is_none_is_wrong_usage() -> None:
    code, text = run("--date", "yesterday")
    assert "'yesterday' is no date; write it as 2026-01-31" in text
    assert code != 0


def test_a_row_that_the_crm_refuses_is_wrong() -> None:
    CustomUser.objects.create(username="ali")

    def refuse(**kwargs: Any) -> None:
        raise ValueError("the month is closed")

    post_save.connect(refuse, sender=Attendance)
    try:
        code, text = run("--user", "ali")
    finally:
        post_save.disconnect(refuse, sender=Attendance)
    assert code == 1
    assert "The CRM does not take the row: hr.Attendance of ali on" in text
    assert "the month is closed" in text


@pytest.mark.parametrize(("creates", "code"), [(True, 1), (False, 0)])
def test_an_account_that_the_crm_refuses_is_wrong_only_when_accounts_are_wanted(
    settings: Any, creates: bool, code: int
) -> None:
    CustomUser.objects.create(username="ali")
    told(settings, NEW_USER={"is_active": "maybe"}, CREATE_USERS=creates)
    found, text = run("--user", "ali")
    assert found == code, text
    assert "refused: account field is_active: 'maybe' does not fit" in text


def test_nobody_to_try_with_is_wrong(settings: Any) -> None:
    told(settings, NEW_USER={"is_active": "maybe"})
    code, text = run()
    assert code == 1
    assert "Row: nobody to write a row for; name an employee with --user" in text


def test_record_only_shows_the_account_alone(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {}
    code, text = run()
    assert code == 0
    assert "Row: none; ATTENDANCE_MODEL is not set" in text
    assert "hr.Attendance" not in text


def test_required_columns_that_nothing_fills_are_listed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    CustomUser.objects.create(username="ali", email="ali@example.com")
    told(settings, STATUS_FIELD="")
    monkeypatch.setattr(CustomUser._meta.get_field("email"), "blank", False)
    _, text = run()
    assert "not filled: status is required and nothing fills it" in text
    assert "not filled: email is required and nothing fills it" in text
    assert "refused: email is required and nothing fills it; add it to NEW_USER" in text
    assert "All good" not in text


def test_a_day_that_stands_in_the_crm_is_compared_and_left() -> None:
    ali = CustomUser.objects.create(username="ali")
    row = Attendance.objects.create(user=ali, date="2026-01-05", device="Kitchen", status="Late")
    code, text = run("--user", "ali", "--date", "2026-01-05")
    assert code == 0
    assert "Row: change" in text
    row.refresh_from_db()
    assert (row.device, row.check_in_time) == ("Kitchen", None)


def test_rows_that_stayed_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    @contextmanager
    def everything_stays(tables: Any) -> Any:
        yield

    monkeypatch.setattr("attendance_devices.hosts.rehearsal._nothing_stays", everything_stays)
    code, text = run()
    assert code == 1
    assert "hr.CustomUser has other rows than before." in text


def test_an_id_that_somebody_has_is_not_used(settings: Any) -> None:
    CustomUser.objects.create(username="ali", biometric_id="900001")
    assert "biometric_id  900002" in run()[1]


def test_the_hours_are_those_of_a_real_terminal_and_shown_as_the_column_holds_them() -> None:
    CustomUser.objects.create(username="ali")
    Device.objects.create(name="Gate", address="192.0.2.1", timezone="America/New_York")
    code, text = run("--user", "ali", "--date", "2026-01-05")
    assert code == 0
    assert "by the clock of America/New_York" in text
    assert "check_in_time   2026-01-05 09:00:00-05:00" in text


def test_without_time_zones_it_shows_what_the_column_holds(settings: Any) -> None:
    CustomUser.objects.create(username="ali")
    settings.USE_TZ = False
    code, text = run("--user", "ali")
    assert code == 0
    assert " 09:00:00\n" in text and "+" not in text.split("check_in_time")[1].split("\n")[0]


def test_a_default_that_looks_privileged_is_not_all_good(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    CustomUser.objects.create(username="ali")
    told(settings, NEW_USER={})
    role = CustomUser._meta.get_field("role")
    monkeypatch.setattr(role, "_get_default", lambda: "ceo")
    monkeypatch.setattr(role, "default", "ceo")
    code, text = run()
    assert code == 0 and "All good" not in text
    assert "refused: role would be 'CEO' by the CRM's default" in text
    told(settings, NEW_USER={}, CREATE_USERS=True)
    assert run()[0] == 1


def test_before_migrate_it_says_so_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*args: Any, **more: Any) -> None:
        raise OperationalError("no such table: hr_customuser")

    monkeypatch.setattr("attendance_devices.management.commands.check_host.rehearse", missing)
    code, text = run()
    assert code == 1
    assert "no such table: hr_customuser. Run 'manage.py migrate' first." in text

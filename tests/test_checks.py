"""Each system check, by its id.

Covers: hosts/checks/accounts, hosts/checks/faults, hosts/checks/hours, hosts/checks/rows, hosts/checks/staff,
hosts/rows/table.
"""

from typing import Any

import pytest
from django.apps import apps
from django.core.checks import CheckMessage, Error, run_checks
from django.core.management import call_command

from attendance_devices.checks import check_knowing, check_salt, check_settings

ROWS = {
    "ATTENDANCE_MODEL": "hr.Attendance",
    "CHECK_IN_FIELD": "check_in_time",
    "CHECK_OUT_FIELD": "check_out_time",
    "STATUS_FIELD": "status",
    "STATUS_VALUES": {"present": "Present", "late": "Late", "missing_check_out": "Incomplete"},
}
LEAVE = {"MODEL": "own.Leave", "USER": "user", "FIRST": "first", "LAST": "last"}
GATE = {"MODEL": "hr.CustomUser", "FIELD": "user", "KEYS": {"username": "device", "password": "device"}}


class NoHost:
    """A class that is no host."""


def found(settings: Any, changes: dict[str, Any]) -> list[CheckMessage]:
    settings.ATTENDANCE_DEVICES = {key: value for key, value in (ROWS | changes).items() if value is not ...}
    return check_settings(None)


def test_the_example_project_has_nothing_to_complain_about(settings: Any) -> None:
    assert check_settings(None) == []
    assert check_salt(None) == []
    settings.ATTENDANCE_DEVICES = {}
    assert check_settings(None) == []
    del settings.ATTENDANCE_DEVICES
    assert check_settings(None) == []


@pytest.mark.django_db
def test_the_checks_run_with_all_others(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"COLOUR": "red"}
    assert "attendance_devices.E001" in {message.id for message in run_checks()}


@pytest.mark.django_db
def test_the_defaults_alone_ask_for_nothing_but_a_model(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"CREATE_USERS": True}
    call_command("check")


HOURS = {"WORK_START_TIME": "09:00", "WORK_END_TIME": "18:00"}
Case = tuple[str, dict[str, Any], str, str]
SPELT = {"present": "Here", "late": "Late", "missing_check_out": "Late"}
SAME = {"CREATE_USERS": True, "NEW_USER": {"employee_id": "E1"}}
CASES: list[Case] = [
    ("E001", {"CHECKIN_FIELD": "x"}, "'CHECKIN_FIELD'", "ATTENDANCE_DEVICES[\"CHECK_IN_FIELD\"] = 'x'"),
    ("E001", {"colour": 1}, "'colour'", "one of ANSWER_SECONDS"),
    ("E002", {"DAY_BOUNDARY": "noon"}, "'DAY_BOUNDARY'", "Correct it"),
    ("E003", {"HOST": "nowhere.Host"}, "'nowhere.Host'", "Leave HOST out"),
    ("E004", {"HOST": "tests.test_checks.NoHost"}, "not a subclass", "Leave HOST out"),
    ("E004", {"HOST": "tests.test_checks.ROWS"}, "not a subclass", "Leave HOST out"),
    ("E005", {"ATTENDANCE_MODEL": "hr.Nothing"}, "'hr.Nothing'", 'ATTENDANCE_DEVICES["ATTENDANCE_MODEL"] ='),
    ("E006", {"CHECK_IN_FIELD": "check_in_tim"}, "'check_in_tim'", '["CHECK_IN_FIELD"] = "check_in_time"'),
    ("E006", {"CHECK_OUT_FIELD": "zzz"}, "'zzz'", 'without such a column: ATTENDANCE_DEVICES["CHECK_OUT_FIELD"] = ""'),
    ("E006", {"PERSON_FIELD": ""}, "'PERSON_FIELD'", "'user'"),
    ("E006", {"EXTRA_FIELDS": {"weather": "device"}}, "'weather'", "'device'"),
    ("E006", {"CONSTANTS": {"weather": 1}}, "'weather'", "'device'"),
    ("E006", {"FROM_PERSON": {"weather": "office"}}, "'weather'", "'device'"),
    ("E007", {"PERSON_PATH": "badge"}, "no 'badge'", 'ATTENDANCE_DEVICES["PERSON_PATH"] = ""'),
    ("E007", {"PERSON_PATH": "groups"}, "does not lead to one row", 'ATTENDANCE_DEVICES["PERSON_PATH"] = ""'),
    ("E007", {"PERSON_PATH": "office"}, "leads from a user to hr.Office", "another PERSON_FIELD"),
    ("E007", {"PERSON_FIELD": "device"}, "leads to CharField", "another PERSON_FIELD"),
    ("E008", {"CHECK_IN_FIELD": "id"}, "hr.Attendance.id cannot take check_in", "'check_in_time'"),
    ("E008", {"EXTRA_FIELDS": {"check_in_time": "worked"}}, "cannot take worked", "'device'"),
    ("E008", {"DATE_FIELD": "id"}, "cannot take date", '["DATE_FIELD"]'),
    (
        "E009",
        {"STATUS_VALUES": {"present": "Here", "late": "Late", "missing_check_out": "Late"}},
        "'Here'",
        "'Present'",
    ),
    ("E009", {"STATUS_FIELD": "device", "STATUS_VALUES": {"present": "x" * 101}}, "longer than", '["present"]'),
    ("E010", {"EMPLOYEE_LOOKUPS": {"badge": "badge"}}, "'badge'", '"employee__device_id"'),
    ("E011", {"EXTRA_FIELDS": {"device": "devise"}}, "'devise'", "{'device': 'device'}"),
    ("E011", {"EXTRA_FIELDS": {"device": "zzz"}}, "'zzz'", "{'device': 'worked'}"),
    ("E012", {"FROM_PERSON": {"device": "shoe_size"}}, "'shoe_size'", "'office'"),
    ("E012", {"FROM_PERSON": {"device": "username.upper"}}, "'username.upper'", "'office'"),
    ("E013", {"STATUS_FIELD": ""}, "hr.Attendance.status is required", '["CONSTANTS"] = {"status"'),
    ("E014", {"PARENT": {"MODEL": "hr.No", "FIELD": "user", "KEYS": {}}}, "'hr.No'", '"KEYS"'),
    ("E014", {"PARENT": GATE | {"KEYS": {"password": "device"}}}, "username is required", '["username"] = '),
    ("E014", {"PARENT": GATE | {"KEYS": {"username": "person.zzz", "password": "shift"}}}, "'zzz'", "'username'"),
    ("E015", {"NEW_USER": {"shoe_size": 43}}, "'shoe_size'", "'biometric_id'"),
    ("E015", {"NEW_USER": {"last_name": "{shoe_size}"}}, "{device_user_id}", "'biometric_id'"),
    ("E016", {"NEW_USER": {"is_staff": True}}, "asks for is_staff", 'del ATTENDANCE_DEVICES["NEW_USER"]["is_staff"]'),
    ("E016", {"NEW_USER": {"is_superuser": "True"}}, "asks for is_superuser", "by hand"),
    (
        "E017",
        {"CREATE_USERS": True, "NEW_USER": {"employee_id": "E1"}},
        "the same in every account",
        "{device_user_id}",
    ),
    ("E019", {"DATE_FIELD": "", "CHECK_IN_FIELD": ""}, "'DATE_FIELD'", "'date'"),
    ("E019", {"DATE_FIELD": "user__birthday"}, "'user__birthday'", "'date'"),
    ("E021", {"OFFICE_LOOKUP": "branch"}, "['OFFICE_LOOKUP'] is 'branch'", '["OFFICE_LOOKUP"] = '),
    ("E021", {"DEPARTMENT_LOOKUP": "groups"}, "leads to more than one row", "'department'"),
    ("E021", {"JOINED_LOOKUP": "username"}, "is no column of dates", "'date_joined'"),
    ("E021", {"LEFT_LOOKUP": "contract__left"}, "leads nowhere", '"employee__branch"'),
    ("E002", {"VISIBLE": "friends"}, "one of everybody, office, department", "Correct it"),
    ("E044", {"VISIBLE": "office"}, "OFFICE_LOOKUP is not set", 'ATTENDANCE_DEVICES["OFFICE_LOOKUP"] = '),
    ("E044", {"VISIBLE": "department", "OFFICE_LOOKUP": "office"}, "DEPARTMENT_LOOKUP is not", "'department'"),
    ("E022", {"LEAVE": LEAVE | {"MODEL": "hr.Leave"}}, "'hr.Leave'", 'ATTENDANCE_DEVICES["LEAVE"] = {"MODEL"'),
    ("E022", {"LEAVE": LEAVE | {"USER": "person"}}, "['USER'] is 'person'", '"USER": "employee__user"'),
    ("E022", {"LEAVE": LEAVE | {"LAST": "kind"}}, "is no column of dates", '"LAST": "end"'),
    ("E022", {"LEAVE": LEAVE | {"WHERE": {"status": 1}}}, "does not fit own.Leave", "'approved'"),
    ("E022", {"LEAVE": LEAVE | {"WHERE": {"first": "soon"}}}, "does not fit own.Leave", "'approved'"),
    ("E002", {"LEAVE": {"MODEL": "own.Leave"}}, "MODEL, USER, FIRST and LAST", "Correct it"),
    ("E002", {"LEAVE": "own.Leave"}, "a dict", "Correct it"),
    (
        "W001",
        {"STATUS_FIELD": "device", "STATUS_VALUES": {"present": "P", "late": "L"}, "CONSTANTS": {"status": "Late"}},
        "no spelling of 'missing_check_out'",
        '["STATUS_VALUES"]["missing_check_out"] = "the word of the CRM"',
    ),
    (
        "W004",
        {
            "STATUS_VALUES": ROWS["STATUS_VALUES"] | {"absent": "Absent", "on_leave": "Absent"},
            "EXTRA_FIELDS": {"id": "office"},
        },
        "words for days without a punch (absent, on_leave), but id of the CRM may not be empty.",
        "let hr.Attendance take such rows",
    ),
    ("W030", HOURS, "no working days", "[\"WORK_DAYS\"] = ['mon', 'tue', 'wed', 'thu', 'fri']"),
    ("W031", {"WORK_DAYS": ["mon"]}, "says nothing without hours", "[\"WORK_START_TIME\"] = '09:00'"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[2]}")
def test_a_mistake_is_told_by_its_id_with_its_cure(settings: Any, case: Case) -> None:
    code, changes, said, cure = case
    messages = [message for message in found(settings, changes) if message.id == f"attendance_devices.{code}"]
    assert messages, found(settings, changes)
    assert said in messages[0].msg
    assert cure in (messages[0].hint or "")
    assert isinstance(messages[0], Error) is code.startswith("E")


def test_w030_hours_and_days_ask_for_nothing(settings: Any) -> None:
    assert found(settings, HOURS | {"WORK_DAYS": ["mon"]}) == []


def test_e023_a_default_of_the_crm_that_looks_privileged(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    role: Any = apps.get_model("hr.CustomUser")._meta.get_field("role")
    monkeypatch.setattr(role, "_get_default", lambda: "ceo")
    monkeypatch.setattr(role, "default", "ceo")
    (message,) = found(settings, {"CREATE_USERS": True})
    assert (message.id, message.level) == ("attendance_devices.E023", 40)
    assert "hr.CustomUser.role is 'CEO' by default" in message.msg
    assert 'ATTENDANCE_DEVICES["NEW_USER"]["role"]' in message.hint
    for meant in ("employee", "ceo"):
        assert found(settings, {"CREATE_USERS": True, "NEW_USER": {"role": meant}}) == []
    assert found(settings, {}) == []


def test_e002_a_setting_that_is_no_dict(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = ["ATTENDANCE_MODEL"]
    (message,) = check_settings(None)
    assert (message.id, message.msg) == ("attendance_devices.E002", "ATTENDANCE_DEVICES must be a dict, not list.")


def test_e017_a_unique_or_required_column_that_no_account_fills(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user: Any = apps.get_model("hr.CustomUser")
    monkeypatch.setattr(user._meta.get_field("email"), "unique", True, raising=False)
    monkeypatch.setattr(user._meta.get_field("first_name"), "blank", False)
    messages = found(settings, {"CREATE_USERS": True})
    assert [message.id for message in messages] == ["attendance_devices.E017"] * 2
    hints = {message.msg.split(" but ")[1]: message.hint for message in messages}
    assert (
        '["NEW_USER"]["email"] = "{device_user_id}@staff.example.com"'
        in hints["hr.CustomUser.email is unique and nothing fills it."]
    )
    assert (
        '["first_name"] = "first_name-{device_user_id}"'
        in hints["hr.CustomUser.first_name is required and nothing fills it."]
    )
    filled = {"email": "{device_user_id}@x.example", "first_name": "{name}"}
    assert found(settings, {"CREATE_USERS": True, "NEW_USER": filled}) == []
    assert found(settings, {"CREATE_USERS": False}) == []


def test_w003_a_required_column_is_only_a_warning_where_the_crm_has_logic(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apps.get_model("hr.Attendance"), "save", lambda self: None)
    (message,) = found(settings, {"STATUS_FIELD": ""})
    assert message.id == "attendance_devices.W003"
    assert "check_host shows whether it does" in message.msg


def test_an_adapted_host_answers_for_itself(settings: Any) -> None:
    assert found(settings, {"HOST": "attendance_devices.hosts.base.Host", "CHECK_IN_FIELD": "zzz"}) == []


def test_a_path_over_a_link_or_a_property_of_the_person_is_fine(settings: Any) -> None:
    assert found(settings, {"FROM_PERSON": {"device": "office.name"}}) == []
    assert found(settings, {"FROM_PERSON": {"device": "is_authenticated"}}) == []
    assert found(settings, {"FROM_PERSON": {"device": "office"}}) == []


def test_lookups_to_offices_employment_and_leaves_that_fit_are_fine(settings: Any) -> None:
    lookups = {"OFFICE_LOOKUP": "office__name", "DEPARTMENT_LOOKUP": "department", "JOINED_LOOKUP": "date_joined"}
    leave = LEAVE | {"NAME": "kind", "WHERE": {"approved": True}}
    assert found(settings, lookups | {"LEFT_LOOKUP": "contract__ends_at", "LEAVE": leave}) == []


MAILS = {"OUTLIER_EMAIL_NOTIFICATIONS": True}


def test_e030_mails_without_anybody_to_read_them(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = MAILS
    (message,) = check_knowing(None)
    assert (message.id, isinstance(message, Error)) == ("attendance_devices.E030", True)
    assert "[\"OUTLIER_EMAIL_RECIPIENTS\"] = ['hr@example.com']" in (message.hint or "")
    settings.ATTENDANCE_DEVICES = MAILS | {"OUTLIER_EMAIL_RECIPIENTS": ["hr@example.com"]}
    assert check_knowing(None) == []


@pytest.mark.parametrize(("token", "ids"), [("", []), ("x" * 19, ["attendance_devices.W020"]), ("x" * 20, [])])
def test_w010_a_token_that_can_be_guessed(settings: Any, token: str, ids: list[str]) -> None:
    settings.ATTENDANCE_DEVICES = {"HEALTH_TOKEN": token}
    messages = check_knowing(None)
    assert [message.id for message in messages] == ids
    assert token == "" or token not in "".join(message.msg for message in messages)


def test_w011_a_site_whose_templates_do_not_find_the_mails(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"DEVICE_EMAIL_RECIPIENTS": ["it@example.com"]}
    assert check_knowing(None) == []
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
    (message,) = check_knowing(None)
    assert message.id == "attendance_devices.W021"
    assert "'APP_DIRS': True" in (message.hint or "")
    settings.ATTENDANCE_DEVICES = {}
    assert check_knowing(None) == []


def test_e001_a_secret_under_a_misspelt_key_is_not_shown(settings: Any) -> None:
    (message,) = found(settings, {"HEALTHTOKEN": "hush-hush"})
    assert message.id == "attendance_devices.E001"
    assert "hush" not in f"{message.msg} {message.hint}"


@pytest.mark.parametrize("salt", [None, "", [], ["long enough for this", ""], 7])
def test_e018_a_missing_salt(settings: Any, salt: Any) -> None:
    settings.SALT_KEY = salt
    (message,) = check_salt(None)
    assert message.id == "attendance_devices.E018"
    assert 'SALT_KEY = os.environ["SALT_KEY"]' in (message.hint or "")


def test_e018_no_salt_at_all(settings: Any) -> None:
    del settings.SALT_KEY
    assert [message.id for message in check_salt(None)] == ["attendance_devices.E018"]


@pytest.mark.parametrize("salt", ["short", ["long enough for this", "short"]])
def test_w002_a_weak_salt(settings: Any, salt: Any) -> None:
    settings.SALT_KEY = salt
    (message,) = check_salt(None)
    assert message.id == "attendance_devices.W002"
    assert "Keep the old one behind it" in (message.hint or "")


def test_w002_a_salt_that_is_the_secret_key(settings: Any) -> None:
    settings.SECRET_KEY = settings.SALT_KEY = "one and the same secret"
    assert [message.id for message in check_salt(None)] == ["attendance_devices.W002"]


def test_old_salts_behind_the_new_one_are_fine(settings: Any) -> None:
    settings.SALT_KEY = ["long enough for this", "and this one too, of old"]
    assert check_salt(None) == []

"""The setting is read late, converted, and every mistake in it is a sentence."""

from datetime import time
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from attendance_devices import conf


def set_to(settings: Any, **keys: Any) -> None:
    settings.ATTENDANCE_DEVICES = keys


def test_nothing_set_means_record_only_and_no_accounts(settings: Any) -> None:
    del settings.ATTENDANCE_DEVICES
    found = conf.load()
    assert (found.attendance_model, found.create_users, found.on_existing) == ("", False, "fill_empty")


def test_times_are_read_from_text_or_taken_as_they_are(settings: Any) -> None:
    set_to(settings, WORK_START_TIME="09:00", WORK_END_TIME=time(18), DAY_BOUNDARY="04:00")
    found = conf.load()
    assert (found.work_start_time, found.work_end_time, found.day_boundary) == (time(9), time(18), time(4))


def test_weekdays_are_read_by_name_in_any_spelling(settings: Any) -> None:
    set_to(settings, WORK_DAYS=["Mon", "tuesday", "SUN"])
    assert conf.load().work_days == frozenset({0, 1, 6})
    set_to(settings, WORK_DAYS=None)
    assert conf.load().work_days is None


def test_a_setting_is_read_anew_each_time(settings: Any) -> None:
    set_to(settings, LATE_GRACE_MINUTES=5)
    assert conf.load().late_grace_minutes == 5
    set_to(settings, LATE_GRACE_MINUTES=10)
    assert conf.load().late_grace_minutes == 10


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"ATENDANCE_MODEL": "hr.Attendance"}, "'ATENDANCE_MODEL'] is not a setting of this app"),
        ({"ATTENDANCE_MODEL": None}, "a text is expected"),
        ({"WORK_START_TIME": "9 o'clock"}, 'cannot be "9 o\'clock"'),
        ({"WORK_START_TIME": 9}, "cannot be 9"),
        ({"DAY_BOUNDARY": None}, "cannot be None"),
        ({"WORK_DAYS": [1, 2]}, "1 is no weekday; each is one of mon, tue"),
        ({"WORK_DAYS": ["mo"]}, "'mo' is no weekday"),
        ({"WORK_DAYS": []}, "no weekday is named"),
        ({"WORK_DAYS": "mon"}, "a list of weekdays is expected"),
        ({"ON_EXISTING": "merge"}, "one of keep, fill_empty, overwrite is expected"),
        ({"CREATE_USERS": "no"}, "True or False is expected"),
        ({"STATUS_VALUES": ["Present"]}, "a dict with texts as keys is expected"),
        ({"STATUS_VALUES": {1: "Present"}}, "a dict with texts as keys is expected"),
        ({"RECONCILE_HOURS": -1}, "a number, zero or more, is expected"),
        ({"RECONCILE_HOURS": True}, "a number, zero or more, is expected"),
        ({"OUTLIER_EMAIL_RECIPIENTS": "hr@example.com"}, "a list of mail addresses is expected"),
        ({"OUTLIER_EMAIL_RECIPIENTS": ["hr"]}, "'hr' is no mail address"),
        ({"DEVICE_EMAIL_RECIPIENTS": ["a@example.com\nBcc: b@example.com"]}, "is no mail address"),
        ({"DEVICE_EMAIL_RECIPIENTS": [("Ann", "ann@example.com")]}, "is no mail address"),
        ({"PARENT": {"MODEL": "hr.Day"}}, "the keys MODEL, FIELD and KEYS are expected"),
        ({"PARENT": "hr.Day"}, "a dict with texts as keys is expected"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_mistake_is_a_sentence_that_names_the_key(settings: Any, keys: dict[str, Any], said: str) -> None:
    set_to(settings, **keys)
    (problem,) = conf.problems()
    assert said in problem
    assert next(iter(keys)) in problem
    with pytest.raises(ImproperlyConfigured):
        conf.load()


def test_a_setting_that_is_no_dict_is_told(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = ["hr.Attendance"]
    assert conf.problems() == ["ATTENDANCE_DEVICES must be a dict, not list."]


def test_who_hears_of_terminals_may_be_nobody_or_left_to_the_admins(settings: Any) -> None:
    set_to(settings, OUTLIER_EMAIL_RECIPIENTS=("hr@example.com",))
    assert (conf.load().outlier_email_recipients, conf.load().device_email_recipients) == (("hr@example.com",), None)
    set_to(settings, DEVICE_EMAIL_RECIPIENTS=[])
    assert conf.load().device_email_recipients == ()


def test_a_password_for_new_accounts_is_not_in_the_text_of_the_settings(settings: Any) -> None:
    set_to(settings, NEW_USER_PASSWORD="hush-hush", PARENT=None)
    assert "hush-hush" not in repr(conf.load())

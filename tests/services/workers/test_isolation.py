"""The edge: what a verb raises is told and logged, and ends nothing else."""

import logging

import pytest
from django.core.exceptions import ImproperlyConfigured

from attendance_devices.services.workers.isolation import error_boundary


def test_an_attempt_gives_what_the_verb_returns_or_says_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    errors: list[str] = []

    assert error_boundary("this", lambda: 7, 0, errors) == 7
    assert errors == []
    assert error_boundary("this", lambda: int("x"), 0, errors) == 0
    assert errors[0].startswith("this: unexpected ValueError: invalid literal")
    assert errors[0].endswith("See the log, and report it.")
    assert "this failed unexpectedly" in caplog.text
    assert caplog.records[0].exc_info, "a defect is logged with its traceback"


def test_a_wrong_setting_is_told_with_its_cure_and_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def verb() -> int:
        raise ImproperlyConfigured("POLL_MINUTES is 'often', and must be a number above 0.")

    errors: list[str] = []

    assert error_boundary("this", verb, 0, errors) == 0
    assert errors[0].startswith("this: POLL_MINUTES is 'often'")
    assert errors[0].endswith("'manage.py check' and 'check_host' tell more.")
    (record,) = caplog.records
    assert (record.levelno, record.exc_info, record.getMessage()) == (logging.WARNING, None, errors[0])

"""Each check of the queue, by its id."""

from typing import Any

import pytest
from django.core.checks import Warning  # noqa: A004 - Django's name for it
from django.test import modify_settings

from attendance_devices.checks import check_queue
from tests.settings import Q_CLUSTER

SAFE = {"timeout": 20, "transaction_mode": "IMMEDIATE"}


def found(settings: Any, changes: dict[str, Any], database: dict[str, Any] | None = None) -> list[Any]:
    settings.Q_CLUSTER = {key: value for key, value in (Q_CLUSTER | changes).items() if value is not ...}
    server = {"ENGINE": "django.db.backends.postgresql", "NAME": "crm"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.DATABASES, "default", server if database is None else database)
        return check_queue(None)


def sqlite(**options: Any) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/crm.sqlite3", "OPTIONS": options}


CASES = [
    ("W006", {"retry": 240}, None, '["retry"] (240 s) is not longer than "timeout" (240 s)', '["retry"] = 300'),
    ("W006", {"retry": ...}, None, '["retry"] (60 s)', '["retry"] = 300'),
    ("W007", {"timeout": ...}, None, "never ends a task that hangs", '["timeout"] = 240'),
    ("W007", {"timeout": 30}, None, "after 30 s, too soon", '["timeout"] = 240'),
    ("W008", {"max_attempts": ...}, None, "for ever", '["max_attempts"] = 2'),
    ("W009", {"catch_up": ...}, None, "120 times", '["catch_up"] = False'),
    ("W009", {"catch_up": True}, None, "120 times", '["catch_up"] = False'),
    ("W010", {}, sqlite(), "without IMMEDIATE", '"transaction_mode": "IMMEDIATE"'),
    ("W010", {}, sqlite(transaction_mode="IMMEDIATE"), "a long timeout", '"timeout": 20'),
    ("W011", {"workers": 4}, sqlite(**SAFE), "4 workers on SQLite", '["workers"] = 1'),
    ("W011", {"workers": ...}, sqlite(**SAFE), "a worker for each processor", '["workers"] = 1'),
    ("W012", {"sync": True}, None, "waits for it", 'del Q_CLUSTER["sync"]'),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}")
def test_a_mistake_is_told_by_its_id_with_its_cure(settings: Any, case: Any) -> None:
    code, changes, database, said, cure = case
    (message,) = found(settings, changes, database)
    assert message.id == f"attendance_devices.{code}"
    assert said in message.msg
    assert cure in message.hint
    assert isinstance(message, Warning)


def test_w005_a_queue_without_settings(settings: Any) -> None:
    del settings.Q_CLUSTER
    (message,) = check_queue(None)
    assert message.id == "attendance_devices.W005"
    pasted: dict[str, Any] = {}
    exec(message.hint.removeprefix("Paste into the settings: "), pasted)
    assert found(settings, dict.fromkeys(Q_CLUSTER, ...) | pasted["Q_CLUSTER"]) == []


@pytest.mark.parametrize(
    ("changes", "database"),
    [
        pytest.param({}, None, id="as the README has it"),
        pytest.param({"workers": 2}, sqlite(**SAFE), id="two workers on a SQLite that waits"),
        pytest.param({"workers": 9}, sqlite() | {"NAME": ":memory:"}, id="a test"),
        pytest.param({"max_attempts": ..., "ack_failures": True}, None, id="what fails is not tried again"),
    ],
)
def test_what_is_right_is_not_told(settings: Any, changes: dict[str, Any], database: Any) -> None:
    assert found(settings, changes, database) == []


def test_a_project_without_a_queue_is_not_asked(settings: Any) -> None:
    del settings.Q_CLUSTER
    with modify_settings(INSTALLED_APPS={"remove": "django_q"}):
        assert check_queue(None) == []

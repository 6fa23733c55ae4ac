"""What waits for a person is found through indexes that hold only that."""

from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.writer import MigrationWriter
from django.db.models import Index, Q, QuerySet

from attendance_devices.models import ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.models.indexes import FewRows
from attendance_devices.models.logs import DOUBTFUL
from attendance_devices.services.review.inbox import days
from attendance_devices.services.review.inbox.clocks import UNDER_REVIEW

pytestmark = pytest.mark.django_db
OURS = [
    (model, index)
    for model in (ESSLAttendanceLog, ProcessedAttendance)
    for index in model._meta.indexes
    if isinstance(index, FewRows)
]
ASKED: dict[str, Any] = {
    "log_under_review": lambda: ESSLAttendanceLog.objects.filter(UNDER_REVIEW),
    "day_end_missing": lambda: ProcessedAttendance.objects.filter(days.RULES[days.ItemKind.MISSING_CHECK].rows()),
    "day_outlier": lambda: ProcessedAttendance.objects.filter(days.RULES[days.ItemKind.OUTLIER].rows()),
}


def plan(rows: QuerySet[Any]) -> str:
    """How the database would read them, if there were too many for a look at each and it knew no other way."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            for name in _others(rows.model, cursor):
                cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return rows.order_by().explain()


def _others(model: Any, cursor: Any) -> list[str]:
    found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return [name for name, one in found.items() if one["index"] and not one["unique"] and name not in ASKED]


def test_each_index_is_asked_for() -> None:
    assert {index.name for _, index in OURS} == set(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_the_inbox_asks_in_the_words_of_the_index(name: str) -> None:
    assert name in plan(ASKED[name]())


def test_whoever_asks_for_punches_that_nobody_believes_uses_it_too() -> None:
    assert "log_under_review" in plan(ESSLAttendanceLog.objects.filter(DOUBTFUL))


@pytest.mark.parametrize(("model", "index"), OURS, ids=lambda one: getattr(one, "name", ""))
def test_it_holds_no_other_row_where_the_database_can_tell_them_apart(model: Any, index: FewRows) -> None:
    editor = connection.SchemaEditorClass(connection, collect_sql=True)
    usual = Index(fields=index.fields, name=index.name, condition=index.where)

    statement = str(index.create_sql(model, editor))

    assert statement == str(usual.create_sql(model, editor))
    assert (" WHERE " in statement) is connection.features.supports_partial_indexes


def test_nobody_is_warned_of_what_the_database_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.features, "supports_partial_indexes", False)
    warned = {message.obj for message in run_checks(databases=["default"]) if message.id == "models.W037"}
    assert not warned & set(apps.get_app_config("attendance_devices").get_models())


def test_a_migration_makes_the_same_one_and_another_where_means_another() -> None:
    one = FewRows(fields=["status"], name="some", where=Q(status="late"))
    found: dict[str, Any] = {}
    written, imports = MigrationWriter.serialize(one)
    exec("\n".join(["from django.db import models", *imports, f"again = {written}"]), found)

    assert found["again"] == one == one.clone()
    assert one != FewRows(fields=["status"], name="some", where=Q(status="absent"))

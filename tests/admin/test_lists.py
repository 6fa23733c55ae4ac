"""Every list: readable, as cheap with many rows as with few, and no address of it is an error of ours."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance_devices import models
from attendance_devices.admin import lists
from attendance_devices.hosts.declared import DeclaredHost
from example_project.hr.models import CustomUser
from tests.admin.rows import NOW, fill
from tests.builders.crm import device, employee, host, setting

pytestmark = pytest.mark.django_db
MODELS = list(apps.get_app_config("attendance_devices").get_models())
NAMES = [model._meta.model_name for model in MODELS]


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(CustomUser.objects.create_superuser("boss", password="x"))
    return client


def page(name: str | None, kind: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:attendance_devices_{name}_{kind}", args=args)


def asked(client: Client, address: str) -> list[str]:
    client.get(address)  # content types and the like are remembered
    return asked_now(client, address)


def asked_now(client: Client, address: str, *, rows: int | None = None) -> list[str]:
    """:param rows: how many the list has to have."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    assert rows is None or answer.context["cl"].result_count == rows, address
    return [query["sql"] for query in queries]


def test_every_table_has_its_list() -> None:
    assert [model for model in MODELS if model not in site._registry] == []


def test_a_list_or_form_of_fifty_rows_asks_no_more_than_one_of_five(boss: Client) -> None:
    fill(5)
    few = {name: (asked(boss, page(name)), asked(boss, form(name))) for name in NAMES}
    fill(45, first=5)
    for name, before in few.items():
        after = asked_now(boss, page(name), rows=50), asked_now(boss, form(name))
        for old, new in zip(before, after, strict=True):
            assert len(new) <= len(old), f"{name}: " + "\n".join(sorted(set(new) - set(old)))


def form(name: str) -> str:
    """The page of the first row."""
    model = next(model for model in MODELS if model._meta.model_name == name)
    return page(name, "change", model._base_manager.order_by("pk").first().pk)


def test_no_list_counts_or_reads_a_table_to_its_end(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for most in ("list_per_page", "list_max_show_all"):
        monkeypatch.setattr(lists.ListAdmin, most, 1)
    fill(3)
    for name in sorted(set(NAMES) - SMALL):
        for query in ("", "?_facets=1", "?all="):
            for sql in asked(boss, page(name) + query):
                if f'"attendance_devices_{name}"' in sql:
                    assert " LIMIT " in sql or "MAX(" in sql, sql


SMALL = {"device", "shift", "errand", "heartbeat", "installedschedule", "shiftassignment", "holiday"}
"""Of these there are as many as terminals, shifts, holidays or kinds of work; filters of other lists show them all."""


def test_a_list_longer_than_what_is_counted_says_so(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 120)
    gate = device()
    models.ESSLAttendanceLog.objects.bulk_create(
        models.ESSLAttendanceLog(
            device=gate, biometric_id=str(n), device_time=datetime(2026, 5, 4, 9), punch_time=NOW, received_at=NOW
        )
        for n in range(150)
    )
    shown = boss.get(page("esslattendancelog"))
    assert shown.context["cl"].result_count == 120
    assert "The first 120 of more." in shown.content.decode()
    assert boss.get(page("esslattendancelog"), {"p": 2}).status_code == 200
    assert boss.get(page("esslattendancelog"), {"p": 3}).headers["Location"].endswith("/?e=1")
    assert "of more" not in boss.get(page("esslattendancelog"), {"q": "77"}).content.decode()


GARBAGE = [
    "_export=json",
    "_export=csv&format=xls",
    "per_page=1000000",
    "p=0",
    "p=-1",
    "p=999999999999999999999999",
    "p=x",
    "all=",
    "o=99",
    "o=-99.1.x",
    "o=1.2.3.4.5.6",
    "o=" + "1." * 500,
    "q=%00",
    "q=" + "x" * 3000,
    "q=%27%22%3B--",
    "e=1&colour=red",
    "colour=red",
    "device__id__exact=x",
    "device__id__exact=99999999999999999999999999",
    "device__id__isnull=perhaps",
    "device__name__regex=%28",
    "device__comm_key__startswith=g",
    "comm_key__startswith=g",
    "password=x",
    "month=2026-13",
    "month=never",
    "month=99999-01",
    "month=2026-05-04-01",
    "month=0000-00",
    "month=",
    "office=%00",
    "verb=%00",
    "kind__exact=%00",
    "is_mapped__exact=maybe",
    "is_active__exact=7",
    "date__gte=0000-00-00",
    "date__year=abc",
    "date__year=99999",
    "date__year=2026&date__month=13",
    "punch_time__gte=0001-01-01",
    "punch_time__lt=9999-12-31%2023:59:59",
    "user__id__exact=x",
    "user__exact=x",
    "user__in=1,2,x",
    "user__password__startswith=p",
    "_to_field=password",
    "_popup=1",
    "_changelist_filters=colour%3Dred",
    "_facets=True",
]


BUSY = {"device", "deviceuser", "esslattendancelog", "processedattendance", "auditentry", "holiday"}
"""Those with the most filters; the others share their base, and are asked for less."""


def test_no_address_of_a_list_is_an_error_of_ours(boss: Client) -> None:
    fill(2)
    for name in NAMES:
        for query in GARBAGE if name in BUSY else GARBAGE[::9]:
            answer = boss.get(f"{page(name)}?{query}")
            assert answer.status_code in (200, 302, *([400] if query.startswith("_to_field") else [])), (name, query)


@pytest.mark.parametrize(
    "query", ["device__name__regex=%28", "comm_key__startswith=g", "user__in=1", "user__password=x"]
)
def test_only_what_has_a_filter_can_be_asked_for(boss: Client, query: str) -> None:
    for name in ("device", "esslattendancelog"):
        assert boss.get(f"{page(name)}?{query}").headers["Location"].endswith("/?e=1")


def test_a_heading_that_does_not_sort_does_not_sort_by_its_number(boss: Client) -> None:
    fill(2)
    for number, sorted_by in (("1", "punch_time"), ("3", "biometric_id")):
        queries = asked(boss, f"{page('esslattendancelog')}?o={number}")
        orders = [sql for sql in queries if f'ORDER BY "attendance_devices_esslattendancelog"."{sorted_by}"' in sql]
        assert bool(orders) is (sorted_by == "punch_time")


def test_months_are_filtered_by_in_the_zone_of_the_crm(boss: Client) -> None:
    gate = device()
    for at in (datetime(2026, 4, 30, 18, 59, tzinfo=UTC), datetime(2026, 4, 30, 19, 1, tzinfo=UTC)):
        models.ESSLAttendanceLog.objects.create(
            device=gate, biometric_id="7", device_time=at.replace(tzinfo=None), punch_time=at, received_at=at
        )
    for month, count in (("2026-04", 1), ("2026-05", 1), ("2026-05-01", 1), ("2026-05-02", 0), ("2026-04-30", 1)):
        found = boss.get(page("esslattendancelog"), {"month": month})
        assert found.context["cl"].result_count == count, month
    shown = boss.get(page("esslattendancelog"), {"month": "2026-05"}).content.decode()
    assert "?month=2026-05-31" in shown and "?month=2026-04" in shown


def test_a_punch_of_2099_offers_no_months_of_a_century(boss: Client) -> None:
    fill(1)
    models.ESSLAttendanceLog.objects.update(punch_time=datetime(2099, 1, 1, tzinfo=UTC))
    shown = boss.get(page("esslattendancelog")).content.decode()
    assert "?month=2099" not in shown and len(re.findall(r"\?month=\d{4}-\d{2}", shown)) == 24


def test_people_are_searched_for_where_the_crm_lets_one_search_and_else_their_key_is_typed(client: Client) -> None:
    boss = CustomUser.objects.create_user("boss", password="x", is_staff=True)
    boss.user_permissions.set(Permission.objects.filter(codename__in=["view_shiftassignment", "add_shiftassignment"]))
    client.force_login(boss)
    shown = client.get(page("shiftassignment", "add")).content.decode()
    assert "vForeignKeyRawIdAdminField" in shown and 'data-field-name="user"' not in shown
    boss.user_permissions.add(Permission.objects.get(codename="view_customuser"))
    shown = client.get(page("shiftassignment", "add")).content.decode()
    assert 'data-field-name="user"' in shown and "vForeignKeyRawIdAdminField" not in shown
    employee("7", "Asma Khan")
    found = client.get(
        reverse("admin:autocomplete"),
        {"term": "asma", "app_label": "attendance_devices", "model_name": "shiftassignment", "field_name": "user"},
    )
    assert len(found.json()["results"]) == 1


class OnlyOne(DeclaredHost):
    """Whoever looks sees the person with the id 1."""

    def visible_employees(self, viewer: Any) -> Any:
        return {str(user.pk) for user in CustomUser.objects.filter(biometric_id="1")}


def test_a_list_shows_the_rows_of_the_people_one_may_see(boss: Client, settings: Any) -> None:
    fill(3)
    models.DeviceUser.objects.create(device=models.Device.objects.all()[0], device_user_id="nobody")
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OnlyOne))
    counts = {
        name: boss.get(page(name)).context["cl"].result_count
        for name in ("esslattendancelog", "processedattendance", "correction", "deviceuser", "shiftassignment")
    }
    one_each = dict.fromkeys(counts, 1)
    assert counts == one_each | {"deviceuser": 2}, "whom nobody knows yet is for everybody who maps"
    hidden = models.ProcessedAttendance.objects.exclude(user__biometric_id="1").first()
    assert boss.get(page("processedattendance", "change", hidden.pk)).status_code == 302


def test_a_million_logs_are_listed_without_being_counted(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan says so on SQLite: what is counted has a limit, and what is shown comes from an index."""
    monkeypatch.setattr(lists.ListAdmin, "list_per_page", 1)
    fill(2)
    with CaptureQueriesContext(connection) as queries:
        boss.get(page("esslattendancelog"))
    said = [query["sql"] for query in queries if 'FROM "attendance_devices_esslattendancelog"' in query["sql"]]
    assert said and all("LIMIT" in sql for sql in said)
    if connection.vendor != "sqlite":
        return
    for sql in said:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(str(step) for step in cursor.fetchall())
        assert "TEMP B-TREE FOR ORDER BY" not in plan, f"{sql}: {plan}"

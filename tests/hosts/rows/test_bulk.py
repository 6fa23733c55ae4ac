"""What reading and writing many rows costs, and when rows may be written together."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

from attendance_devices.hosts.rows import bulk
from example_project.hr.models import Attendance, CustomUser
from tests.builders.first_host import host, listening, post, silent
from tests.builders.host_days import day, remembered

pytestmark = pytest.mark.django_db


class TestCost:
    def cost(self, act: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            act()
        # One INSERT or UPDATE is cut where the database allows no more parameters: only the reading has to be constant.
        return sum(not query["sql"].startswith(("INSERT", "UPDATE")) for query in queries)

    def test_planning_takes_the_same_queries_for_10_and_200_rows(self) -> None:
        costs = []
        for count in (10, 200):
            users = [CustomUser.objects.create(username=f"{count}-{number}") for number in range(count)]
            rows = [day(user) for user in users]
            posted = [remembered(row, done) for row, done in zip(rows, post(rows), strict=True)]
            mixed = [*posted[::2], *rows[1::2]]
            costs.append(self.cost(lambda mixed=mixed: host().plan_rows(mixed)))  # type: ignore[misc]
        assert costs[0] == costs[1] == 3

    def test_writing_takes_the_same_queries_for_10_and_200_rows(self) -> None:
        if not bulk.is_safe(host()._shape):
            pytest.fail("the first host's rows are to be written together")
        costs = []
        for count in (10, 200):
            users = [CustomUser.objects.create(username=f"{count}-{number}") for number in range(count)]
            plans = host().plan_rows([day(user) for user in users])
            costs.append(self.cost(lambda plans=plans: host().write_rows(plans)))  # type: ignore[misc]
        assert costs[0] == costs[1] <= 12

    def test_changing_takes_the_same_queries_for_10_and_200_rows(self) -> None:
        costs = []
        for count in (10, 200):
            users = [CustomUser.objects.create(username=f"{count}-{number}") for number in range(count)]
            rows = [day(user) for user in users]
            wanted = [remembered(row, done, device="Door") for row, done in zip(rows, post(rows), strict=True)]
            plans = host().plan_rows(wanted)
            costs.append(self.cost(lambda plans=plans: host().write_rows(plans)))  # type: ignore[misc]
        assert costs[0] == costs[1]


class TestWhenRowsAreWrittenTogether:
    def test_a_plain_model_is_safe(self) -> None:
        assert bulk.is_safe(host()._shape)

    @pytest.mark.parametrize("signal", [pre_save, post_save])
    def test_a_receiver_makes_it_unsafe(self, signal: Any) -> None:
        with listening(signal, silent):
            assert not bulk.is_safe(host()._shape)

    def test_an_own_save_makes_it_unsafe(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Attendance, "save", lambda self: None)
        assert not bulk.is_safe(host()._shape)

    def test_a_column_that_saving_fills_makes_it_unsafe(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Attendance._meta.get_field("date"), "auto_now_add", True)
        assert not bulk.is_safe(host()._shape)

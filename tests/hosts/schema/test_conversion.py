"""From facts to columns, by the class of the column; and back to one text."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import models

from attendance_devices.hosts.schema.conversion import Unmappable, as_text, fit
from attendance_devices.models.fields import InstantField

NINE = datetime(2026, 1, 5, 4, 0, 30, 250000, tzinfo=UTC)
"""09:00:30 in Karachi."""
WORKED = timedelta(hours=8, minutes=45, seconds=59)


def named(field: Any) -> Any:
    field.set_attributes_from_name("column")
    return field


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (models.DateTimeField(), NINE, NINE),
        (models.DateTimeField(), date(2026, 1, 5), datetime(2026, 1, 4, 19, tzinfo=UTC)),
        (models.DateField(), date(2026, 1, 5), date(2026, 1, 5)),
        (models.DateField(), datetime(2026, 1, 5, 20, tzinfo=UTC), date(2026, 1, 6)),
        (models.TimeField(), NINE, time(9, 0, 30)),
        (models.TimeField(), time(8), time(8)),
        (models.DurationField(), WORKED, WORKED),
        (models.IntegerField(), WORKED, 525),
        (models.PositiveSmallIntegerField(), 2, 2),
        (models.IntegerField(), "3", 3),
        (models.FloatField(), timedelta(hours=8, minutes=45), 8.75),
        (models.FloatField(), "1.5", 1.5),
        (models.DecimalField(max_digits=5, decimal_places=2), timedelta(hours=8, minutes=20), Decimal("8.33")),
        (models.DecimalField(max_digits=5, decimal_places=2), 2, Decimal("2.00")),
        (models.CharField(max_length=50), NINE, "2026-01-05 09:00:30"),
        (models.CharField(max_length=8), NINE, "09:00:30"),
        (models.CharField(max_length=5), NINE, "09:00"),
        (models.CharField(max_length=5), WORKED, "08:45"),
        (models.CharField(max_length=10), date(2026, 1, 5), "2026-01-05"),
        (models.CharField(max_length=4), "Main gate", "Main"),
        (models.CharField(max_length=4, choices=[("Present", "P")]), "Present", "Present"),
        (models.TextField(), NINE, "2026-01-05 09:00:30"),
        (models.TextField(), "Gate", "Gate"),
        (models.BooleanField(), NINE, True),
        (models.BooleanField(), timedelta(0), False),
        (models.BooleanField(), timedelta(minutes=1), True),
        (models.BooleanField(), "True", True),
        (models.UUIDField(), "12345678123456781234567812345678", UUID("12345678123456781234567812345678")),
    ],
)
def test_each_class_of_column_gets_its_own_kind_of_value(field: Any, value: Any, expected: Any) -> None:
    found = fit(named(field), value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (models.DateTimeField(), WORKED),
        (models.DateField(), WORKED),
        (models.TimeField(), WORKED),
        (models.TimeField(), date(2026, 1, 5)),
        (models.DurationField(), NINE),
        (models.IntegerField(), NINE),
        (models.IntegerField(), "Gate"),
        (models.FloatField(), NINE),
        (models.DecimalField(max_digits=5, decimal_places=2), NINE),
        (models.DecimalField(max_digits=5, decimal_places=2), "Gate"),
        (models.BooleanField(), "Gate"),
        (models.UUIDField(), "Gate"),
        (models.JSONField(), "Gate"),
        (models.BinaryField(), NINE),
    ],
)
def test_a_fact_without_a_place_in_the_column_is_refused_by_name(field: Any, value: Any) -> None:
    with pytest.raises(Unmappable, match="column"):
        fit(named(field), value)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (models.DateTimeField(null=True), None),
        (models.CharField(max_length=5, null=True), None),
        (models.CharField(max_length=5), ""),
        (models.TextField(), ""),
        (models.BooleanField(), False),
        (models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0)), Decimal(0)),
    ],
)
def test_each_column_says_empty_in_its_own_way(field: Any, expected: Any) -> None:
    assert fit(named(field), None) == expected
    assert fit(named(field), "") == expected


def test_a_column_that_cannot_be_empty_says_so() -> None:
    with pytest.raises(Unmappable, match="column may not be empty, and this day has no value for it"):
        fit(named(models.TimeField()), None)


@pytest.mark.parametrize("field", [models.DateTimeField(default=datetime.now), models.TimeField(auto_now_add=True)])
def test_a_default_that_is_made_anew_is_no_punch(field: Any) -> None:
    with pytest.raises(Unmappable, match="may not be empty"):
        fit(named(field), None)


def test_a_link_takes_a_key_and_nothing_else() -> None:
    from example_project.hr.models import Attendance

    link: Any = Attendance._meta.get_field("user")
    assert fit(link, "7") == 7
    with pytest.raises(Unmappable, match="user"):
        fit(link, NINE)


def test_a_crm_without_zones_gets_the_naive_time_of_its_zone(settings: Any) -> None:
    settings.USE_TZ = False
    assert fit(named(models.DateTimeField()), NINE) == datetime(2026, 1, 5, 9, 0, 30, 250000)


def test_a_column_that_holds_instants_keeps_them_aware_without_zones(settings: Any) -> None:
    class Exact(InstantField):
        holds_instants = True

    settings.USE_TZ = False
    assert fit(named(Exact()), NINE) == NINE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (NINE, "2026-01-05T04:00:30+00:00"),
        (NINE.astimezone(ZoneInfo("Asia/Karachi")), "2026-01-05T04:00:30+00:00"),
        (datetime(2026, 1, 5, 9, 0, 30), "2026-01-05T04:00:30+00:00"),
        (date(2026, 1, 5), "2026-01-05"),
        (time(9, 0, 30, 5), "09:00:30"),
        (WORKED + timedelta(microseconds=5), "8:45:59"),
        (Decimal("8.00"), "8.00"),
        (Decimal("1E+2"), "100"),
        (True, "True"),
        (7, "7"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_a_value_has_one_text_before_and_after_it_is_saved(value: Any, text: str) -> None:
    assert as_text(value) == text

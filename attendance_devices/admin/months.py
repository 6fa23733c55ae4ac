"""A filter by month and day that every database answers from an index, and that reads no table to offer its months."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_MONTHS = 24
FIRST_YEAR, LAST_YEAR = 1900, 9990


class MonthFilter(admin.SimpleListFilter):
    """``?month=2026-05`` or ``?month=2026-05-04``, in the CRM's own zone. A subclass names the column.

    Django's own date hierarchy fails on MariaDB and MySQL without tables of time zones, and reads the whole table for
    the years that it offers.
    """

    title = _("month")
    parameter_name = "month"
    column = ""
    holds_dates = False

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The months behind the newest row, and the days of the one that is chosen."""
        newest = model_admin.model._base_manager.order_by(f"-{self.column}").values_list(self.column, flat=True)
        latest = min(_day(newest.first()), _today())
        chosen = _span(self.value() or "")
        days = [chosen[0].replace(day=1)] if chosen else []
        months = sorted({*_months(latest), *days}, reverse=True)
        found: list[tuple[str, str]] = []
        for month in months:
            found.append((f"{month:%Y-%m}", f"{month:%Y-%m}"))
            if month in days:
                found += [(f"{day:%Y-%m-%d}", f"{day:%Y-%m-%d}") for day in _days(month)]
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """From the first instant to the last."""
        if not self.value():
            return queryset
        span = _span(self.value() or "")
        if span is None:
            raise IncorrectLookupParameters(self.value())
        first, end = span if self.holds_dates else (_start(span[0]), _start(span[1]))
        return queryset.filter(**{f"{self.column}__gte": first, f"{self.column}__lt": end})


def by_month(field: str, *, dates: bool = False) -> type[MonthFilter]:
    """A filter of this column. `dates`: it holds dates, and no instants."""
    return type("ByMonth", (MonthFilter,), {"column": field, "holds_dates": dates})


def _span(text: str) -> tuple[date, date] | None:
    """The first day, and the day after the last; None for what is neither a month nor a day."""
    try:
        parts = [int(part) for part in text.split("-")]
        first = date(parts[0], parts[1], parts[2] if len(parts) == 3 else 1)
    except (ValueError, IndexError, OverflowError):
        return None
    if not FIRST_YEAR <= first.year <= LAST_YEAR or len(parts) > 3:
        return None
    return (first, _next(first)) if len(parts) == 2 else (first, first + timedelta(days=1))


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _months(latest: date) -> Iterator[date]:
    month = latest.replace(day=1)
    for _number in range(MOST_MONTHS):
        yield month
        month = (month - timedelta(days=1)).replace(day=1)


def _days(month: date) -> list[date]:
    return [month + timedelta(days=number) for number in range((_next(month) - month).days)]


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(0)), timezone.get_default_timezone())


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(timezone.get_default_timezone()).date()
    return value or _today()


def _today() -> date:
    return datetime.now(timezone.get_default_timezone()).date()

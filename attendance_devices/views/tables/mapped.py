"""Users of terminals that stand for employees: searched, in the order that is asked for, one page at a time."""

from collections.abc import Iterator
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_tables2.paginators import LazyPaginator

from attendance_devices.models import Device, DeviceUser
from attendance_devices.services.access.employees import matching_words
from attendance_devices.views.tables.today import Head

PER_PAGE, MOST = 25, 100


class MappedFilter(filters.FilterSet):  # type: ignore[misc]
    """What is no terminal filters nothing."""

    q = filters.CharFilter(method="search")
    device = filters.ModelChoiceFilter(queryset=Device.objects.only("pk", "name"))

    class Meta:
        model = DeviceUser
        fields = ("device",)

    def search(self, rows: QuerySet[DeviceUser], name: str, text: str) -> QuerySet[DeviceUser]:
        """Every word, anywhere."""
        del name
        return matching_words(rows, text[:100])


class MappedTable(tables.Table):  # type: ignore[misc]
    """Who is who, and how it was found."""

    employee = tables.Column(verbose_name=_("Employee"))
    terminal = tables.Column(verbose_name=_("On the terminal"), order_by=("device__name", "device_user_id"))
    mapped = tables.Column(verbose_name=_("How it was found"), order_by=("mapped_at", "device_user_id"))

    def __init__(self, rows: QuerySet[DeviceUser], query: QueryDict) -> None:
        self.query = query
        order = query.get("sort", "").replace(",", " ").split()[:1]
        super().__init__(rows.order_by("device__name", "device_user_id", "pk"), order_by=order)
        number, size = (query.get(name, "") for name in ("page", "per_page"))
        per_page = min(max(int(size), 1), MOST) if size.isdecimal() and size.isascii() and len(size) < 8 else PER_PAGE
        page = int(number) if number.isdecimal() and number.isascii() and len(number) < 8 else 1
        self.page = LazyPaginator(self.rows, per_page).get_page(page)

    def order_employee(self, rows: QuerySet[DeviceUser], is_descending: bool) -> tuple[QuerySet[DeviceUser], bool]:  # noqa: FBT001 - as the library calls it
        """By the user name, whatever the CRM calls that column."""
        column = f"{'-' if is_descending else ''}system_user__{get_user_model().USERNAME_FIELD}"
        return rows.order_by(column, "device__name", "pk"), True

    def heads(self) -> Iterator[Head]:
        """One for each column."""
        for column in self.columns:
            alias: Any = column.order_by_alias
            order = ("descending" if alias.is_descending else "ascending") if column.is_ordered else ""
            query = self.query.copy()
            query.pop("page", None)
            query["sort"] = str(alias.next)
            yield Head(name=column.name, label=column.header, query=query.urlencode(), order=order, css="")

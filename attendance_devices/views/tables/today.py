"""The people of today: one row for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import django_tables2 as tables
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance_devices.services.dashboard.board import BoardPerson
from attendance_devices.services.display.spreadsheets import Value

LAST = datetime.max.replace(tzinfo=UTC)
PER_PAGE, MOST = 100, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands over a column."""

    name: str
    label: Promise | str
    query: str
    """Orders by it, and the next time the other way round."""
    order: str
    """As ``aria-sort`` spells it; empty where another column gives the order."""
    css: str


class TodayTable(tables.Table):  # type: ignore[misc]
    """Those without a time come last, or first where the order is turned around."""

    name = tables.Column(verbose_name=_("Name"), order_by="sort_name")
    office = tables.Column(verbose_name=_("Office"))
    department = tables.Column(verbose_name=_("Department"))
    state = tables.Column(verbose_name=_("Status"))
    came = tables.Column(verbose_name=_("In"), order_by="sort_came")
    went = tables.Column(verbose_name=_("Out"), order_by="sort_went")
    late = tables.Column(verbose_name=_("Late"))
    terminal = tables.Column(verbose_name=_("Terminal"))
    why = tables.Column(verbose_name=_("Why"))

    FOLDED = frozenset({"office", "department", "late", "terminal", "why"})
    """Left out on phones."""

    def __init__(self, people: Sequence[BoardPerson], query: QueryDict) -> None:
        self.query = query
        super().__init__([_row(one) for one in people], order_by=query.get("sort", "").replace(",", " ").split()[:1])

    def cut(self) -> None:
        """Show one page of it; a page that is not there is the last."""
        number, size = self.query.get("page", "1"), self.query.get("per_page", "")
        per_page = min(max(int(size), 1), MOST) if size.isdecimal() and len(size) < 6 else PER_PAGE
        try:
            self.paginate(page=number, per_page=per_page)
        except PageNotAnInteger:
            self.paginate(page=1, per_page=per_page)
        except EmptyPage:
            self.paginate(page=max(1, -(-len(self.rows) // per_page)), per_page=per_page)

    def heads(self) -> Iterator[Head]:
        """One for each column."""
        for column in self.columns:
            alias = column.order_by_alias
            order = ("descending" if alias.is_descending else "ascending") if column.is_ordered else ""
            turned = self.query_with(sort=str(alias.next))
            css = "ad-fold" if column.name in self.FOLDED else ""
            yield Head(name=column.name, label=column.header, query=turned, order=order, css=css)

    def lines(self) -> Iterator[dict[str, Any]]:
        """The rows of the page, with everything that a template is slow at said already: there may be hundreds."""
        zone = timezone.get_current_timezone()
        for row in self.page.object_list:
            one = row.record
            yield one | {
                "key": f"{one['user']} {one['came'].isoformat() if one['came'] else ''}",
                "slug": one["mark"].slug,
                "label": str(one["mark"].label),
                "due": one["due"] and f"{one['due'].astimezone(zone):%H:%M}",
                "came": one["came"] and _clock(one["came"], zone),
                "went": one["went"] and _clock(one["went"], zone),
            }

    def values(self) -> Iterator[list[Value]]:
        """What is shown as rows of a file, the heads first; all pages."""
        zone = timezone.get_current_timezone()
        yield [str(column.header) for column in self.columns]
        for row in self.rows:
            one = row.record
            yield [
                one["name"],
                one["office"],
                one["department"],
                str(one["mark"].label),
                *("".join(_clock(at, zone)) if at else "" for at in (one["came"], one["went"])),
                one["late"] or "",
                one["terminal"],
                one["why"],
            ]

    def query_with(self, **changes: str) -> str:
        """The same people in another order, state, page or kind of file."""
        query = self.query.copy()
        for name in ("page", "_export"):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = value
        return query.urlencode()


def _clock(at: datetime, zone: tzinfo) -> tuple[str, str]:
    """As clocks on the site's walls show it, and its seconds, which phones leave out."""
    shown = at.astimezone(zone)
    return f"{shown.hour:02}:{shown.minute:02}", f":{shown.second:02}"


def _row(one: BoardPerson) -> dict[str, Any]:
    came = one.stored.check_in if one.stored else None
    went = one.stored.check_out if one.stored else None
    return {
        "user": one.person.user,
        "name": one.person.name,
        "office": one.person.office,
        "department": one.person.department,
        "state": str(one.state),
        "mark": one.mark,
        "came": came,
        "went": went,
        "late": one.stored.late if one.stored else timedelta(0),
        "due": one.due,
        "terminal": one.stored.device if one.stored else "",
        "why": one.standing.words,
        "sort_name": one.person.name.casefold(),
        "sort_came": came or LAST,
        "sort_went": went or LAST,
    }

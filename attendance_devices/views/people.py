"""People: a month of everybody at a glance, and the month of one person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from attendance_devices.domain.reports.months import Month
from attendance_devices.services.access import permissions
from attendance_devices.services.access.employees import name_of
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.display.badges import LEGEND
from attendance_devices.services.display.spreadsheets import FORMATS, Value, spreadsheet_of
from attendance_devices.services.reports.people import (
    MOST_ON_A_PAGE,
    USUAL_ON_A_PAGE,
    PeopleFilter,
    PeoplePage,
    list_people,
)
from attendance_devices.views.base import needs, page, visible_user
from attendance_devices.views.months import month_context, month_of

MOST_MONTHS = 24
"""To choose from; older ones are reached month by month."""


@needs(permissions.VIEW_DAYS)
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """Everybody's month."""
    shown, wished = month_of(request), _wished(request)
    found = list_people(shown, scope_of(request.user), wished)
    kind = request.GET.get("_export", "")
    if kind:
        return _export(request, found, kind)
    pages = _Pages.of(request, len(found.wanted))
    context = {
        "people": found,
        "lines": found.lines(pages.start, pages.end),
        "pages": pages,
        "wished": wished,
        "months": _months(shown),
        "this_month": Month.of(today()),
        "query": _query(request),
        "legend": LEGEND,
        "today": today(),
        "may_export": request.user.has_perm(permissions.EXPORT),
    }
    return page(request, "people.html", context)


@needs(permissions.VIEW_DAYS)
@require_safe
def person(request: HttpRequest, key: str) -> HttpResponse:
    """One person's month."""
    user = visible_user(request, key)
    return page(request, "person.html", {"name": name_of(user), "person": user, **month_context(request, user)})


def _wished(request: HttpRequest) -> PeopleFilter:
    given = {name: request.GET.get(name, "").strip()[:200] for name in ("office", "department", "search")}
    return PeopleFilter(**given)


def _query(request: HttpRequest) -> str:
    """The filters as they stand, for links that keep them; never what turns the page or asks for a file."""
    kept = ("month", "office", "department", "search", "per_page")
    return urlencode({name: request.GET[name] for name in kept if request.GET.get(name)})


def _months(shown: Month) -> list[Month]:
    """The last ones, the newest first, and the one that is shown."""
    found = [Month.of(today())]
    while len(found) < MOST_MONTHS:
        found.append(found[-1].before)
    return found if shown in found else [shown, *found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pages:
    """Which stretch of the list is shown."""

    number: int
    size: int
    total: int

    @classmethod
    def of(cls, request: HttpRequest, total: int) -> "_Pages":
        """What is asked for beyond its bounds is brought back into them."""
        size = min(max(_number(request, "per_page", USUAL_ON_A_PAGE), 1), MOST_ON_A_PAGE)
        last = max((total - 1) // size + 1, 1)
        return cls(number=min(max(_number(request, "page", 1), 1), last), size=size, total=total)

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        return min(self.start + self.size, self.total)

    @property
    def first(self) -> int:
        """The number of the first one that is shown, for people."""
        return self.start + 1

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.end < self.total else None


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else usual


def _export(request: HttpRequest, found: PeoplePage, kind: str) -> HttpResponse:
    """The rows that the filters leave, with the columns of the page."""
    if not request.user.has_perm(permissions.EXPORT):
        raise PermissionDenied
    if kind not in FORMATS:
        return HttpResponse(_("There is CSV and XLSX."), status=400, content_type="text/plain; charset=utf-8")
    name = f"attendance-{found.month}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(
        spreadsheet_of(kind, _rows(found), title=str(found.month)), content_type=FORMATS[kind], headers=headers
    )


def _rows(found: PeoplePage) -> Iterator[Sequence[Value]]:
    sums = (_("Days"), _("Late"), _("Absent"), _("Worked"), _("Overtime"))
    yield [_("Name"), *(date_format(day, "j") for day in found.month.days), *sums]
    for line in found.lines():
        letters = [cell.mark.letter if cell.mark else "" for cell in line.month.cells]
        total = line.month.sums
        added: list[Any] = [total.days, total.late, total.absent, total.worked, total.overtime]
        yield [line.person.name, *letters, *added]

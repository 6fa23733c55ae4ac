"""``{% load attendance_devices %}``: the navigation, what a page loads, and how times and durations are shown."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from attendance_devices.domain.dashboard.trend import Trend
from attendance_devices.services.access import permissions
from attendance_devices.services.access.employees import name_of
from attendance_devices.services.dashboard.widget import WidgetOptions, show_widget
from attendance_devices.services.display.navigation import entries_for
from attendance_devices.services.display.spreadsheets import hours_and_minutes
from attendance_devices.services.reports.month import DayCell, format_clock_times
from attendance_devices.services.reports.people import PeopleRow

register = template.Library()


@register.inclusion_tag("attendance_devices/_assets.html", takes_context=True)
def attendance_assets(context: dict[str, Any]) -> dict[str, Any]:
    """The style sheet and the scripts of our pages; asked for twice, they are loaded once."""
    request = context.get("request")
    is_there = getattr(request, "attendance_assets", False)
    if request is not None:
        request.attendance_assets = True
    return {"is_there": is_there}


@register.inclusion_tag("attendance_devices/widget.html", takes_context=True)
def attendance_widget(
    context: dict[str, Any], *, office: str = "", size: str = "full", refresh: int = 30, title: str = ""
) -> dict[str, Any]:
    """Who is here, now. Nothing at all for a viewer without the right to see it.

    :param office: only its people, by the name that the CRM gives it. :param size: "full" or "compact".
    :param refresh: seconds between two looks of an open page, 0 for never. :param title: instead of ours.
    """
    request = context.get("request")
    user = getattr(request, "user", None)
    try:
        # What stands in a template counts as safe, and would be escaped only when it is asked for again.
        options = WidgetOptions(office="" + str(office or ""), size=size, refresh=int(refresh), title="" + str(title))
    except (TypeError, ValueError) as error:
        message = f"attendance_widget: {error}."
        raise template.TemplateSyntaxError(message) from error
    if user is None or not user.has_perm(permissions.VIEW_DASHBOARD):
        return {"shown": None}
    number = getattr(request, "attendance_widgets", 0) + 1
    request.attendance_widgets = number  # type: ignore[union-attr]
    return {"shown": show_widget(user, options, number=number), "request": request}


@register.inclusion_tag("attendance_devices/_menu.html", takes_context=True)
def attendance_menu(context: dict[str, Any], css_class: str = "ad-menu") -> dict[str, Any]:
    """The pages that this viewer may open, as a list of links with the class `css_class`."""
    request = context.get("request")
    user = getattr(request, "user", None)
    found = [(entry, _address(entry.name)) for entry in entries_for(user)] if user else []
    here = _here([url for _entry, url in found], request)
    entries = [{"label": entry.label, "url": url, "current": here.get(url, "")} for entry, url in found if url]
    if request is not None:
        request.attendance_menu = True
    return {"entries": entries, "css_class": css_class}


def _here(urls: list[str], request: Any) -> dict[str, str]:
    """The entry that leads to this page, or to pages below which this one is: its address -> what ARIA calls that."""
    match = getattr(request, "resolver_match", None)
    if match is None or "attendance_devices" not in match.app_names:
        return {}
    above = max((url for url in urls if url and request.path.startswith(url)), key=len, default="")
    return {above: "page" if request.path == above else "true"}


@register.simple_tag(takes_context=True)
def attendance_menu_stands(context: dict[str, Any]) -> bool:
    """Is the menu on this page already?"""
    return bool(getattr(context.get("request"), "attendance_menu", False))


@register.filter
def wall(value: Any) -> Any:
    """An instant as clocks on the site's walls show it, whatever USE_TZ says: ``{{ at|wall|date:"H:i" }}``."""
    if not isinstance(value, datetime) or timezone.is_naive(value):
        return value
    return timezone.localtime(value, timezone.get_current_timezone())


@register.filter
def hours(value: timedelta | None) -> str:
    """A duration in hours and minutes: ``8 h 05 min``; empty for none."""
    if not value:
        return ""
    minutes = int(value.total_seconds()) // 60
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)02d min") % {"hours": minutes // 60, "minutes": minutes % 60}


@register.simple_tag
def day_cells(line: PeopleRow) -> SafeString:
    """The days of one line of the month as cells of a table. In Python: thousands of them stand on a page.

    Each leads to its day, but not for the Tab key, which would take minutes: the name leads to the same days.
    """
    base = escape(reverse("attendance_devices:person", args=[line.person.user]))
    return mark_safe("".join(_cell(cell, base) for cell in line.month.cells))  # noqa: S308 - each part is escaped


def _cell(cell: DayCell, base: str) -> str:
    look = ' class="ad-now"' if cell.is_today else ""
    if cell.mark is None:
        return f"<td{look}></td>"
    words, mark = escape(cell.words), cell.mark
    return (
        f'<td{look}><a class="ad-cell ad-{mark.slug}" tabindex="-1" href="{base}{cell.day.isoformat()}/" '
        f'title="{words}" aria-label="{words}">{escape(mark.letter)}</a></td>'
    )


@register.simple_tag
def querystring_of(query: str, **changes: Any) -> str:
    """The text behind the question mark, with these parts in place of what it had."""
    return urlencode({**dict(parse_qsl(query)), **changes})


@register.filter
def from_to(cell: DayCell) -> str:
    """From when to when, as clocks on the site's walls show it; empty without a punch."""
    return format_clock_times(cell.spent)


@register.filter
def long_hours(value: timedelta | None) -> str:
    """Hours and minutes of a month: ``173:05``; empty for none."""
    return hours_and_minutes(value) if value else ""


@register.filter
def person(user: Any) -> str:
    """What people call a user of the CRM."""
    return name_of(user)


def _address(name: str) -> str:
    """A host need not mount our addresses, and then has no links to them."""
    try:
        return reverse(f"attendance_devices:{name}")
    except NoReverseMatch:
        return ""


@register.filter
def percent(share: float | None) -> str:
    """0.943 as ``94 %``; empty for none."""
    return "" if share is None else _("%(share)d %%") % {"share": int(100 * share)}


@register.filter
def trend_path(trend: Trend) -> str:
    """The line of a trend in a box of 300 by 48."""
    return trend.path(300, 48)

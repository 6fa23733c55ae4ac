"""The HR corner's pages: the company for those who run it, the own month for everybody."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views import View
from django.views.generic import TemplateView

from example_project.hr import board
from example_project.hr.models import CustomUser, Office
from example_project.hr.months import Month, by_office, month_lines

MANAGERS = frozenset({CustomUser.Role.CEO, CustomUser.Role.HR})


class ManagersOnly(UserPassesTestMixin):
    """Logs strangers in, and tells everybody else that the page is not theirs (403)."""

    def test_func(self) -> bool:
        user = self.request.user
        return user.is_authenticated and user.role in MANAGERS


class HomeView(LoginRequiredMixin, View):
    """Sends everybody to the page that is theirs."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("hr:dashboard" if request.user.role in MANAGERS else "hr:own-month")


class DashboardView(ManagersOnly, TemplateView):
    """Who is here, and the month."""

    template_name = "hr/dashboard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, today = timezone.now(), timezone.localdate()
        people = list(board.staff().order_by("office__name", Lower("last_name"), "first_name"))
        month = Month.named(self.request.GET.get("month", ""), today)
        office = self.request.GET.get("office", "")
        shown = [person for person in people if str(person.office_id) == office] or people
        return super().get_context_data(
            month=month,
            next_month=month.after if month.after <= today else None,
            offices=Office.objects.all(),
            office=office if shown is not people else "",
            groups=by_office(month_lines(month, shown, now, today)),
            marks=board.MARKS,
            current_day=today,
            **kwargs,
        )


class MonthPage(TemplateView):
    """One person's month, day by day, newest first."""

    template_name = "hr/person.html"

    def person(self) -> CustomUser:
        """Whose month it is."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, today = timezone.now(), timezone.localdate()
        month = Month.named(self.request.GET.get("month", ""), today)
        [line] = month_lines(month, [self.person()], now, today)
        return super().get_context_data(
            line=line,
            cells=[cell for cell in reversed(line.cells) if cell.mark],
            month=month,
            next_month=month.after if month.after <= today else None,
            **kwargs,
        )


class PersonView(ManagersOnly, MonthPage):
    """Anybody's month, for those who run the company."""

    def person(self) -> CustomUser:
        people = CustomUser.objects.select_related("office", "department", "designation")
        return get_object_or_404(people, pk=self.kwargs["pk"])


class OwnMonthView(LoginRequiredMixin, MonthPage):
    """The month of whoever is logged in."""

    def person(self) -> CustomUser:
        return self.request.user

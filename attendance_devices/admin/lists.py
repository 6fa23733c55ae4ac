"""What all lists here share: no count runs to the end of a table, and what is asked for is held to what is offered."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from attendance_devices.models import Device
from attendance_devices.services.access.visibility import scope_of

SECRETS = ("comm_key", "username", "password")
MOST_COUNTED = 10_000
"""Rows that a list counts and leads to; behind them, filters and the search lead on."""
QUESTIONS = frozenset({"id", "pk", "exact", "isnull", "isempty", "gt", "gte", "lt", "lte"})
"""What may be asked of a field that a filter offers; a regular expression that is wrong is an error of the database."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no more than there is room for: a million rows are not counted to show a hundred."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_COUNTED].count()


class BoundedChangeList(ChangeList):
    """Sorts and filters only by what it offers; whatever else an address says is told to be wrong, in one place."""

    def get_ordering_field(self, field_name: Any) -> Any:
        """A heading that does not sort does not sort by ``?o=`` either."""
        if self.sortable_by is not None and field_name not in self.sortable_by:
            return None
        return super().get_ordering_field(field_name)

    def get_filters_params(self, params: Any = None) -> Any:
        """Only fields with a filter, and plain questions."""
        asked = super().get_filters_params(params)
        asked.pop("_changelist_filters", None)
        names = _offered(self.model_admin, self.list_filter)
        for key in asked:
            name, *rest = key.split("__")
            if name not in names or not QUESTIONS.issuperset(rest):
                message = f"{key} is no filter of this list"
                raise IncorrectLookupParameters(message)
        return asked

    def get_results(self, request: HttpRequest) -> None:
        """A value that no column holds (a year 0, a NUL) is found out by the first query."""
        try:
            super().get_results(request)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error


def _offered(page: Any, list_filter: Sequence[Any]) -> set[str]:
    """The names that an address may filter by."""
    names = {page.date_hierarchy or "", *page.also_filtered_by} - {""}
    for one in list_filter:
        found = one[0] if isinstance(one, (tuple, list)) else one
        names.add(found if isinstance(found, str) else found.parameter_name)
    return names


class NamedFilter(admin.AllValuesFieldListFilter):
    """By a name that may be empty: the link to the rows without one has words, too."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Each name that a row has."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or _("none")}


class ListAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The base of every page here."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the table
    paginator = BoundedPaginator
    person = ""
    """The field that names the person whose row it is; viewers see the rows of those whom the CRM lets them see."""
    shows_nobodys = False
    """Are rows of nobody in particular (a shift of a whole office, an unmapped id) for everybody to see?"""
    also_filtered_by: Sequence[str] = ()
    """Fields that addresses may ask for though no filter stands beside the list."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).defer(*self._unread())
        if not self.person:
            return rows
        scope = scope_of(request.user)
        mine = scope.only(rows, self.person)
        if scope.keys is None or not self.shows_nobodys:
            return mine
        return mine | rows.filter(**{f"{self.person}__isnull": True})

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Says so where a list has more rows than it leads to."""
        page = super().changelist_view(request, extra_context)
        context = getattr(page, "context_data", None) or {}
        if "cl" in context and context["cl"].result_count >= MOST_COUNTED:
            words = _("The first %(count)d of more. Filters and the search lead to the others.")
            context["subtitle"] = words % {"count": MOST_COUNTED}
        return page

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        """People are searched for where the CRM's own admin lets this person search them; else their key is typed."""
        users = [name for name in self.raw_id_fields if self._is_user(name)]
        theirs = self.admin_site._registry.get(get_user_model())
        if theirs is None or not theirs.get_search_fields(request) or not theirs.has_view_permission(request):
            return self.autocomplete_fields
        return [*self.autocomplete_fields, *users]

    def goes_with_another(self, request: HttpRequest, obj: Model | None) -> bool:
        """Is this row to go with one of the CRM's? A guest does not keep accounts from being deleted."""
        match = request.resolver_match
        if obj is None or match is None or (match.url_name or "").startswith(f"{self.opts.app_label}_"):
            return False
        return super().has_delete_permission(request, obj)

    def _unread(self) -> list[str]:
        """What no list shows of the devices beside its rows: secrets are not even decrypted for it."""
        beside = [field.name for field in self.opts.concrete_fields if field.related_model is Device]
        return [f"{name}__{column}" for name in beside for column in (*SECRETS, "cursor")]

    def _is_user(self, name: str) -> bool:
        field = self.opts.get_field(name)
        return isinstance(field, ForeignKey) and field.remote_field.model is get_user_model()


class ReadOnlyAdmin(ListAdmin):
    """Rows that no person adds, changes or deletes here."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """None here; with an account that the CRM deletes, its days go by the CRM's own rights."""
        return self.goes_with_another(request, obj)

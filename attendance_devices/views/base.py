"""What every page has: who may open it, whom it shows, and the frame around it."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from attendance_devices import conf
from attendance_devices.services.access.visibility import scope_of

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def needs(*rights: str) -> Callable[[View[Rest]], View[Rest]]:
    """Strangers to the login, 403 for whoever lacks one of the rights; without rights, whoever is logged in.

    No form of ours is believed without its token, in hosts without the middleware neither.
    """

    def guard(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        # A host that sends all strangers to its login leaves ours to this guard, which knows pages from their parts.
        @login_not_required
        @never_cache
        @csrf_protect
        def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_login(request)
            if not request.user.has_perms(rights):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def to_login(request: HttpRequest) -> HttpResponse:
    """To the host's login; a host without one may have that of the admin. A page's own part is told by 401."""
    if request.headers.get("HX-Request"):
        return HttpResponse(_("Log in again."), status=401)
    for found in (settings.LOGIN_URL, "admin:login"):
        try:
            address = resolve_url(found)
            if address.startswith("/"):
                resolve(_below_prefix(address.split("?")[0]))
        except (NoReverseMatch, Resolver404):
            continue
        return redirect_to_login(request.get_full_path(), address)
    raise PermissionDenied


def _below_prefix(path: str) -> str:
    """As our addresses see it where the whole project is mounted below a prefix (``FORCE_SCRIPT_NAME``)."""
    prefix = get_script_prefix()
    return f"/{path.removeprefix(prefix)}" if path.startswith(prefix) else path


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> TemplateResponse:
    """One of our templates in the frame that the settings name."""
    frame = {"base_template": conf.load().base_template}
    return TemplateResponse(request, f"attendance_devices/{template}", {**frame, **(context or {})}, status=status)


def visible_user(request: HttpRequest, key: str) -> Any:
    """The user of this primary key, if the viewer may see the person. Raises `Http404`: nobody learns who exists."""
    users = get_user_model()
    try:
        found = users._base_manager.filter(pk=users._meta.pk.to_python(key)).first()
    except ValidationError:
        found = None
    if found is None or not scope_of(request.user).sees(found.pk):
        raise Http404(_("There is no such person."))
    return found


def here(name: str, *args: Any) -> str:
    """The address of one of our pages."""
    return reverse(f"attendance_devices:{name}", args=args)

"""A host where everybody has to be logged in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect


def everybody_logs_in(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """As such hosts write it: whoever is not logged in goes to the login, whatever was asked for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated and not request.path.startswith("/accounts/"):
            return HttpResponseRedirect(f"/accounts/login/?next={request.path}")
        return get_response(request)

    return middleware

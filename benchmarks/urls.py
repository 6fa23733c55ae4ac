"""The addresses of the test suite, and one view that does no more than each page has to."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.pages import fetched
from tests.urls import urlpatterns as those_of_the_suite

SHOWN: list[Any] = []
"""The page that the view stands for."""


@login_required
def bare(_request: HttpRequest) -> HttpResponse:
    """How many rows its statements give."""
    return HttpResponse(str([fetched(page) for page in SHOWN]))


urlpatterns = [*those_of_the_suite, path("bare/", bare)]

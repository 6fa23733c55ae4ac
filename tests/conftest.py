"""Two hosts, two settings, two processes: what only speaks of the first host is left out of the second's run."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from hypothesis import settings as hypothesis

from tests.thorough import examples

# An example may take its time: the machine may be busy with something else.
hypothesis.register_profile("suite", parent=hypothesis(), deadline=None, max_examples=examples(50))
hypothesis.load_profile("suite")
FIRST_HOST_ONLY = [
    "browser",
    "clockwork",
    "example_project",
    "management/commands/test_check_host.py",
    "recipes",
    "test_admin.py",
    "test_checks.py",
]
collect_ignore = FIRST_HOST_ONLY if settings.AUTH_USER_MODEL == "profile_crm.Member" else []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test that leaves settings of its own behind breaks others, far away and only sometimes: it is named."""
    yield
    left = settings.SETTINGS_MODULE is None
    while settings.SETTINGS_MODULE is None:
        settings._wrapped = settings._wrapped.default_settings
    assert not left, f"{item.nodeid} left settings behind that it had overridden"


@pytest.fixture(autouse=True)
def nothing_cached() -> None:
    """What one test put into the cache (who is expected today) speaks of people whom the next does not know."""
    cache.clear()

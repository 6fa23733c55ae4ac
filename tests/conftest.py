"""Two hosts, two settings, two processes: what only speaks of the first host is left out of the second's run."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

from tests.builders.sampling import examples

FIRST_HOST_ONLY = [
    "browser",
    "clockwork",
    "example_project",
    "management/commands/test_check_host.py",
    "recipes",
    "test_admin.py",
    "test_checks.py",
]
# A busy machine is no failure: what takes too long is shown by benchmarks.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    max_examples=examples(50),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")

MEASURED = {
    *("checks", "domain", "drivers", "hosts", "management", "models", "services", "templatetags", "views"),
    "test_checks.py",
}
collect_ignore = FIRST_HOST_ONLY if settings.AUTH_USER_MODEL == "profile_crm.Member" else []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a browser happens to reach proves little about the code, and tracing it would double its time."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] not in MEASURED:
            item.add_marker("no_cover")


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

"""Two hosts, two settings, two processes: what only speaks of the first host is left out of the second's run."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

from tests.builders.sampling import examples

# Folders, and modules that take longer than some three seconds: make check leaves them out, make test runs them.
SLOW = [
    *("browser", "clockwork", "example_project", "recipes", "test_readme.py"),
    *("admin/test_dressed.py", "admin/test_files.py", "admin/test_lists.py", "admin/test_raw_logs.py"),
    *("domain/days/test_properties.py", "domain/days/test_years.py", "domain/punches/test_instants.py"),
    *(
        "drivers/zkteco/test_attlog.py",
        "drivers/zkteco/test_driver.py",
        "drivers/zkteco/test_log.py",
        "drivers/zkteco/test_session.py",
    ),
    *("management/commands/test_auto_fetch_zkteco.py", "management/commands/test_map_and_fetch_attendance.py"),
    "resources/test_tables.py",
    "management/commands/test_simulate_device.py",
    *("services/collection/test_bad_weather.py", "services/collection/test_import_file.py"),
    *("services/corrections/test_correct.py", "services/corrections/test_requests.py"),
    *("services/days/test_costs.py", "services/device_actions/test_jobs.py", "services/explanations/test_explain.py"),
    *("services/retention/test_clean_up.py", "services/retention/test_rules.py"),
    *("services/review/inbox/test_items.py", "services/review/test_decide.py", "views/test_mapping.py"),
    *("services/days/test_absences.py", "services/days/test_clock_changes.py", "services/days/test_rules.py"),
    *("services/device_actions/test_clear_log.py", "services/device_actions/test_kills_while_clearing.py"),
    *("services/live/test_supervisor.py", "services/live/test_trouble.py"),
    *("services/pipeline/test_kills.py", "services/pipeline/test_reprocess.py"),
    "services/retention/test_forgetting_changes_nothing.py",
    "simulators/test_zkteco.py",
    *(
        "views/test_day.py",
        "views/test_doors.py",
        "views/test_people.py",
        "views/test_review.py",
        "views/test_today.py",
    ),
]
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
    """Mark what is not measured, and what is slow.

    What a browser happens to reach proves little about the code, and tracing it would double its time.
    """
    for item in items:
        path = item.path.relative_to(Path(__file__).parent)
        if path.parts[0] not in MEASURED:
            item.add_marker("no_cover")
        if path.parts[0] in SLOW or str(path) in SLOW:
            item.add_marker("slow")


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

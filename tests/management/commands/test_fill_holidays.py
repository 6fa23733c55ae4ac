"""``fill_holidays`` as a person runs it."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.models import Holiday
from tests.builders.crm import nothing_is_written

pytestmark = pytest.mark.django_db


def ran(*options: Any) -> str:
    out = StringIO()
    call_command("fill_holidays", *options, stdout=out)
    return out.getvalue()


def test_it_prints_each_day_and_how_many_are_new() -> None:
    Holiday.objects.create(date="2024-12-25", name="Ours")
    lines = ran(2024, "IE").splitlines()
    assert lines[0] == "2024-01-01 Mon  New Year's Day"
    assert "2024-12-25 Wed  Christmas Day  (there already)" in lines
    assert lines[-1] == f"{len(lines) - 2} holidays added."
    assert Holiday.objects.count() == len(lines) - 1
    assert ran(2024, "IE").splitlines()[-1] == "0 holidays added."


def test_a_dry_run_writes_nothing() -> None:
    with nothing_is_written():
        text = ran(2024, "IE", "--dry-run")
    assert text.splitlines()[-1].endswith("holidays would be added.")


def test_of_an_office_and_a_subdivision_for_machines() -> None:
    told = json.loads(ran(2024, "US", "--subdivision=TX", "--office=Austin", "--format=json"))
    assert told["holidays"][0] == {"date": "2024-01-01", "name": "New Year's Day", "new": True}
    assert set(Holiday.objects.values_list("office", flat=True)) == {"Austin"}


@pytest.mark.parametrize("given", [(2024, "XX"), (0, "IE"), (10_000, "IE"), (2024, "US", "--subdivision=Narnia")])
def test_wrong_usage_is_told_by_the_exit_code(given: tuple[Any, ...]) -> None:
    with pytest.raises(CommandError, match="Use two letters for the country") as caught:
        ran(*given)
    assert caught.value.returncode == 2

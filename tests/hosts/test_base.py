"""A host that says nothing is record only, and what it cannot do it says in words."""

from collections.abc import Callable
from typing import Any

import pytest

from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.domain.people.mapping import AccountPlan
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.base import Host
from tests.builders.host_days import day


def test_it_takes_no_rows_and_knows_nobody() -> None:
    host = Host()
    assert not host.takes_rows
    assert (host.find_employees(["7"]), host.locked([]), host.shift_rules([], [])) == ({}, {}, {})
    assert host.visible_employees(None) is None


def test_what_its_rows_say_it_need_not_answer() -> None:
    assert Host().read_rows([day("1"), day("2")]) == [None, None]
    assert Host().read_rows([]) == []


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda h: h.plan_account(Enrolment(device_user_id="7"), device="", office="", taken=[]), "plan an account"),
        (lambda h: h.create_employee(AccountPlan(fields={})), "create an account"),
        (lambda h: h.plan_rows([]), "plan rows"),
        (lambda h: h.write_rows([]), "write rows"),
    ],
    ids=["accounts are planned", "accounts are created", "rows are planned", "rows are written"],
)
def test_what_it_does_not_do_names_the_cure(act: Callable[[Host], Any], said: str) -> None:
    with pytest.raises(HostError, match=f"Host: does not say how to {said}. Inherit DeclaredHost"):
        act(Host())

"""What deriving asks of the database, however many people there are."""

import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.models import DeviceUser, Shift, ShiftAssignment
from attendance_devices.services.days import derive
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from tests.builders.crm import HAS_PROFILES, MONDAY, at, device, employee, mapped, punched, statements

pytestmark = pytest.mark.django_db
FEW, MANY = 5, 500
MOST_QUERIES, MOST_QUERIES_LATE = 25, 15


def staff(amount: int) -> None:
    """So many people have worked on Monday; every other one has a shift."""
    gate = device(f"Gate of {amount}")
    prefix = f"{amount}-"
    if HAS_PROFILES:
        users = [employee(f"{prefix}{number}") for number in range(amount)]
    else:
        model = get_user_model()
        model.objects.bulk_create([model(username=f"{prefix}{number}") for number in range(amount)])
        users = list(model.objects.filter(username__startswith=prefix))
    keys = {f"{prefix}{number}": user for number, user in enumerate(users)}
    DeviceUser.objects.bulk_create(
        [DeviceUser(device=gate, device_user_id=key, system_user=user) for key, user in keys.items()]
    )
    shift = Shift.objects.create(name=f"Day of {amount}", start="09:00", end="17:00")
    ShiftAssignment.objects.bulk_create(
        [ShiftAssignment(shift=shift, user=user, date_from=MONDAY) for user in users[::2]]
    )
    punched(gate, *[(key, at(clock)) for key in keys for clock in ("09:00", "17:00")])


def asked(verb: Callable[[], object]) -> tuple[int, str]:
    """How many queries, and which. Those that the database makes Django split are one."""
    with CaptureQueriesContext(connection) as queries:
        verb()
    return statements(queries), "\n".join(query["sql"][:120] for query in queries)


def tell() -> object:
    """Everything that the CRM does not know yet."""
    return post(since=MONDAY - timedelta(days=7))


def test_deriving_five_hundred_people_costs_the_queries_of_five() -> None:
    costs = []
    for amount in (FEW, MANY):
        staff(amount)
        costs.append(asked(derive_pending))

    (few, _), (many, which) = costs
    assert few == many <= MOST_QUERIES, which


def test_a_late_punch_is_derived_again_in_few_queries() -> None:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("09:00")), ("7", at("17:00")))
    derive_pending()
    tell()
    punched(gate, ("7", at("18:30")))

    derived, which = asked(derive_pending)
    told, which_told = asked(tell)

    assert derived <= MOST_QUERIES_LATE, which
    assert told <= MOST_QUERIES, which_told


def test_three_times_the_days_do_not_take_three_times_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "BATCH_DAYS", 50)
    peaks = []
    for amount in (1, 50, 150):
        # One alone first: what is loaded once and kept must not count for the first of the two.
        staff(amount)
        tracemalloc.start()
        derive_pending()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    _, once, thrice = peaks
    assert thrice < 1.5 * once, f"{once:,} bytes for 50 days, {thrice:,} for 150"

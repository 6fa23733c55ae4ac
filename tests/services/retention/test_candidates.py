"""Which punches are old enough, in pages."""

from datetime import timedelta
from typing import Any

import pytest

from attendance_devices.models import Device
from attendance_devices.services.retention import candidates
from attendance_devices.services.retention.candidates import RetentionPeriod, pages_of_days, punches_of
from tests.builders.crm import MONDAY, at, days, device, employee, mapped, punched, setting
from tests.builders.old_days import TUESDAY, came, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=30)


def retention() -> RetentionPeriod:
    found = RetentionPeriod.now()
    assert found is not None
    return found


def test_without_a_retention_or_a_terminal_there_is_nothing_to_ask(settings: Any) -> None:
    assert RetentionPeriod.now() is None
    device()
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=0)
    assert RetentionPeriod.now() is None


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_each_day_is_in_one_page_however_small_pages_are(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "PUNCHES_AT_ONCE", size)
    _, asha = worked(*days(4))
    far = device("Far", timezone="Pacific/Kiritimati")
    mapped(far, "7", asha)
    came(far, "7", *days(4))

    found = list(pages_of_days(retention()))

    assert sorted(day for page in found for _, day in page) == days(4)


def test_a_page_ends_between_two_punches_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "PUNCHES_AT_ONCE", 1)
    gate, asha = worked(MONDAY)
    bilal = employee("8")
    mapped(gate, "8", bilal)
    punched(gate, ("8", at("17:00")))

    assert sorted(user for page in pages_of_days(retention()) for user, _ in page) == sorted([asha.pk, bilal.pk])


def test_all_punches_of_a_day_come_with_it_from_every_terminal_in_the_order_of_time() -> None:
    _, asha = worked(MONDAY)
    for name, zone in (("East", "Pacific/Kiritimati"), ("West", "Pacific/Pago_Pago")):
        far = device(name, timezone=zone)
        mapped(far, "7", asha)
        came(far, "7", MONDAY, TUESDAY, clocks=["12:00"])
    names = dict(Device.objects.values_list("pk", "name"))

    found = punches_of({(asha.pk, MONDAY)})[asha.pk, MONDAY]

    assert [names[one.device] for one in found] == ["East", "Gate", "Gate", "West"]
    assert {one.shown.date() for one in found} == {MONDAY}
    assert found[0].shown - timedelta(hours=12) == at("00:00")


def test_of_no_day_there_are_none() -> None:
    assert punches_of(set()) == {}

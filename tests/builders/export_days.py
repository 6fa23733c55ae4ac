"""Two people at work, to be exported."""

from datetime import timedelta
from typing import Any

from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched

TUESDAY = MONDAY + timedelta(days=1)


def two_at_work() -> tuple[Any, Any]:
    gate, other = device(office="North"), device("Back", office="South")
    asha, bilal = employee("7", "Asha Nair", username="asha"), employee("8", "=Bilal", username="bilal")
    mapped(gate, "7", asha)
    mapped(other, "8", bilal)
    punched(gate, ("7", at("09:00")), ("7", at("17:30")), ("99", at("10:00")))
    punched(other, ("8", at("08:00", TUESDAY)), ("8", at("12:00", TUESDAY)))
    derive_pending()
    return asha, bilal

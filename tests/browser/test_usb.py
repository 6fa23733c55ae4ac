"""Somebody carries a terminal's log by hand: looks at the file in the admin, and has it stored."""

from datetime import timedelta

from tests.browser.accessibility import violations
from tests.browser.company import Company
from tests.browser.founding import MORNING
from tests.browser.visit import Front

YESTERDAY = (MORNING - timedelta(days=1)).date()


def stick(name: str, *rows: tuple[str, str]) -> dict[str, object]:
    """What a browser uploads of it."""
    lines = [f"{who:>9}\t{YESTERDAY} {clock}\t1\t255\t1\t0\r\n" for who, clock in rows]
    return {"name": name, "mimeType": "application/octet-stream", "buffer": "".join(lines).encode()}


def test_a_log_is_looked_at_and_then_stored(front: Front, crm: Company) -> None:
    device, key = next(iter(crm.facts["devices"].items()))
    file = stick("1_attlog.dat", ("1004", "03:33:33"), ("1004", "03:44:44"))
    page = front.visit("ceo").go(f"/admin/attendance_devices/device/{key}/change/")
    page.get_by_role("link", name="Import from a USB stick").click()
    page.get_by_label("File").set_input_files(file)
    assert violations(page, of_admin=True) == []
    page.get_by_role("button", name="Look at it").click()

    page.get_by_text("Nothing is stored yet.").wait_for()
    assert page.get_by_role("row", name="New punches 2").count() == 1
    assert violations(page, of_admin=True) == []

    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Import it").click()
    page.get_by_text(f"2 new punches of {device} are stored, 0 were known, 0 are quarantined.").wait_for()

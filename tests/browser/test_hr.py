"""The HR officer: corrects a forgotten check-out, reads why a day says what it says, and maps somebody unknown."""

import re

from tests.browser.accessibility import violations
from tests.browser.company import Company
from tests.browser.measuring import misfits
from tests.browser.visit import Front, Visit, press

FORGOTTEN = "Wed 4 Nov: a check is missing"
"""Kamil Nowak came, and did not check out."""


def test_a_forgotten_check_out_is_corrected_and_the_day_says_why(front: Front, crm: Company) -> None:
    visit = front.visit("hr")
    page = visit.go("/attendance-devices/people/?month=2026-11")
    press(page.get_by_role("row", name="Kamil Nowak").get_by_role("link", name=FORGOTTEN))
    page.get_by_role("heading", name="Wednesday 4 November 2026").wait_for()
    assert "missing" in page.locator("#ad-main").inner_text()

    press(page.get_by_role("link", name="Add a punch"))
    page.get_by_label("Time").fill("18:05")
    visit.refused()
    press(page.get_by_role("button", name="Correct it"))
    assert page.get_by_text("This field is required").is_visible(), "a correction says why"
    page.get_by_label("Why").fill("Left with the others, forgot to touch")
    press(page.get_by_role("button", name="What would the day become?"))
    assert "18:05" in page.locator(".ad-becomes").inner_text()
    assert_clean(visit)
    press(page.get_by_role("button", name="Correct it"))

    page.get_by_text("Corrected.").wait_for()
    line = page.get_by_role("row", name="18:05").inner_text()
    assert "check-out" in line and "added by sana.qureshi" in line and "Left with the others" in line
    assert "missing" not in page.locator("main h2").first.inner_text()
    assert_clean(visit)

    press(page.get_by_role("button", name="Undo"))
    page.get_by_text("Undone.").wait_for()
    assert "undone by" in page.locator("#ad-main").inner_text()


def test_days_of_last_week_appear_once_somebody_unknown_is_mapped(front: Front, crm: Company) -> None:
    visit = front.visit("hr")
    page = visit.go("/attendance-devices/people/?month=2026-11&search=Walker")
    assert page.locator("td .ad-present").count() == 0

    page = visit.go("/attendance-devices/mapping/")
    row = page.get_by_role("row", name="Tom Walker")
    assert "Tom Walker" in row.get_by_role("combobox").inner_text(), "who it may be is suggested by name"
    row.get_by_role("checkbox").check()
    press(page.get_by_role("button", name="Map the chosen"))
    assert "Nothing is changed yet" in page.locator("main").inner_text()
    assert page.get_by_role("row", name="Fri 13 Nov 2026").count() == 1
    press(page.locator("main form button").first)

    page = visit.go("/attendance-devices/people/?month=2026-11&search=Walker")
    line = page.get_by_role("row", name="Tom Walker")
    for day in range(9, 14):
        cell = line.get_by_role("link", name=re.compile(rf"\b{day} Nov"))
        assert cell.count() == 1 and "day off" not in (cell.get_attribute("aria-label") or ""), day
    page = visit.go("/attendance-devices/mapping/?tab=mapped&q=Walker")
    assert page.get_by_role("row", name="Tom Walker").count() == 1


def assert_clean(visit: Visit) -> None:
    """A page on the way is held to what holds for all."""
    found = violations(visit.page)
    for width in (360, 1440):
        visit.resize(width)
        found += [f"{width} px: {words}" for words in misfits(visit.page)]
    assert found == [], "\n".join(found)

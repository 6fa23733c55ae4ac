"""An employee sees why a day says what it says, asks for a correction, and hears the answer."""

from playwright.sync_api import Page

from tests.browser.company import Company
from tests.browser.visit import Front, press

ABSENT = "/attendance-devices/mine/2026-11-17/"
"""Priya Nair says that she was there."""


def ask(page: Page, time: str, why: str) -> None:
    press(page.get_by_role("link", name="Ask for a missing punch"))
    page.get_by_label("Time").fill(time)
    page.get_by_label("Why").fill(why)
    press(page.get_by_role("button", name="Ask for it"))


def test_what_an_employee_asks_for_is_granted_by_hr_and_stands_in_the_day(front: Front, crm: Company) -> None:
    employee = front.visit("employee")
    page = employee.go(ABSENT)
    assert "absent" in page.locator("main h2").first.inner_text()
    ask(page, "09:02", "Came by the back door, the terminal was off")
    assert "waits for an answer" in page.locator("main").inner_text()

    hr = front.visit("hr").go("/attendance-devices/review/")
    press(hr.get_by_role("navigation").get_by_role("link", name="Asked for by employees"))
    item = hr.get_by_role("article").filter(has_text="Priya Nair")
    assert "back door" in item.inner_text()
    item.get_by_role("link", name="Grant").click()
    item.get_by_role("button", name="Grant").click()
    hr.get_by_role("article").filter(has_text="back door").get_by_role("link", name="Grant").wait_for(state="detached")

    page = employee.go(ABSENT)
    words = page.locator("main").inner_text()
    assert "09:02" in words and "granted" in words and "sana.qureshi" in words
    assert "absent" not in page.locator("main h2").first.inner_text()


def test_nobody_sees_a_colleagues_days(front: Front) -> None:
    visit = front.visit("employee")
    colleague = front.crm.facts["people"]["kamil.nowak"]
    for path in ("people/", f"people/{colleague}/", f"people/{colleague}/2026-11-18/", "review/", "devices/"):
        visit.go(f"/attendance-devices/{path}", status=403)

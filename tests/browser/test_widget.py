"""An open widget that gets no answer says so; whoever comes is marked, and said once."""

import pytest
from playwright.sync_api import Locator, expect

from example_project.demo.staff import ACE_TRACK
from tests.browser.company import Company, eventually
from tests.browser.visit import Front, Visit

NUMBER, NAME = "1007", "Lucía Fernández"
"""Works at Ace Track, and has not come yet."""


def widget_of(visit: Visit) -> Locator:
    return visit.go("/staff/").locator(".ad-widget")


def look_again(visit: Visit) -> None:
    visit.page.clock.run_for(11_000)
    visit.page.wait_for_timeout(300)


def test_who_comes_is_marked_and_said_once(front: Front, crm: Company) -> None:
    visit = front.visit("ceo", fast=True)
    widget = widget_of(visit)
    assert widget.get_by_role("status").inner_text() == ""
    moment = crm.now()
    crm.walls[ACE_TRACK].punch(NUMBER, moment)
    crm.start("poll_devices", "--loop", "--every", "1")

    def is_marked() -> bool:
        look_again(visit)
        return widget.locator("tr.ad-new").count() == 1

    eventually(is_marked)
    assert NAME in widget.locator("tr.ad-new").inner_text()
    assert f"{NAME} came at {moment:%H:%M}" in widget.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    ("status", "words"),
    [(502, "The server does not answer"), (401, "You are logged out"), (403, "You are logged out")],
)
def test_an_open_page_that_gets_no_answer_says_so_until_it_gets_one(front: Front, status: int, words: str) -> None:
    visit = front.visit("ceo", fast=True)
    widget = widget_of(visit)
    figures = widget.locator(".ad-tile strong").all_inner_texts()
    visit.page.route("**/widget/**", lambda route: route.fulfill(status=status, body="no"))
    with visit.expecting(f"{status}"):
        eventually(lambda: look_again(visit) or widget.get_by_role("alert").get_by_text(words).is_visible())
    visit.troubles[:] = [trouble for trouble in visit.troubles if "htmx" not in trouble and "strict CSP" not in trouble]
    assert widget.locator(".ad-tile strong").all_inner_texts() == figures
    visit.page.unroute("**/widget/**")
    eventually(lambda: look_again(visit) or widget.get_by_role("alert").count() == 0)


def test_the_login_of_a_host_is_not_put_in_the_place_of_the_widget(front: Front) -> None:
    visit = front.visit("ceo", fast=True)
    widget = widget_of(visit)
    login = {"status": 200, "content_type": "text/html", "body": "<form>Log in</form>"}
    policy = {"content-security-policy": "default-src 'self'"}
    visit.page.route("**/widget/**", lambda route: route.fulfill(**login, headers=policy))
    eventually(lambda: look_again(visit) or widget.get_by_text("You are logged out").is_visible())
    assert widget.get_by_role("heading", name="Attendance today").count() == 1
    assert widget.locator("form").count() == 0


def test_the_board_of_today_keeps_its_filter_and_the_focus_when_it_is_renewed(front: Front, crm: Company) -> None:
    visit = front.visit("ceo", fast=True)
    page = visit.go("/attendance-devices/?office=Ace+Track&sort=-name")
    page.locator("#ad-tab-absent").focus()
    crm.walls[ACE_TRACK].punch(NUMBER, crm.now())
    crm.start("poll_devices", "--loop", "--every", "1")
    row = page.get_by_role("row", name=NAME)

    def has_come() -> bool:
        page.clock.run_for(31_000)
        page.wait_for_timeout(300)
        return "ad-new" in (row.get_attribute("class") or "")

    eventually(has_come)
    expect(page.locator("#ad-tab-absent")).to_be_focused()
    names = page.locator("#ad-people tbody th").all_inner_texts()
    assert names == sorted(names, key=str.casefold, reverse=True)
    assert page.locator("#ad-people tbody").get_by_text("Bootcamp").count() == 0

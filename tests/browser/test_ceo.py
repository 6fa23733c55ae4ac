"""The CEO leaves the dashboard open: what happens at a terminal is seen in it, and nobody reloads anything."""

import re

from example_project.demo.staff import ACE_TRACK
from tests.browser.company import Company, eventually
from tests.browser.stay import stay, stayed
from tests.browser.visit import Front, Visit, press

NUMBER, NAME = "1007", "Lucía Fernández"
"""Works at Ace Track, and has not come yet."""
SLACK = 9.0
"""Seconds for the terminal, the two processes and the browser, on a machine that has other things to do: less than
another interval."""


def test_a_punch_is_in_the_open_dashboard_within_the_refresh_interval(front: Front, crm: Company) -> None:
    visit, wall = front.visit("ceo"), crm.walls[ACE_TRACK]
    page = visit.go("/staff/")
    widget = page.get_by_role("region", name="Attendance today")
    assert widget.get_by_role("row", name=NAME).count() == 0
    absent = count_of(visit, "absent")
    stay(visit)

    crm.start("auto_fetch_zkteco")
    eventually(lambda: wall.listeners)
    moment = crm.now()
    wall.punch(NUMBER, moment)
    arrived = widget.get_by_role("row", name=NAME)
    arrived.wait_for(timeout=(interval(visit) + SLACK) * 1000)

    assert f"{moment:%H:%M:%S}" in arrived.inner_text()
    assert count_of(visit, "absent") == absent - 1
    assert stayed(visit), "nobody reloaded the page"


def test_a_punch_that_a_poll_brings_is_there_at_the_next_look(front: Front, crm: Company) -> None:
    visit = front.visit("ceo", fast=True)
    widget = visit.go("/staff/").get_by_role("region", name="Attendance today")
    stay(visit)
    crm.walls[ACE_TRACK].punch(NUMBER, crm.now())
    crm.start("poll_devices", "--loop", "--every", "1")

    def is_seen() -> bool:
        visit.page.clock.run_for(interval(visit) * 1000)
        visit.page.wait_for_timeout(200)
        return widget.get_by_role("row", name=NAME).count() == 1

    eventually(is_seen)
    assert stayed(visit)


def interval(visit: Visit) -> int:
    """Seconds after which the widget asks again, by itself."""
    trigger = visit.page.get_by_role("region", name="Attendance today").get_attribute("hx-trigger") or ""
    found = re.search(r"every (\d+)s", trigger)
    assert found, trigger
    return int(found[1])


def count_of(visit: Visit, state: str) -> int:
    tile = visit.page.locator(".ad-tile").filter(has_text=re.compile(rf"\b{state}\b")).first
    return int(tile.locator("strong").inner_text())


def test_each_figure_leads_to_the_people_behind_it(front: Front) -> None:
    visit = front.visit("ceo")
    for state in ("on time", "absent", "no data", "not due yet"):
        page = visit.go("/staff/")
        count = count_of(visit, state)
        press(page.locator(".ad-tile").filter(has_text=state).get_by_role("link").first)
        rows = page.locator("main table tbody tr")
        assert rows.count() == count and rows.filter(has_text=state).count() == count, state


def test_a_silent_gate_is_told_and_nobody_is_called_absent_for_it(front: Front) -> None:
    visit = front.visit("ceo")
    words = visit.go("/staff/").get_by_role("region", name="Attendance today").inner_text()
    assert "DOS Attendance has been silent since 08:12" in words
    assert "not as absent" in words


def test_an_unchanged_widget_is_an_answer_without_a_body(front: Front) -> None:
    visit = front.visit("ceo", fast=True)
    page = visit.go("/staff/")
    stay(visit)
    answers = []
    page.on("response", lambda response: answers.append(response) if "/widget/" in response.url else None)

    def is_unchanged() -> bool:
        """The minute that it shows may change once, between two of them."""
        with page.expect_response(lambda response: "/widget/" in response.url):
            page.clock.run_for(interval(visit) * 1000)
        return answers[-1].status == 304

    assert is_unchanged() or is_unchanged()
    assert answers[-1].headers.get("content-length", "0") == "0"
    assert stayed(visit) and page.get_by_role("region", name="Attendance today").count() == 1


def test_a_server_that_is_gone_is_told(front: Front, crm: Company) -> None:
    visit = front.visit("ceo", fast=True)
    page = visit.go("/staff/")
    crm.stop_serving()
    with visit.expecting("ERR_CONNECTION_REFUSED"):
        page.clock.run_for(interval(visit) * 1000)
        page.get_by_text("The server does not answer").wait_for()
    visit.troubles.clear()

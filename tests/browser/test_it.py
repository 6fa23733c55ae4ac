"""The IT person: tests and reads terminals from the page, and sees what came of it, without reloading."""

import re

from playwright.sync_api import Locator, Page

from example_project.demo.staff import ACE_TRACK, BOOTCAMP
from tests.browser.company import Company, eventually
from tests.browser.stay import stay, stayed
from tests.browser.visit import Front, press

DEVICES = "/attendance-devices/devices/"


def ask(page: Page, terminal: str, verb: str) -> None:
    """Choose a terminal, and ask."""
    page.get_by_role("checkbox", name=f"Choose {terminal}").check()
    press(page.get_by_role("button", name=verb))


def result(page: Page, terminal: str, verb: str) -> Locator:
    """The latest of them."""
    return page.locator("#ad-jobs li").filter(has_text=f"{verb}: {terminal}").first


def test_a_worker_polls_and_tests_while_the_page_stays(front: Front, crm: Company) -> None:
    crm.start("qcluster")
    visit = front.visit("it")
    crm.manage("shell", "-c", "from django_q.tasks import async_task; async_task('attendance_devices.tasks.notify')")
    page = visit.go(DEVICES)

    def is_told() -> bool:
        page.reload()
        return page.get_by_text("A worker does it").count() == 1

    eventually(is_told)
    crm.walls[ACE_TRACK].punch("1007", crm.now())
    ask(page, ACE_TRACK, "Poll now")
    stay(visit)
    result(page, ACE_TRACK, "Poll").filter(has_text="1 new").wait_for()
    assert stayed(visit)

    ask(page, BOOTCAMP, "Test")
    stay(visit)
    result(page, BOOTCAMP, "Test").filter(has_text="All well").wait_for()
    assert stayed(visit)


def test_without_a_worker_it_is_done_while_one_waits(front: Front, crm: Company) -> None:
    page = front.visit("it").go(DEVICES)
    assert page.get_by_text("done while you wait").count() == 1
    crm.walls[ACE_TRACK].punch("1007", crm.now())
    ask(page, ACE_TRACK, "Poll now")
    assert "1 new" in result(page, ACE_TRACK, "Poll").inner_text()


def test_an_unplugged_terminal_is_told_with_what_to_do(front: Front, crm: Company) -> None:
    crm.walls[BOOTCAMP].stop()
    page = front.visit("it").go(DEVICES)
    ask(page, BOOTCAMP, "Test")
    words = result(page, BOOTCAMP, "Test").inner_text()
    assert re.search(r"(?i)check|switch|answer", words), words
    ask(page, BOOTCAMP, "Poll now")
    row = page.get_by_role("row", name=BOOTCAMP).first
    assert "failed" in row.inner_text()


def test_one_box_chooses_all_of_them_and_tells_when_some_are(front: Front) -> None:
    page = front.visit("it").go(DEVICES)
    every, each = page.get_by_role("checkbox", name="Choose all terminals"), page.locator("input[name=device]")
    every.check()
    assert page.locator("input[name=device]:checked").count() == each.count() > 1
    each.first.uncheck()
    assert every.evaluate("box => box.indeterminate && !box.checked")
    each.first.check()
    assert every.is_checked()
    page = front.visit("it", java_script_enabled=False).go(DEVICES)
    assert not page.get_by_role("checkbox", name="Choose all terminals").is_visible()

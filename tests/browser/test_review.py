"""Whoever works through the inbox: each decision in its place, by keyboard, told what became of it."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.visit import Front

LIST = "/attendance-devices/review/?kind=missing_check"


def test_an_item_is_decided_in_its_place_and_vanishes_with_its_count(front: Front, crm: Company) -> None:
    visit = front.visit("ceo")
    page = visit.go(LIST)
    items, tab = page.locator("article.ad-item"), page.locator("#ad-review-tabs [aria-current]")
    count = items.count()
    assert count > 1 and tab.inner_text().endswith(str(count))
    subject = items.first.locator("h2").inner_text()

    items.first.get_by_role("link", name="It is right as it is").press("Enter")
    page.locator("form.ad-decide").wait_for()
    expect(page.get_by_label("Why")).to_be_focused()

    with visit.expecting("422"):
        page.get_by_role("button", name="It is right as it is").click()
        page.get_by_text("This field is required.").wait_for()
    page.get_by_label("Why").fill("He called in")
    page.get_by_role("button", name="It is right as it is").press("Enter")

    expect(page.get_by_role("status").filter(has_text=subject)).to_be_focused()
    expect(items).to_have_count(count - 1)
    expect(tab).to_have_text(re.compile(rf"\D{count - 1}\s*$"))


def test_a_file_is_taken(front: Front, crm: Company, tmp_path: Path) -> None:
    page = front.visit("ceo").go("/attendance-devices/reports/")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take CSV").click()
    taken.value.save_as(tmp_path / "days.csv")
    assert taken.value.suggested_filename.startswith("attendance-days-2026-11-01-")
    assert len((tmp_path / "days.csv").read_text("utf-8-sig").splitlines()) > 100

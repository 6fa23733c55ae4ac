"""In a host that names no base template of its own, our pages stand in ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.accessibility import violations
from tests.browser.company import Company, company
from tests.browser.measuring import misfits, unreachable
from tests.browser.visit import WIDTHS, Front


@pytest.fixture
def crm(template: Path, tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, template, CRM_BASE="attendance_devices/base.html") as found:
        yield found


def test_a_page_is_whole_there_too(front: Front, crm: Company) -> None:
    visit = front.visit("ceo")
    page = visit.go("/attendance-devices/")
    found = violations(page) + unreachable(page)
    for width in WIDTHS:
        visit.resize(width)
        found += misfits(page)
    assert found == [], "\n".join(found)
    assert page.get_by_role("link", name="Today").get_attribute("aria-current") == "page"
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"

"""What we add to Django's admin is as clean as the admin itself: lists, forms, and the plans of what is written."""

import pytest
from django.contrib.admin import site
from playwright.sync_api import Page

from tests.browser.accessibility import violations
from tests.browser.measuring import misfits
from tests.browser.visit import Front, Visit, press

ADMIN = "/admin/attendance_devices/"
MODELS = sorted(model.__name__.lower() for model in site._registry if model._meta.app_label == "attendance_devices")


def blemishes(visit: Visit) -> list[str]:
    found = violations(visit.page, of_admin=True)
    for width in (360, 1440):
        visit.resize(width)
        found += [f"{width} px: {words}" for words in misfits(visit.page)]
    return [f"{visit.page.url.removeprefix(visit.address)} {words}" for words in found]


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_forms(front: Front, model: str) -> None:
    visit = front.visit("ceo")
    visit.go(f"{ADMIN}{model}/")
    found = blemishes(visit)
    add = visit.page.locator(".object-tools .addlink")
    if add.count():
        press(add)
        found += blemishes(visit)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("action", ["Set the clock", "Clear the log", "Restart"])
def test_the_plan_of_what_is_written_to_a_terminal(front: Front, action: str) -> None:
    visit = front.visit("ceo")
    page = visit.go(f"{ADMIN}device/")
    page.get_by_role("checkbox", name="Select this object for an action").first.check()
    choose(page, action)
    assert "lan" in page.content()
    found = blemishes(visit)
    assert found == [], "\n".join(found)


def choose(page: Page, action: str) -> None:
    """The action of the list whose words begin like this."""
    options = page.get_by_label("Action:").locator("option").all_inner_texts()
    [words] = [option for option in options if option.lower().startswith(action.lower())]
    page.get_by_label("Action:").select_option(words)
    press(page.get_by_role("button", name="Go", exact=True))

"""Our pages between the styles of others: theirs do not reach ours, and ours do not reach theirs."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

import attendance_devices
from tests.browser.strange_styles import HOST, SHEETS
from tests.browser.visit import Front

OURS = (Path(attendance_devices.__file__).parent / "static" / "attendance_devices" / "attendance.css").read_text()
PAGES = ("", "people/", "devices/", "mapping/", "review/", "reports/", "mine/")
SEEN = """
([selector, looks]) => JSON.stringify(Array.from(document.querySelectorAll(selector), element => {
  const style = getComputedStyle(element), found = looks.map(name => style.getPropertyValue(name));
  // The colour of a border that is not there is nobody's concern.
  if (parseFloat(style.borderTopWidth) === 0) { found[looks.indexOf("border-top-color")] = ""; }
  const classes = element.getAttribute("class");
  return [element.tagName.toLowerCase() + (classes ? "." + classes.split(/\\s+/).join(".") : ""), found];
}))
"""
"""As one text: value by value, thousands of elements take the browser's driver a second."""
LOOKS = [
    *("display", "color", "background-color", "background-image", "font-family", "font-size", "font-weight", "opacity"),
    *("line-height", "letter-spacing", "text-transform", "text-align", "text-decoration-line", "list-style-type"),
    *("margin-top", "margin-right", "margin-bottom", "margin-left", "padding-top", "padding-right", "padding-bottom"),
    *("padding-left", "border-top-width", "border-bottom-width", "border-left-width", "border-top-color", "float"),
    *("border-top-left-radius", "box-shadow", "box-sizing", "vertical-align", "border-collapse", "appearance"),
    *("text-indent", "min-height", "white-space", "position", "cursor", "fill", "stroke", "caption-side"),
]
FRAME = (
    "<!doctype html><html lang=en><head><title>x</title><style>body {{ margin: 0 }} {theirs}</style>"
    "</head><body>{body}<style>{ours}</style></body></html>"
)


OURSELVES = ".ad, .ad *:not(option)"
"""What a list offers is drawn by the system."""


def seen(page: Page, selector: str, *, body: str, theirs: str, ours: str) -> list[Any]:
    page.set_content(FRAME.format(body=body, theirs=theirs, ours=ours))
    found: list[Any] = json.loads(page.evaluate(SEEN, [selector, LOOKS]))
    assert found
    return found


def differences(before: list[Any], after: list[Any]) -> list[str]:
    """Which element looks otherwise, and how."""
    found = {
        f"{name}: {look} is {is_now!r}, not {was!r}"
        for (name, before_it), (_, after_it) in zip(before, after, strict=True)
        if before_it != after_it
        for look, was, is_now in zip(LOOKS, before_it, after_it, strict=True)
        if was != is_now
    }
    return sorted(found)


@pytest.mark.parametrize("path", PAGES)
def test_their_rules_for_plain_elements_do_not_reach_our_pages(front: Front, path: str) -> None:
    visit = front.visit("ceo")
    page = visit.go(f"/attendance-devices/{path}")
    if path == "review/":
        page.locator(".ad-acts a").first.click()
        page.locator("form.ad-decide").wait_for()
    parts: list[str] = page.eval_on_selector_all(".ad-main", "all => all.map(one => one.outerHTML)")
    body = f'<main><div class="ad ad-page">{"".join(parts)}</div></main>'
    blank = front.visit().page
    alone = seen(blank, OURSELVES, body=body, theirs="", ours=OURS)
    told = []
    for name, sheet in SHEETS.items():
        changed = differences(alone, seen(blank, OURSELVES, body=body, theirs=sheet, ours=OURS))
        told += [f"{name}: {words}" for words in changed]
    assert told == [], "\n".join(told)


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_our_rules_change_nothing_of_their_pages(front: Front, name: str) -> None:
    page = front.visit().page
    body = f'{HOST}<div class="ad"><p>Ours</p></div>'
    everything = "html, body, header, section, header *, section *"
    without = seen(page, everything, body=body, theirs=SHEETS[name], ours="")
    assert differences(without, seen(page, everything, body=body, theirs=SHEETS[name], ours=OURS)) == []

"""The looking itself: each kind of trouble is found when it is there."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import stage
from tests.browser.accessibility import violations
from tests.browser.company import eventually
from tests.browser.measuring import misfits, unreachable
from tests.browser.visit import Front

HEAD = (
    "<!doctype html><html lang=en><head><meta charset=utf-8>"
    "<meta name=viewport content='width=device-width'><title>A title</title>"
)
COVER = "main::after { content: ''; position: fixed; inset: 0; background: #fff }"
NAME = "<p>Somebody with a long name</p>"


def shown(front: Front, body: str, style: str = "") -> Page:
    """A page as somebody careless writes it."""
    visit = front.visit(width=360)
    visit.page.set_content(f"{HEAD}<style>{style}</style></head><body><main><h1>Head</h1>{body}</main></body></html>")
    return visit.page


def test_axe_finds_what_is_wrong_in_the_dark_only(front: Front) -> None:
    style = "@media (prefers-color-scheme: dark) { html { color-scheme: dark; background: #000 } p { color: #222 } }"
    page = shown(front, "<p>Hardly to be read</p>", style)
    [found] = violations(page)
    assert found.startswith("dark: color-contrast")


def test_axe_finds_a_field_without_a_label(front: Front) -> None:
    assert any("label" in words for words in violations(shown(front, "<input name=q>")))


@pytest.mark.parametrize(
    ("words", "body", "style"),
    [
        ("sideways", "<p>Wide</p>", "p { width: 500px }"),
        ("cut:", NAME, "p { width: 60px; overflow: hidden; white-space: nowrap }"),
        ("cut:", NAME, "p { width: 60px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }"),
        ("sideways", NAME, "body { overflow-x: hidden } p { margin-left: 350px; white-space: nowrap }"),
        ("outside", NAME, "p { margin-left: 350px; white-space: nowrap }"),
        ("over the other", "<p>One line</p><p>Other line</p>", "p + p { margin-top: -36px }"),
    ],
)
def test_what_does_not_fit_is_found(front: Front, words: str, body: str, style: str) -> None:
    assert any(words in found for found in misfits(shown(front, body, style)))


@pytest.mark.parametrize(
    ("words", "body", "style"),
    [
        ("no focus to be seen", "<a href=#x>Where am I?</a>", "a:focus { outline: none }"),
        ("never reached", "<a href=#x id=trap>One</a> <a href=#y>Other</a>", ""),
        (
            "behind",
            "<a href=#x>Covered</a>",
            COVER,
        ),
    ],
)
def test_what_the_keyboard_does_not_reach_or_show_is_found(front: Front, words: str, body: str, style: str) -> None:
    page = shown(front, body, style)
    page.evaluate(
        "addEventListener('keydown', event => document.activeElement.id === 'trap' && event.preventDefault())"
    )
    assert any(words in found for found in unreachable(page))


def test_a_page_that_fits_has_none_of_it(front: Front) -> None:
    page = shown(front, "<p>Nothing to say</p><p><a href='#x'>But one link</a></p>")
    assert [*misfits(page), *unreachable(page), *violations(page)] == []


def test_an_inline_style_and_a_script_that_fails_are_heard(front: Front) -> None:
    visit = front.visit("ceo")
    page = visit.go("/staff/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">Red</p>')")
    page.evaluate("setTimeout(() => nothing.there, 0)")
    page.evaluate("fetch('/nowhere/')")
    awaited = ("CSP: style-src-attr forbids inline", "script: nothing is not defined", "answer: 404 /nowhere/")

    def are_heard() -> bool:
        page.wait_for_timeout(50)
        return all(any(words in trouble for trouble in visit.troubles) for words in awaited)

    eventually(are_heard)
    visit.troubles = []


def test_without_chromium_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(AssertionError, match="apt-get install -y chromium"):
        stage.chromium()

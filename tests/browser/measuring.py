"""What of a page does not fit, and what of it the keyboard does not reach."""

from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parent
SHAPE = (FOLDER / "shape.js").read_text()
KEYS = (FOLDER / "keys.js").read_text()
SPARE = 20
"""Steps more than there are stops: a field of a date or a time has one for each of its parts, which no query finds."""


def misfits(page: Page) -> list[str]:
    """What scrolls the page sideways, is cut, lies outside of it, or over something else."""
    return [str(words) for words in page.evaluate(SHAPE)]


def unreachable(page: Page) -> list[str]:
    """Walk through the page by the Tab key alone; what was not reached, or did not show that it was."""
    page.evaluate(KEYS)
    steps = page.evaluate("focusWatch.count") + SPARE
    for _ in range(steps):
        page.keyboard.press("Tab")
    return [str(words) for words in page.evaluate("focusWatch.report()")]

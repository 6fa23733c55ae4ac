"""What stays on a page that is refreshed."""

from tests.browser.visit import Visit


def stay(visit: Visit) -> None:
    """Mark the document, so that another one would be noticed."""
    visit.page.evaluate("window.isTheSame = true")


def stayed(visit: Visit) -> bool:
    return bool(visit.page.evaluate("window.isTheSame === true"))

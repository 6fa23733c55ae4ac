"""axe-core: every rule that is on by default and that targets are large enough, no exceptions."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RUN = """
async ({within, ...options}) => {
    // Colours on their way from light to dark are nobody's colours.
    await Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => null)));
    const found = await axe.run(within || document, {resultTypes: ["violations"], preload: false, ...options});
    return found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id} (${rule.impact}): ${node.target.join(" ")}  ${node.html.slice(0, 160)}  ${node.failureSummary}`));
}
"""
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What may differ between light and dark: the document is the same."""


ALIKE = ("#result_list tbody tr:nth-child(n+4)", "#changelist-filter li:nth-child(n+4)")
ADMIN = {"include": ["#content"], "exclude": [".select2-container", *ALIKE]}
"""Not the frame, not the autocomplete field, which Django makes without a name; rows and filters are all alike."""


def violations(page: Page, *, of_admin: bool = False) -> list[str]:
    """What axe finds in the page, in light and in dark.

    :param of_admin: only what is ours in it counts; its filters are smaller targets than we allow ourselves.
    """
    page.evaluate(AXE_SCRIPT)
    within = ADMIN if of_admin else None
    page.emulate_media(color_scheme="light")
    found = _run(page, "light", within=within, rules={"target-size": {"enabled": not of_admin}})
    page.emulate_media(color_scheme="dark")
    return found + _run(page, "dark", within=within, **COLOURS)


def _run(page: Page, scheme: str, **options: Any) -> list[str]:
    found: list[Any] = page.evaluate(RUN, options)
    return [f"{scheme}: {words}" for words in found]

"""Somebody in front of a window: goes to pages, and hears of everything that goes wrong in them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from tests.browser.company import Company
from tests.browser.founding import PASSWORD, PEOPLE
from tests.browser.stage import Stage

SECONDS = 30.0
expect.set_options(timeout=SECONDS * 1000)
CSP_LISTENER = """
document.addEventListener("securitypolicyviolation", event => {
    const place = `${event.sourceFile}:${event.lineNumber}`;
    console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI || "inline"} at ${place}`);
});
"""
WIDTHS = (360, 768, 1440)
HEIGHTS = {360: 740, 768: 1024, 1440: 900}


class Visit:
    """One window of one person. What goes wrong in any page it shows is kept in `troubles`."""

    def __init__(self, context: BrowserContext, address: str, kind: str) -> None:
        self.context = context
        self.address = address
        self.kind = kind
        """Of its person and settings: for another test it is as good as a new one. Empty: it is not."""
        self.troubles: list[str] = []
        self._expected: list[str] = []
        context.set_default_timeout(SECONDS * 1000)
        context.add_init_script(CSP_LISTENER)
        self.page: Page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._note(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.on("dialog", lambda dialog: dialog.accept())

    def go(self, path: str, *, status: int = 200) -> Page:
        """Open a page, wait until it is still, and return it. Raises AssertionError on another status."""
        if status >= 400:
            self._expected += [f"{status} {path}", f"status of {status}"]
        response = self.page.goto(self.address + path)
        assert response is not None and response.status == status, f"{path}: {response and response.status}"
        return self.page

    def resize(self, width: int) -> None:
        """To a telephone (360), a tablet (768) or a desk (1440)."""
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})

    def leave(self) -> bool:
        """Whoever sits down here next opens another page. False: something is wrong with the window.

        Ours stay open until then: between them and an empty page the browser starts a process each time, because
        they share theirs with no other page (Cross-Origin-Opener-Policy).
        """
        if self.troubles or self._expected or self.context.pages != [self.page]:
            return False
        self.page.emulate_media(color_scheme="light")
        return True

    def sit_down(self, width: int, *, to_nothing: bool) -> None:
        """Again, after somebody left it; what was heard meanwhile is nobody's.

        :param to_nothing: an empty page; what is written into one of ours would be under its policy.
        """
        self.troubles = []
        if to_nothing:
            self.page.goto("about:blank")
        self.resize(width)

    def refused(self) -> None:
        """From now on a form that is refused (422) is no trouble: it belongs to the story."""
        self._expected += ["422"]

    @contextmanager
    def expecting(self, words: str) -> Iterator[None]:
        """A trouble with these words belongs to the story, and has to happen."""
        before = len(self.troubles)
        yield
        found = [trouble for trouble in self.troubles[before:] if words in trouble]
        assert found, f"no trouble said {words!r}"
        self.troubles[before:] = [trouble for trouble in self.troubles[before:] if words not in trouble]

    def _note(self, words: str) -> None:
        if not any(expected in words for expected in self._expected):
            self.troubles.append(f"{self.page.url.removeprefix(self.address)}: {words}")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # What a page no longer waits for when it is left is no failure.
        if request.failure and "ERR_ABORTED" not in request.failure:
            self._note(f"request: {request.failure} {request.url}")

    def _answered(self, response: Response) -> None:
        path = response.url.removeprefix(self.address)
        if response.status >= 400:
            self._note(f"answer: {response.status} {path}")
        if not response.url.startswith((self.address, "data:")):
            self._note(f"a page asks somebody else: {response.url}")
        policy = response.headers.get("content-security-policy", "")
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if is_page and not re.search(r"default-src 'self'(;|$)", policy):
            self._note(f"no strict CSP on {path}: {policy!r}")


def press(target: Locator) -> None:
    """Click a link or a button that leads to another page, and be there."""
    with target.page.expect_navigation():
        target.click()


class Front:
    """The way in: opens windows of a company for its people, each logged in once.

    :param keeps: windows stay open for the next test, which saves it a second; on a desk they do so all day.
    """

    def __init__(self, stage: Stage, crm: Company, *, keeps: bool = False) -> None:
        self.stage = stage
        self.crm = crm
        self.keeps = keeps
        self._logins: dict[str, Any] = {}
        self._idle: dict[str, list[Visit]] = {}
        self.visits: list[Visit] = []

    def visit(self, who: str = "", *, width: int = 1440, fast: bool = False, **options: Any) -> Visit:
        """A window: a new one, or one of the same kind that somebody left.

        :param who: a key of `PEOPLE`; nobody is logged in without.
        :param fast: the test drives the clock of the window's scripts: ``page.clock``.
        """
        if who and who not in self._logins:
            self._logins[who] = self._log_in(PEOPLE[who])
        kind = "" if fast else f"{who} {sorted(options.items())}"
        if self._idle.get(kind):
            visit = self._idle[kind].pop()
            visit.sit_down(width, to_nothing=not who)
            self.visits.append(visit)
            return visit
        state = {"storage_state": self._logins[who]} if who else {}
        visit = self._open(width, kind=kind, **state, **options)
        if fast:
            visit.page.clock.install()
        return visit

    def _open(self, width: int, *, kind: str = "", **options: Any) -> Visit:
        usual = {
            "viewport": {"width": width, "height": HEIGHTS[width]},
            "locale": "en-GB",
            "timezone_id": "Asia/Karachi",
            "reduced_motion": "reduce",
        }
        visit = Visit(self.stage.browser.new_context(**usual | options), self.crm.address, kind)
        self.visits.append(visit)
        return visit

    def _log_in(self, username: str) -> Any:
        """As everybody does it, by the page."""
        visit = self._open(1440)
        page = visit.go("/accounts/login/?next=/my-month/")
        page.get_by_label("User name").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        press(page.get_by_role("button", name="Log in"))
        page.get_by_role("button", name="Log out").wait_for()
        return visit.context.storage_state()

    def close(self, *, failed: bool = False) -> list[str]:
        """Close all windows, or leave them; what went wrong in them.

        :param failed: nobody knows what state they are in, and none is kept.
        """
        visits, self.visits = self.visits, []
        for visit in visits:
            if self.keeps and visit.kind and not failed and visit.leave():
                self._idle.setdefault(visit.kind, []).append(visit)
            else:
                visit.context.close()
        return [trouble for visit in visits for trouble in visit.troubles]

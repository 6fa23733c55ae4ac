"""The browser, in a thread of its own.

Playwright leaves an event loop running in the thread that starts it, and in such a thread Django refuses to work; a
test process has other tests to do. So the tests of this folder run in that thread, and nothing of it is seen outside.
"""

import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, Playwright, sync_playwright

T = TypeVar("T")
LONGEST_TEST = 300.0
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
)
CURE = "The browser tests need Chromium: apt-get install -y chromium, or name one: CHROMIUM=/path/to/chromium"


def chromium() -> str:
    """Where the browser is. Raises AssertionError that says how to get one."""
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, CURE
    return str(Path(found))


class Stage:
    """One browser and the thread in which everything is done with it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def do(self, verb: Callable[..., T], *args: Any, **named: Any) -> T:
        """Call it in the browser's thread."""
        return self._thread.submit(verb, *args, **named).result(LONGEST_TEST)

    @property
    def browser(self) -> Browser:
        """Started when it is first asked for; with an empty profile."""
        assert threading.current_thread().name.startswith("browser"), "only in the browser's own thread"
        if self._browser is None:
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(
                executable_path=chromium(),
                chromium_sandbox=os.geteuid() != 0,
                args=list(FLAGS),
            )
        return self._browser

    def end(self) -> None:
        """Close the browser and end the thread."""
        self.do(self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._browser is not None:
            self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()

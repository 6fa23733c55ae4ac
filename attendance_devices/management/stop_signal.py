"""A command that runs until it is told to end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_requested() -> Iterator[Callable[[], bool]]:
    """A question: was it told to end? By SIGTERM or Ctrl-C; told twice, it ends at once."""
    told: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        told.append(number)
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, end) for number in SIGNALS}
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

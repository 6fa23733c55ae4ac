"""A mail server on loopback, and mail servers that fail."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, ClassVar

from aiosmtpd.smtp import SMTP
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as Locmem


class Letterbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.receivers: list[list[str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep it."""
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.receivers.append(list(envelope.rcpt_tos))
        return "250 OK"


@contextmanager
def post_office() -> Iterator[tuple[int, Letterbox]]:
    """A real SMTP server: its port, and what it took."""
    box, loop = Letterbox(), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], box
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class OnStrike(BaseEmailBackend):
    """Takes nothing."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise ConnectionRefusedError("the post office is closed")


class Meanwhile(Locmem):
    """Before it takes a mail, somebody else does something."""

    does: ClassVar[Callable[[], Any]]

    def send_messages(self, messages: Sequence[Any]) -> int:
        type(self).does()
        return super().send_messages(messages)


def backend(kind: type) -> str:
    """For ``settings.EMAIL_BACKEND``."""
    return f"{kind.__module__}.{kind.__qualname__}"

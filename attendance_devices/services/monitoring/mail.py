"""Mails to people, and claims on what is mailed: told once, and told again rather than never.

Whoever tells of rows claims them first, so that of two at once one tells. The claim goes when the mail is out, and when
it could not be sent: then the next look tries again. A claim of a killed process ends by time, so that at worst a mail
comes twice.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from attendance_devices.domain.review.text import plain
from attendance_devices.models.incidents import Telling

CLAIM = timedelta(minutes=10)
"""Longer than a mail takes."""
LONGEST_WAIT = 30
"""Seconds for an answer of the mail server, where EMAIL_TIMEOUT says nothing: else a task would wait for ever."""
FOLDER = "attendance_devices/mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMoment:
    """A moment as a clock on some wall shows it."""

    at: datetime
    """Naive, so that no template moves it into another zone."""
    zone: str


def local_moment(at: datetime, zone: tzinfo) -> LocalMoment:
    """:param at: aware."""
    return LocalMoment(at=at.astimezone(zone).replace(tzinfo=None), zone=str(zone))


def send_mail_to(name: str, to: Sequence[str], **values: Any) -> None:
    """Send one mail as text and HTML, in the language of the site. Raises whatever the mail server or a template does.

    :param name: of the templates ``attendance_devices/mail/<name>_subject.txt``, ``<name>.txt`` and ``<name>.html``.
    """
    with translation.override(settings.LANGUAGE_CODE):
        subject, text, html = (
            render_to_string(f"{FOLDER}/{name}{ending}", values) for ending in ("_subject.txt", ".txt", ".html")
        )
    connection: Any = get_connection()
    if getattr(connection, "timeout", 0) is None:
        connection.timeout = LONGEST_WAIT
    message = EmailMultiAlternatives(
        # On one line, whatever a device or a person is called.
        subject=plain(subject),
        body=text,
        to=list(to),
        headers={"Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    message.attach_alternative(html, "text/html")
    message.send()


@contextmanager
def claim_notices(rows: QuerySet[Any]) -> Iterator[QuerySet[Any]]:
    """Those of the rows that nobody else tells of at this moment. Mark them as told before the block ends."""
    kind: type[Telling] = rows.model
    claim, now = uuid.uuid4().hex, datetime.now(UTC)
    # A claim of the future was made by a clock that was wrong.
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM) | Q(claimed_at__gt=now + CLAIM)
    rows.filter(free).update(claim=claim, claimed_at=now)
    mine = kind._default_manager.filter(claim=claim)
    try:
        yield mine
    finally:
        mine.update(claim="", claimed_at=None)

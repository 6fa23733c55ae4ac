"""A mail goes out as text and HTML, from templates that a host may replace, and never waits for ever."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend as Locmem

from attendance_devices.services.monitoring.mail import send_mail_to
from tests.builders.mail_server import backend

Outbox = list[EmailMultiAlternatives]


class Waits(Locmem):
    """A connection that would wait for ever."""

    timeout: int | None = None
    waited: int | None = None

    def send_messages(self, messages: Any) -> int:
        type(self).waited = self.timeout
        return super().send_messages(messages)


def test_a_host_puts_its_own_templates_before_ours(settings: Any, tmp_path: Path, mailoutbox: Outbox) -> None:
    folder = tmp_path / "attendance_devices" / "mail"
    folder.mkdir(parents=True)
    (folder / "digest_subject.txt").write_text("  {{ total }}\nthings  \n")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]

    send_mail_to("digest", ["hr@example.com"], total=3, sections=())

    assert mailoutbox[0].subject == "3 things"
    assert mailoutbox[0].from_email == settings.DEFAULT_FROM_EMAIL


@pytest.mark.parametrize(("timeout", "expected"), [(None, 30), (5, 5)])
def test_a_mail_server_that_never_answers_is_not_waited_for(
    settings: Any, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch, timeout: int | None, expected: int
) -> None:
    settings.EMAIL_BACKEND = backend(Waits)
    monkeypatch.setattr(Waits, "timeout", timeout)

    send_mail_to("digest", ["hr@example.com"], total=3, sections=())

    assert Waits.waited == expected

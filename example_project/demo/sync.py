"""Calls the app's command as a person would, and keeps what it says in a file."""

import contextlib
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

COMMAND = "map_and_fetch_attendance"


def sync(report: Path, start: date, **options: Any) -> None:
    """Map people, read the terminals, write the CRM's rows since `start`. Raises `CommandError` as the command does."""
    days = (timezone.localdate() - start).days + 1
    with (
        report.open("w", encoding="utf-8") as out,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        call_command(COMMAND, stdout=out, stderr=out, days=days, **options)

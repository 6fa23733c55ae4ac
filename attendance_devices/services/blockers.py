"""One schedule that cannot be read stops all of them: django-q2 reads them in one go. Here is which one it is."""

import ast
from typing import Any

from django.apps import apps

ADVICE = "No schedule runs until it is corrected: admin, Django Q, Scheduled tasks."


def blockers() -> list[str]:
    """The rows at which the queue's scheduler stops, each with what to do; empty when all is well. Writes nothing."""
    if not apps.is_installed("django_q"):
        return []
    found = []
    for row in apps.get_model("django_q", "Schedule").objects.exclude(repeats=0).order_by("pk"):
        try:
            _read(row)
        except Exception as error:  # noqa: BLE001 - the scheduler would stop at it, too: it is the answer
            reason = f"{type(error).__name__}: {error}"
            found.append(f"Schedule {row.pk} ({row.name or row.func}) cannot be read ({reason}). {ADVICE}")
    return found


def _read(row: Any) -> None:
    """As django-q2 1.8 to 1.11 do (their scheduler.py), but without running anything."""
    kwargs = _kwargs(row.kwargs) if row.kwargs else {}
    if row.args:
        ast.literal_eval(row.args)
    options = kwargs.get("q_options", {})
    options.get("group")
    if row.schedule_type != "O" and row.next_run is not None:
        row.calculate_next_run(row.next_run)


def _kwargs(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        pass
    try:
        call: Any = ast.parse(f"f({text})").body[0]
        return {word.arg: ast.literal_eval(word.value) for word in call.value.keywords}
    except (SyntaxError, ValueError):
        return {}

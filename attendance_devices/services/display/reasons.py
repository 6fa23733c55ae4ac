"""Stored reasons in the reader's language."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.display.reasons import ODD_PUNCHES, PUNCHES_OUTSIDE, read_reason

WORDS = {
    PUNCHES_OUTSIDE: _("no shift takes the punches at %(times)s"),
    ODD_PUNCHES: _("%(count)s punches do not make pairs; the last one adds no worked time"),
}


def reason_text(stored: str) -> str:
    """Return a stored reason in words; a text that is no code as it is."""
    found = read_reason(stored)
    if found is None:
        return stored
    code, parameters = found
    return str(WORDS[code]) % parameters


def reason_texts(stored: Iterable[str]) -> list[str]:
    """Return stored reasons in words."""
    return [reason_text(one) for one in stored]

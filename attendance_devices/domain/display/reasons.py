"""Reasons as they are stored: a code and its parameters, never a sentence; `services.display.reasons` has the words.

::

    punches_outside|times=13:30:00, 17:00:00
"""

from typing import Final

PUNCHES_OUTSIDE: Final = "punches_outside"
"""Punches of the day that no shift takes. ``times``: as the clock of the day showed them."""
ODD_PUNCHES: Final = "odd_punches"
"""Worked time is the sum of pairs, and one punch has no other. ``count``: of the punches."""
CODES = frozenset({PUNCHES_OUTSIDE, ODD_PUNCHES})


def stored_reason(code: str, **parameters: str) -> str:
    """Return the text of a column: the code, and its parameters behind it."""
    return "|".join([code, *(f"{name}={value}" for name, value in parameters.items())])


def read_reason(text: str) -> tuple[str, dict[str, str]] | None:
    """Return code and parameters; None for a text that is no code: a word of the CRM, or a sentence of an old row."""
    code, *rest = text.split("|")
    if code not in CODES:
        return None
    return code, dict(part.partition("=")[::2] for part in rest)

"""Text that a spreadsheet would take for a formula is quoted on its way out, and unquoted on its way back in."""

import re

BEGINNINGS = "=+@\t\r\n\uff1d\uff0b\uff0d\uff20-"
"""What a formula may begin with; the wide ones are what Japanese and Chinese keyboards write for the narrow ones."""
SIGNS = frozenset(f"'{BEGINNINGS}")
"""What text begins with that may have to be quoted: nearly every cell of a long file is known by its first letter."""
OUT = re.compile(f"'*[{BEGINNINGS}]")
BACK = re.compile(f"'+[{BEGINNINGS}]")


def quote_formula(text: str) -> str:
    """An apostrophe before it. Text that has one already gets another, so that nothing is lost on the way back."""
    return f"'{text}" if text[:1] in SIGNS and OUT.match(text) else text


def unquote_formula(text: str) -> str:
    """What it was before `quote_formula`."""
    return text[1:] if BACK.match(text) else text

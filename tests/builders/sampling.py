"""How much is tried: `make test` takes a sample, another one each time; `make soak` sets SOAK and tries far more."""

import os

SOAK = bool(os.environ.get("SOAK"))


def examples(number: int) -> int:
    """How many examples a property is tried with."""
    return number * 10 if SOAK else number

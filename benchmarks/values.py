"""What a punch costs as a named tuple, and what it would cost as a frozen dataclass."""

from dataclasses import make_dataclass
from datetime import datetime

from attendance_devices.domain.punches.punch import Punch
from benchmarks.measure import Row, best, compared

TITLE = "Making 500 000 punches"
NOTE = """\
Made by name with all eight values, and made as the decoder does it (`tuple.__new__`), against a frozen dataclass with
slots and the same fields. All are kept."""
COUNT = 500_000
REPEATS = 3
VALUES = ("1001", datetime(2025, 1, 1, 8), 0, "in", 0, 1, "", None)
Frozen = make_dataclass("Frozen", Punch._fields, frozen=True, slots=True)


def rows() -> list[Row]:
    """Three ways."""
    new = tuple.__new__
    times = best(
        {
            "frozen": lambda: [Frozen(*VALUES) for _ in range(COUNT)],
            "named": lambda: [Punch(*VALUES) for _ in range(COUNT)],
            "decoder": lambda: [new(Punch, VALUES) for _ in range(COUNT)],
        },
        REPEATS,
    )
    reference = ("frozen dataclass", times["frozen"])
    return [
        compared("Punch(…)", times["named"], reference),
        compared("Punch as the decoder makes it", times["decoder"], reference),
    ]

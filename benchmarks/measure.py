"""What is measured, and how it is shown. Only ratios of one run mean anything: machines and their days differ."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

HEADINGS = ("what", "ours", "reference", "ratio", "aim", "")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table."""

    what: str
    ours: str
    reference: str = ""
    ratio: str = ""
    aim: str = ""
    met: bool | None = None
    """None where there is no aim."""

    @property
    def cells(self) -> tuple[str, ...]:
        """As it is printed."""
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return self.what, self.ours, self.reference, self.ratio, self.aim, verdict


def compared(what: str, ours: float, reference: tuple[str, float], *, at_most: float | None = None) -> Row:
    """Our seconds against those of something else. :param at_most: the aim, in times the reference."""
    name, seconds = reference
    ratio = ours / seconds
    shown = f"{ratio:.2f}x" if ratio >= 0.1 else f"1/{1 / ratio:,.0f}"
    return Row(
        what=what,
        ours=duration(ours),
        reference=f"{name}: {duration(seconds)}",
        ratio=shown,
        aim="" if at_most is None else f"<= {at_most:g}x",
        met=None if at_most is None else ratio <= at_most,
    )


def bounded(what: str, value: float, limit: float, *, shown: Callable[[float], str] = str) -> Row:
    """A value that has a limit."""
    return Row(what=what, ours=shown(value), aim=f"<= {shown(limit)}", met=value <= limit)


def duration(seconds: float) -> str:
    """Seconds for people."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def size(count: float) -> str:
    """Bytes for people."""
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MiB"


def seconds_of(act: Callable[[], object]) -> float:
    """How long it takes once, on a clean heap."""
    gc.collect()
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def best(acts: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """The best time of each, taken in turns, so that a busy moment of the machine hits all of them."""
    rounds = [{name: seconds_of(act) for name, act in acts.items()} for _ in range(repeats)]
    return {name: min(one[name] for one in rounds) for name in acts}


def table(title: str, rows: Sequence[Row]) -> str:
    """Rows as a Markdown table, aligned."""
    lines = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([f"### {title}", "", shown[0], rule, *shown[1:], ""])


def packed(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Rows as JSON can carry them."""
    return [asdict(row) for row in rows]

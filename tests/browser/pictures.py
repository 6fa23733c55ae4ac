"""``make screenshots``: each page on a telephone, a tablet and a desk, and in the dark, into docs/screenshots.

The company is that of the tests: its clock says Friday 20 November 2026, 09:15, whenever it is made.
"""

import argparse
import io
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.company import ROOT, company, founded
from tests.browser.founding import MORNING
from tests.browser.rooms import ROOMS, Room, address
from tests.browser.stage import Stage
from tests.browser.visit import WIDTHS, Front, Visit

FOLDER = ROOT / "docs" / "screenshots"
STILL = {"CRM_STOPPED": MORNING.isoformat(), "CRM_TERMINALS": "{}"}
"""The same pictures whenever they are made: the clock stands, and the terminals keep their first addresses."""
COMMON, RARE = 32, 96
"""Colours of a picture. With so few it is a third as large."""
TALLEST = {360: 2400, 768: 2000, 1440: 1600}
"""Pixels; what is further below looks like what is above it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make them all, or those that are named. 1 if a page complained of something."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("pages", nargs="*", help="names of pages; all without")
    parser.add_argument("--to", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    options.to.mkdir(parents=True, exist_ok=True)
    rooms = [room for room in ROOMS if room.pictured and (not options.pages or file_name(room) in options.pages)]
    stage = Stage()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            company(Path(folder) / "own", founded(Path(folder)), **STILL) as crm,
        ):
            return stage.do(_make, Front(stage, crm), rooms, options.to)
    finally:
        stage.end()


def _make(front: Front, rooms: Sequence[Room], folder: Path) -> int:
    total = 0
    for room in rooms:
        visit = front.visit(room.who)
        visit.go(address(room, front.crm.facts), status=room.status)
        for name, picture in _pictures(visit, file_name(room)):
            (folder / name).write_bytes(picture)
            total += len(picture)
            sys.stdout.write(f"{name}  {len(picture) / 1000:.0f} kB\n")
    sys.stdout.write(f"{total / 1e6:.1f} MB in {folder}\n")
    troubles = front.close()
    sys.stderr.write("".join(f"{trouble}\n" for trouble in troubles))
    return 1 if troubles else 0


def _pictures(visit: Visit, name: str) -> Iterator[tuple[str, bytes]]:
    for scheme, ending, widths in (("light", "", WIDTHS), ("dark", "-dark", (WIDTHS[0], WIDTHS[-1]))):
        visit.page.emulate_media(color_scheme=scheme)
        for width in widths:
            visit.resize(width)
            yield f"{name}-{width}{ending}.png", small(picture_of(visit, width))


def picture_of(visit: Visit, width: int) -> bytes:
    """The page from its top, no taller than `TALLEST`."""
    whole = int(visit.page.evaluate("document.documentElement.scrollHeight"))
    shown = visit.page.viewport_size or {"height": 0}
    box = {"x": 0, "y": 0, "width": width, "height": min(max(whole, shown["height"]), TALLEST[width])}
    return visit.page.screenshot(full_page=True, clip=box, animations="disabled", caret="hide")


def small(png: bytes) -> bytes:
    """The same picture with few colours: those it has most of, and some that are nothing like them."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        shown = picture.convert("RGB")
    palette = Image.new("P", (1, 1))
    rare = shown.quantize(RARE, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette.putpalette([*_most_used(shown), *rare[: 3 * RARE]])
    shown.quantize(palette=palette, dither=Image.Dither.NONE).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _most_used(picture: Image.Image) -> list[int]:
    counted: list[Any] = picture.getcolors(picture.width * picture.height) or []
    return [part for _, colour in sorted(counted, reverse=True)[:COMMON] for part in colour]


def file_name(room: Room) -> str:
    """``hr:own-month`` is ``hr-own-month``."""
    return re.sub(r"\W+", "-", room.name)


if __name__ == "__main__":
    sys.exit(main())

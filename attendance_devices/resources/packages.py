"""Is this XLSX harmless? It is a ZIP of XML, and a few kilobytes of it can unpack to more than any machine has."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Any
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

from django.utils.translation import gettext as _

from attendance_devices.exceptions import TableTooLarge, TableUnreadable

MOST_UNPACKED = 40_000_000
"""Bytes of all parts together. A table of five thousand rows and forty columns has a quarter of it."""
MOST_PARTS = 500
MOST_IN_ROWS = 400_000
"""Elements of all rows of a sheet, or of all its texts: five thousand rows of forty columns."""
MOST_ROWS = 100_000
"""Rows of a sheet, the empty ones included that some programs leave behind."""
MOST_IN_ROW = 2_000
"""Elements of one row."""
MOST_BESIDES = 50_000
"""Elements of any other part (styles, themes), and of a sheet beside its rows: the reader holds them all in memory."""
CHUNK = 65_536
TEXTS = "xl/sharedStrings"
MARKS = (b"<", b"\0<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""What XML begins with, in whichever encoding."""


@dataclass(slots=True)
class _Counter:
    """Counts what a part holds while it is read, and stops where it is too much."""

    name: str
    rows: int = 0
    inside: int = 0
    beside: int = 0
    row: int | None = None
    """Elements of the row that is being read; None between rows."""

    def start(self, tag: str, attributes: Any) -> None:
        del attributes
        if _is_row(tag):
            self.row = 0
            self.rows += 1
        if self.row is None and not self.name.startswith(TEXTS):
            self.beside += 1
        else:
            self.inside += 1
            self.row = None if self.row is None else self.row + 1
        if self.inside > MOST_IN_ROWS or self.beside > MOST_BESIDES:
            raise too_large(self.name)
        if self.rows > MOST_ROWS or (self.row or 0) > MOST_IN_ROW:
            raise too_large(self.name)

    def end(self, tag: str) -> None:
        if _is_row(tag):
            self.row = None

    def doctype(self, *declared: Any) -> None:
        del declared
        raise TableUnreadable(self.name, _("it declares entities, which no spreadsheet does"), next_step=advice())


def _is_row(tag: str) -> bool:
    return tag.rpartition(":")[2] == "row"


def advice() -> str:
    """What to do with a table that cannot be read."""
    return _("Save the table anew as XLSX, or as CSV UTF-8, and choose that file.")


def too_large(name: str) -> TableTooLarge:
    """The file unpacks to more than a table of people needs."""
    return TableTooLarge(name, _("it holds more than can be imported at once"), next_step=_("Split it."))


def prove(data: bytes) -> None:
    """Read it once, in pieces, and keep nothing. Raises `TableTooLarge` or `TableUnreadable`; else it is harmless."""
    with ZipFile(BytesIO(data)) as package:
        parts = package.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise too_large("XLSX")
        for part in parts:
            _prove_part(package, part)


def _prove_part(package: ZipFile, part: ZipInfo) -> None:
    """Whatever looks like XML, for a part may be called anything."""
    pieces = _pieces(package, part)
    first = next(pieces, b"")
    if not first.lstrip().startswith(MARKS):
        return
    counter, parser = _Counter(name=part.filename), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = counter.start, counter.end
    parser.StartDoctypeDeclHandler = counter.doctype
    for piece in chain([first], pieces):
        parser.Parse(piece, False)  # noqa: FBT003 - the parser's own signature
    parser.Parse(b"", True)  # noqa: FBT003


def _pieces(package: ZipFile, part: ZipInfo) -> Iterator[bytes]:
    with package.open(part) as stream:
        while piece := stream.read(CHUNK):
            yield piece

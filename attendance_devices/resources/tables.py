"""A file as a table of text: CSV and XLSX alike, with the line of each row, and a clear word for what is wrong."""

import csv
import logging
import warnings
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext as _

from attendance_devices.exceptions import TableError, TableTooLarge, TableUnreadable
from attendance_devices.resources.packages import advice, prove

logger = logging.getLogger(__name__)
MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 60
MOST_LETTERS = 5_000
"""Of one cell."""
DIGITS = 1e15
"""Spreadsheets keep fifteen digits of a number; what is longer was rounded."""
Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a file holds."""

    headers: Row
    rows: Sequence[Row]
    lines: Sequence[int]
    """The line or row of the file in which each stands."""


def read_csv(data: bytes) -> Table:
    """Comma, semicolon or tab; UTF-8, or UTF-16 with its mark. Raises `TableUnreadable` or `TableTooLarge`."""
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _table((reader.line_num, row) for row in reader)
    except csv.Error as error:
        raise TableUnreadable(_line(reader.line_num), str(error), next_step=advice()) from error


def read_xlsx(data: bytes) -> Table:
    """The first sheet. Raises `TableUnreadable` or `TableTooLarge`; a bomb is found out before it is unpacked."""
    try:
        prove(data)
        return _table(_xlsx_rows(data))
    except TableError:
        raise
    except Exception as error:
        # Somebody else's reader on somebody else's file: it raises whatever it meets.
        logger.info("An XLSX could not be read.", exc_info=True)
        what = f"{type(error).__name__}: {error}"[:200]
        raise TableUnreadable("XLSX", _("it cannot be read (%(what)s)") % {"what": what}, next_step=advice()) from error


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line(data[: error.start].count(b"\n") + 1)
        raise TableUnreadable(line, _("it is not UTF-8"), next_step=_("Save it as 'CSV UTF-8'.")) from error
    if "\0" in text:
        line = _line(text[: text.index("\0")].count("\n") + 1)
        raise TableUnreadable(line, _("it holds NUL, so it is no text"), next_step=advice())
    return text


def _xlsx_rows(data: bytes) -> Iterator[tuple[int, Row]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import, and seldom needed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1, values_only=True)
        for number, row in enumerate(rows, start=1):
            yield number, [_text(value, number) for value in row]


def _text(value: Any, number: int) -> str:
    """A cell as it would be typed: no "12.0" for an id, and dates as ISO has them."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) >= DIGITS:
            said = _("%(value)s is a number of more than fifteen digits, and was rounded") % {"value": value}
            raise TableUnreadable(_line(number), said, next_step=_("Format the column as text, and type it again."))
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _table(numbered: Iterable[tuple[int, Row]]) -> Table:
    """Empty rows are left out; the first of the others names the columns."""
    headers: list[str] | None = None
    rows: list[Row] = []
    lines: list[int] = []
    for number, row in numbered:
        cells = list(row)
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if headers is None:
            headers = _headers(cells, number)
            continue
        rows.append(_fitted(cells, len(headers), number))
        lines.append(number)
        if number > MOST_ROWS + 1 or len(rows) > MOST_ROWS:
            said = _("it has more than %(rows)d rows") % {"rows": MOST_ROWS}
            raise TableTooLarge(_line(number), said, next_step=_("Split it."))
    if headers is None:
        raise TableUnreadable(_line(1), _("there is no row that names the columns"), next_step=advice())
    return Table(headers=headers, rows=rows, lines=lines)


def _headers(cells: Row, number: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    if len(names) > MOST_COLUMNS:
        raise TableTooLarge(_line(number), _("it has more than %(most)d columns") % {"most": MOST_COLUMNS})
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        said = _("two columns have one name, or none: %(names)s") % {"names": ", ".join(map(repr, twice))}
        raise TableUnreadable(_line(number), said, next_step=_("Give each column a name of its own."))
    return names


def _fitted(cells: Row, width: int, number: int) -> Row:
    if len(cells) > width:
        said = _("it has %(cells)d cells, and there are %(width)d columns") % {"cells": len(cells), "width": width}
        raise TableUnreadable(_line(number), said, next_step=_("Is a comma or a quotation mark too many?"))
    if any(len(cell) > MOST_LETTERS for cell in cells):
        said = _("a cell has more than %(most)d letters") % {"most": MOST_LETTERS}
        raise TableUnreadable(_line(number), said, next_step=_("Is a quotation mark missing before it?"))
    return [*cells, *[""] * (width - len(cells))]


def _line(number: int) -> str:
    return _("Line %(number)d") % {"number": number}

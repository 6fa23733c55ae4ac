"""What a page shows as a file: rows of text, numbers and durations, and nothing that a spreadsheet would run."""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from io import BytesIO, StringIO
from itertools import islice
from tempfile import TemporaryFile
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from attendance_devices.domain.display.formulas import quote_formula

DURATION = "[h]:mm"
Value = str | int | timedelta | date
ROWS_IN_MEMORY = 1_000
"""Rows that are sent together."""
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def spreadsheet_of(kind: str, rows: Iterable[Sequence[Value]], *, title: str) -> bytes:
    """A file of this kind, one of `FORMATS`. :param title: of the sheet."""
    return _csv(rows) if kind == "csv" else _xlsx(rows, title)


def csv_parts(rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The same file bit by bit, so that no more than a few rows are in memory."""
    waiting = iter(rows)
    yield _csv(islice(waiting, ROWS_IN_MEMORY))
    while part := list(islice(waiting, ROWS_IN_MEMORY)):
        yield _csv(part).removeprefix(BOM_UTF8)


def xlsx_file(rows: Iterable[Sequence[Value]], *, title: str) -> IO[bytes]:
    """A file on disk that goes when it is closed, ready to be read; no more than a few rows are in memory."""
    out = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    _write(rows, title, out)
    out.seek(0)
    return out


def hours_and_minutes(length: timedelta) -> str:
    """Hours and minutes, the hours beyond a day too: ``173:05``."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"


def _csv(rows: Iterable[Sequence[Value]]) -> bytes:
    """With a mark of its encoding, without which spreadsheets guess a wrong one."""
    out = StringIO()
    csv.writer(out).writerows(map(_texts, rows))
    return out.getvalue().encode("utf-8-sig")


def _texts(row: Sequence[Value]) -> list[Value]:
    """Numbers and dates are written by the writer itself, as `str` writes them."""
    return [
        quote_formula(value)
        if isinstance(value, str)
        else hours_and_minutes(value)
        if isinstance(value, timedelta)
        else value
        for value in row
    ]


def _xlsx(rows: Iterable[Sequence[Value]], title: str) -> bytes:
    out = BytesIO()
    _write(rows, title, out)
    return out.getvalue()


def _write(rows: Iterable[Sequence[Value]], title: str, out: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(list(_cells(sheet, row)))
    book.save(out)


def _cells(sheet: object, row: Sequence[Value]) -> Iterator[WriteOnlyCell]:
    for value in row:
        if isinstance(value, str):
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", quote_formula(value)))
            cell.data_type = "s"
        else:
            cell = WriteOnlyCell(sheet, value)
        if isinstance(value, timedelta):
            cell.number_format = DURATION
        yield cell

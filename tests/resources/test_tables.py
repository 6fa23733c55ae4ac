"""Files as tables: what can be read, what cannot and in which line, and what would not fit in any memory."""

import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from attendance_devices.exceptions import TableError, TableTooLarge, TableUnreadable
from attendance_devices.resources.formats import CsvFile, XlsxFile, place_of
from attendance_devices.resources.tables import MOST_ROWS, Table, read_csv, read_xlsx

WORKSHEET = "xl/worksheets/sheet1.xml"
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"


def sheet(*rows: Any) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def forged(name: str, content: bytes, *, also: dict[str, bytes] | None = None) -> bytes:
    """A small XLSX with one of its parts replaced."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(sheet(["name"], ["a"]))) as old, zipfile.ZipFile(stream, "w", 8) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        new.writestr(name, content)
        for other, held in (also or {}).items():
            new.writestr(other, held)
    return stream.getvalue()


def cells(table: Table) -> list[list[str]]:
    return [list(table.headers), *map(list, table.rows)]


@pytest.mark.parametrize(
    "data",
    [
        b"name,id\nAsma,00012\n",
        b"name;id\r\nAsma;00012\r\n",
        b"name\tid\rAsma\t00012",
        b"\xef\xbb\xbfname,id\n\nAsma,00012\n,\n",
        "name,id\nAsma,00012\n".encode("utf-16"),
        b'"name","id"\n"Asma","00012"\n',
    ],
    ids=["comma", "semicolon", "tab and old line ends", "mark and empty lines", "utf-16", "quotation marks"],
)
def test_csv_is_read_however_it_was_written(data: bytes) -> None:
    assert cells(read_csv(data)) == [["name", "id"], ["Asma", "00012"]]


def test_a_row_is_told_by_its_line_in_the_file() -> None:
    assert read_csv(b'name,id\n\n"a\nb",1\n\nc,2\n').lines == [4, 6]
    assert read_xlsx(sheet(["name"], [], ["a"], [], ["b"])).lines == [3, 5]


def test_cells_of_a_spreadsheet_are_text_as_it_would_be_typed() -> None:
    row = [12, 12.0, 12.5, True, None, "00012", date(2026, 5, 4), datetime(2026, 5, 4, 9), time(9, 30)]
    table = read_xlsx(sheet([f"column {n}" for n in range(len(row))], row))
    said = ["12", "12", "12.5", "True", "", "00012", "2026-05-04", "2026-05-04 09:00:00", "09:30:00"]
    assert list(table.rows[0]) == said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Line 1: there is no row that names the columns"),
        (b"\n\n", "there is no row that names the columns"),
        ("name\nJosé\n".encode("cp1252"), "Line 2: it is not UTF-8. Save it as 'CSV UTF-8'."),
        ("name\n名前\n".encode("gbk"), "it is not UTF-8"),
        (b"name\n\xff", "Line 2: it is not UTF-8"),
        (b"name\na\0b\n", "Line 2: it holds NUL"),
        (b"name,id\na,1,2\n", "Line 2: it has 3 cells, and there are 2 columns"),
        (b'name\n"a\nb\n', "unexpected end of data"),
        (b'name\n"a"b\n', "Line 2: ',' expected after '\"'"),
        (b"name,name\na,b\n", "Line 1: two columns have one name, or none: 'name'"),
        (b"name,,\na,b,c\n", "Line 2: it has 3 cells"),
        (b"name\n" + b"x" * 6_000, "a cell has more than 5000 letters"),
        (b"name\n" + b"x" * 200_000, "field larger than field limit"),
        (b",".join(b"c%d" % n for n in range(61)), "more than 60 columns"),
    ],
)
def test_what_is_wrong_with_a_csv_is_told_in_words(data: bytes, words: str) -> None:
    with pytest.raises(TableError, match=r"[.?]$") as told:
        read_csv(data)
    assert words in str(told.value)


@pytest.mark.parametrize(
    "data",
    [
        b"PK",
        b"PK\x03\x04" + b"\0" * 500,
        sheet(["name"])[:-30],
        forged("xl/workbook.xml", b"<not"),
        forged("xl/workbook.xml", b"\x80\x81"),
        forged(WORKSHEET, b"<a/>"),
        forged("[Content_Types].xml", b"<a/>"),
    ],
)
def test_an_xlsx_that_is_none_is_told_in_words(data: bytes) -> None:
    with pytest.raises(TableUnreadable, match=r"."):
        read_xlsx(data)


def test_a_number_that_was_rounded_is_told_and_not_taken_for_an_id() -> None:
    with pytest.raises(TableUnreadable, match=r"Line 2: 1.23e[+]19 is a number of more than fifteen digits"):
        read_xlsx(sheet(["id"], [1.23e19]))


def test_as_many_rows_as_are_offered_are_read_and_one_more_is_refused() -> None:
    rows = b"id\n" + b"1\n" * MOST_ROWS
    assert len(read_csv(rows).rows) == MOST_ROWS
    with pytest.raises(TableTooLarge, match=r"more than 5000 rows"):
        read_csv(rows + b"1\n")
    assert len(read_xlsx(sheet(["id"], *[[1]] * MOST_ROWS)).rows) == MOST_ROWS
    with pytest.raises(TableTooLarge, match=r"more than 5000 rows"):
        read_xlsx(sheet(["id"], *[[1]] * (MOST_ROWS + 1)))


MANY = 1_000_000
BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros": lambda: forged(WORKSHEET, b"<a>" + b"0" * 60_000_000 + b"</a>"),
    "a million rows": lambda: forged(WORKSHEET, f"{SHEET}{'<row/>' * MANY}{END}".encode()),
    "one wide row": lambda: forged(WORKSHEET, f"{SHEET}<row>{'<c/>' * MANY}</row>{END}".encode()),
    "styles": lambda: forged("xl/styles.xml", b"<a>" + b"<b/>" * MANY + b"</a>"),
    "texts": lambda: forged("xl/sharedStrings.xml", b"<a>" + b"<si/>" * MANY + b"</a>"),
    "a hidden part": lambda: forged("xl/extra.dat", b"<a>" + b"<b/>" * MANY + b"</a>"),
    "parts": lambda: forged("a", b"", also={f"part{n}": b"" for n in range(600)}),
    "deep": lambda: forged("xl/styles.xml", b"<a>" * MANY),
    "laughs": lambda: forged("xl/workbook.xml", b'<!DOCTYPE l [<!ENTITY a "ha">]><workbook>&a;</workbook>'),
    "laughs in utf-16": lambda: forged("xl/workbook.xml", '<!DOCTYPE l [<!ENTITY a "ha">]><a>&a;</a>'.encode("utf-16")),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_and_takes_no_more_than_a_few_megabytes(bomb: str) -> None:
    read_xlsx(sheet(["name"], ["a"]))  # so that the reader itself is imported
    data = BOMBS[bomb]()
    tracemalloc.start()
    with pytest.raises(TableError, match=r"more than can be imported|declares entities"):
        read_xlsx(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_row_far_down_is_too_many_rows_and_not_forgotten() -> None:
    far = forged(WORKSHEET, f'{SHEET}<row r="1"/><row r="1048576"/>{END}'.encode())
    with pytest.raises(TableError, match=r"."):
        read_xlsx(far)


def test_the_first_bytes_tell_the_format() -> None:
    assert (place_of(sheet(["name"])), place_of(b"name\n"), place_of(b"")) == (1, 0, 0)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300) | st.text(st.sampled_from('a,;"\n\r\t=\0'), max_size=40).map(str.encode))
def test_whatever_the_bytes_are_they_are_a_table_or_told_in_words(data: bytes) -> None:
    for read in (read_csv, read_xlsx):
        try:
            table = read(data)
        except TableError:
            continue
        assert all(len(row) == len(table.headers) for row in table.rows)


@pytest.mark.parametrize("kind", [CsvFile, XlsxFile])
def test_a_damaged_file_is_a_table_or_told_in_words(kind: type) -> None:
    good = kind().export_data(XlsxFile().create_dataset(sheet(["name", "id"], ["Asma", "00012"], ["Omar", "7"])))
    for place in range(0, len(good), max(1, len(good) // 150)):
        for data in (good[:place], good[:place] + b"\xff" + good[place + 1 :]):
            with suppress(TableError):
                kind().create_dataset(data)

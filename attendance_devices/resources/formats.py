"""The two formats that are offered. Whatever the settings of django-import-export say, there are no others."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as _
from import_export.formats import base_formats
from tablib import Dataset

from attendance_devices.resources.tables import Table, read_csv, read_xlsx

ZIP = b"PK"


class Rows(Dataset):  # type: ignore[misc]
    """A dataset that knows in which line of the file each row stands."""

    lines: list[int]


class CsvFile(base_formats.CSV):  # type: ignore[misc]
    """CSV as UTF-8; with its mark on the way out, so that Excel reads names right."""

    def get_title(self) -> Any:
        return _("CSV (UTF-8)")

    def is_binary(self) -> bool:
        """Read and written as bytes: the encoding is found out by us."""
        return True

    def create_dataset(self, in_stream: bytes, **options: Any) -> Rows:
        """Raises `TableError`."""
        del options
        return _rows(read_csv(in_stream))

    def export_data(self, dataset: Dataset, **options: Any) -> bytes:
        text: str = dataset.export("csv", **options)
        return text.encode("utf-8-sig")


class XlsxFile(base_formats.XLSX):  # type: ignore[misc]
    """XLSX of text: no cell is a number that loses its zeros, and none a formula."""

    def get_title(self) -> Any:
        return _("Excel (XLSX)")

    def create_dataset(self, in_stream: bytes) -> Rows:
        """Raises `TableError`."""
        return _rows(read_xlsx(in_stream))

    def export_data(self, dataset: Dataset, **options: Any) -> bytes:
        from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and seldom needed

        del options
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in (dataset.headers, *dataset):
            sheet.append([_cell(sheet, str(value)) for value in row])
        stream = BytesIO()
        book.save(stream)
        return stream.getvalue()


FORMATS = (CsvFile, XlsxFile)


def place_of(data: bytes) -> int:
    """Which of `FORMATS` a file is, by its first bytes."""
    return 1 if data.startswith(ZIP) else 0


def _rows(table: Table) -> Rows:
    found = Rows(*table.rows, headers=table.headers)
    found.lines = list(table.lines)
    return found


def _cell(sheet: Any, text: str) -> Any:
    """Control characters cannot be written in XML, and stand as the sign of what is missing."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text))
    cell.data_type = "s"
    return cell

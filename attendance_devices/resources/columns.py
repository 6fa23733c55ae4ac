"""Columns of a table: how a value is written, and how a text is read, with a word for what it should be."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Read = Callable[[str], Any]


class TextWidget(Widget):  # type: ignore[misc]
    """Reads by a function that raises `ValueError` with a sentence; writes as ISO has it."""

    def __init__(self, read: Read = str, write: Callable[[Any], str] | None = None) -> None:
        super().__init__()
        self.read, self.write = read, write or written

    def clean(self, value: Any, row: Any = None, **facts: Any) -> Any:
        """An empty cell is the empty value of the column; see `TableColumn`."""
        del row, facts
        return self.read(value) if value else ""

    def render(self, value: Any, obj: Any = None, **facts: Any) -> str:
        """Nothing is written as nothing."""
        del obj, facts
        return "" if value is None else self.write(value)


class TableColumn(Field):  # type: ignore[misc]
    """A column of the table. An empty cell empties what may be empty, and leaves alone what may not."""

    def __init__(
        self, name: str, read: Read = str, *, write: Any = None, column: str = "", shown: bool = False
    ) -> None:
        """:param column: its heading, if it is not that of the field. :param shown: goes out; ignored coming in."""
        super().__init__(attribute=name, column_name=column or name, widget=TextWidget(read, write), readonly=shown)

    def save(self, instance: Any, row: Mapping[str, str], is_m2m: bool = False, **facts: Any) -> None:  # noqa: FBT001, FBT002
        if self.readonly or "__" in self.attribute:
            return
        if not row[self.column_name]:
            column = instance._meta.get_field(self.attribute)
            if column.null:
                setattr(instance, self.attribute, None)
            elif column.empty_strings_allowed and column.blank:
                setattr(instance, self.attribute, "")
            return
        super().save(instance, row, is_m2m, **facts)


def columns_of(model: type[models.Model], *names: str) -> tuple[TableColumn, ...]:
    """A column for each of these fields, read as the class of the field says."""
    return tuple(TableColumn(name, _read(model._meta.get_field(name))) for name in names)


def _read(field: Any) -> Read:
    kinds: tuple[tuple[Any, Read], ...] = (
        (models.BooleanField, yes_or_no),
        (models.IntegerField, whole),
        (models.FloatField, number),
        (models.TimeField, clock),
        (models.DateField, day),
    )
    return next((read for kind, read in kinds if isinstance(field, kind)), str)


class SecretColumn(TableColumn):
    """Comes in, never goes out: neither into a file nor into a preview. An empty cell keeps what is stored."""

    def save(self, instance: Any, row: Mapping[str, str], is_m2m: bool = False, **facts: Any) -> None:  # noqa: FBT001, FBT002
        if row[self.column_name]:
            super().save(instance, row, is_m2m, **facts)

    def export(self, instance: Any, **facts: Any) -> str:
        return ""


def written(value: Any) -> str:
    """A value as text: dates and times as ISO has them, instants in the CRM's zone, durations as hours."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        shown = value.astimezone(timezone.get_default_timezone()) if timezone.is_aware(value) else value
        return shown.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return str(value)


def yes_or_no(text: str) -> bool:
    """In English, as files are written; 1 and 0 too."""
    said = text.strip().lower()
    if said not in YES | NO:
        raise ValueError(_("%(text)r is neither yes nor no") % {"text": text})
    return said in YES


def whole(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(_("%(text)r is no whole number") % {"text": text}) from error


def number(text: str) -> float:
    """A number with a point."""
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(_("%(text)r is no number; write it with a point, as 24.86") % {"text": text}) from error


def day(text: str) -> date:
    """A date as ISO has it: nobody can say which of 4/5/2026 is the month."""
    try:
        return date.fromisoformat(text.strip().removesuffix(" 00:00:00"))
    except ValueError as error:
        raise ValueError(_("%(text)r is no date; write it as 2026-05-04") % {"text": text}) from error


def clock(text: str) -> time:
    """A time of day without a zone."""
    try:
        found = time.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(_("%(text)r is no time; write it as 09:00") % {"text": text}) from error
    return found.replace(tzinfo=None)


def moment(text: str) -> datetime:
    """What a clock on a wall showed, without a zone."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(_("%(text)r is no time; write it as 2026-05-04 09:00:00") % {"text": text}) from error
    if found.tzinfo is not None or not 1900 <= found.year <= 9990 or found.microsecond:
        said = _("%(text)r is nothing that a clock on a wall shows; write it as 2026-05-04 09:00:00")
        raise ValueError(said % {"text": text})
    return found


def weekdays(text: str) -> str:
    """``Mon Tue`` or the digits ``01``, as digits. Files hold names, because spreadsheets make 1234 of 01234."""
    if text.strip().isdecimal():
        return text.strip()
    try:
        return "".join(str(DAYS.index(name.strip().capitalize()[:3])) for name in text.replace(",", " ").split())
    except ValueError as error:
        raise ValueError(_("%(text)r are no weekdays; write them as Mon Tue Wed") % {"text": text}) from error


def weekday_names(digits: str) -> str:
    """``01`` as ``Mon Tue``."""
    return " ".join(DAYS[int(digit)] for digit in digits if digit in "0123456")

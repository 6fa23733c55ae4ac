"""What all tables share: natural keys, all rows or none, a preview in plain marks, and an entry in the trail."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from import_export import resources
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import Result, RowResult

from attendance_devices.domain.display.formulas import quote_formula, unquote_formula
from attendance_devices.exceptions import TableTooLarge, TableUnreadable
from attendance_devices.resources.columns import SecretColumn, TableColumn
from attendance_devices.resources.directory import Directory
from attendance_devices.services.access.audit_log import note

MOST_EXPORTED = 35_000
"""A month of a thousand people, and some."""
Key = tuple[Any, ...]
Row = dict[str, str]


class PlainDiff(resources.Diff):  # type: ignore[misc]
    """Old and new as ``del`` and ``ins``: the library's own has styles in its marks, which a strict CSP refuses."""

    @classmethod
    def _read_field_values(cls, resource: Any, instance: Any) -> list[str]:
        return [column.export(instance) for column in resource.shown_columns()] if instance is not None else []

    def as_html(self) -> list[str]:
        """A cell for each column."""
        return [
            new if old == new else format_html("<ins>{}</ins>", new) if self.new or not old
            else format_html("<del>{}</del> <ins>{}</ins>", old, new)
            for old, new in zip(self.left, self.right, strict=True)
        ]  # fmt: skip


class TableResource(resources.Resource):  # type: ignore[misc]
    """A subclass names its columns, its key, and the verb that keeps a row."""

    columns: ClassVar[tuple[TableColumn, ...]] = ()
    required: ClassVar[tuple[str, ...]] = ()
    """Columns that a file must have."""
    people: ClassVar[str] = ""
    """The column that names employees."""

    class Meta:
        skip_unchanged = True
        report_skipped = False
        use_transactions = True
        instance_loader_class = BaseInstanceLoader

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.fields = {column.attribute: deepcopy(column) for column in self.columns}
        self.by: Any = None
        self.file_name = ""
        self.directory = Directory(None)
        self.stored: dict[Key, Any] = {}
        self.seen: dict[Key, int] = {}
        self.lines: list[int] = []

    # What a subclass says.

    def key(self, row: Row) -> Key:
        """The natural key of a row. Raises `ValidationError`."""
        raise NotImplementedError

    def stored_rows(self) -> Iterable[tuple[Key, Any]]:
        """The rows that may be meant, each with its key; a constant number of queries."""
        raise NotImplementedError

    def fill(self, instance: Any, row: Row) -> None:
        """Set what the row names and no column holds as it is: an employee, a shift. Raises `ValidationError`."""

    def keep(self, instance: Any, row: Row, *, is_new: bool) -> None:
        """The verb."""
        raise NotImplementedError

    def finish(self, *, dry_run: bool) -> None:
        """What is done once for all rows; also in a dry run, which is rolled back."""

    # Coming in.

    def import_data(self, dataset: Any, dry_run: bool = False, **options: Any) -> Result:  # noqa: FBT001, FBT002
        """All rows or none."""
        options |= {"use_transactions": True, "rollback_on_validation_errors": True}
        return super().import_data(dataset, dry_run=dry_run, **options)

    def before_import(self, dataset: Any, **facts: Any) -> None:
        """What is wrong with the table as a whole is told, and then no row is looked at."""
        self.by, self.file_name = facts.get("user"), str(facts.get("file_name") or "")
        rows = [[unquote_formula(str(cell)) for cell in row] for row in dataset]
        self.lines = getattr(dataset, "lines", None) or list(range(2, len(rows) + 2))
        headers = list(dataset.headers or ())
        dataset.wipe()
        self._check(headers)
        dataset.headers = headers
        dataset.extend(rows)
        named = [dict(zip(headers, row, strict=True)) for row in rows]
        self.directory = Directory(self.by)
        self.directory.look_up_people({row.get(self.people, "") for row in named} if self.people else set())
        self.prepare(named)
        self.stored = dict(self.stored_rows())

    def prepare(self, rows: list[Row]) -> None:
        """Look up what the rows name."""

    def before_import_row(self, row: Row, **facts: Any) -> None:
        """One row for each key."""
        key, line = self.key(row), self.lines[facts["row_number"] - 1]
        if key in self.seen:
            raise ValidationError(_("Line %(line)d speaks of the same already.") % {"line": self.seen[key]})
        self.seen[key] = line

    def get_instance(self, instance_loader: Any, row: Row) -> Any:
        """By the natural key, without a query."""
        return self.stored.get(self.key(row))

    def init_instance(self, row: Any = None) -> Any:
        return self._meta.model()

    def import_instance(self, instance: Any, row: Row, **facts: Any) -> None:
        """The columns, and what the row names."""
        super().import_instance(instance, row, **facts)
        self.fill(instance, row)

    def validate_instance(self, instance: Any, import_validation_errors: Any = None, **facts: Any) -> None:
        """What could not be read is told; what could be is judged by the model."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        self.judge(instance)

    def judge(self, instance: Any) -> None:
        """Raises `ValidationError`."""
        instance.full_clean()

    def save_instance(self, instance: Any, is_create: bool, row: Row, **facts: Any) -> None:  # noqa: FBT001
        """Within a transaction, which a dry run rolls back."""
        self.keep(instance, row, is_new=is_create)

    def after_import(self, dataset: Any, result: Result, **facts: Any) -> None:
        """Errors are told with the lines of the file; without one, the trail is told who imported what."""
        for bad in (*result.invalid_rows, *result.error_rows):
            bad.number = self.lines[bad.number - 1]
        if result.has_errors() or result.has_validation_errors():
            return
        self.finish(dry_run=bool(facts.get("dry_run")))
        if not facts.get("dry_run"):
            self.note(result, self.file_name)

    def note(self, result: Result, file_name: str) -> None:
        """An entry in the trail."""
        totals = {kind: result.totals[kind] for kind in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE)}
        words = f"{file_name}: {totals['new']} new, {totals['update']} changed"
        subject = str(self._meta.model._meta.verbose_name_plural)
        note("import", by=self.by, subject=subject, words=words, details={**totals, "file": file_name})

    def _check(self, headers: list[str]) -> None:
        known = [column.column_name for column in self.fields.values()]
        unknown = [name for name in headers if name not in known]
        missing = [name for name in self.required if name not in headers]
        if unknown:
            said = _("there is no column %(names)s") % {"names": ", ".join(map(repr, unknown))}
            advice = _("The columns are: %(names)s.") % {"names": ", ".join(known)}
            raise TableUnreadable(_("The first line"), said, next_step=advice)
        if missing:
            said = _("a column is missing: %(names)s") % {"names": ", ".join(missing)}
            raise TableUnreadable(_("The first line"), said, next_step=_("Add it, or export the table to begin with."))

    def _check_import_id_fields(self, headers: Any) -> None:
        """`_check` has."""

    @classmethod
    def get_display_name(cls) -> str:
        return str(cls._meta.model._meta.verbose_name_plural)

    @classmethod
    def get_diff_class(cls) -> type[PlainDiff]:
        return PlainDiff

    def get_diff_headers(self) -> list[str]:
        return [column.column_name for column in self.shown_columns()]

    def shown_columns(self) -> list[Any]:
        """What a person is shown: never a secret."""
        return [column for column in self.fields.values() if not isinstance(column, SecretColumn)]

    # Going out.

    def get_export_order(self) -> tuple[str, ...]:
        return tuple(name for name, column in self.fields.items() if not isinstance(column, SecretColumn))

    def get_export_fields(self, selected_fields: Any = None) -> list[Any]:
        return self.shown_columns()

    def filter_export(self, queryset: QuerySet[Any], **facts: Any) -> QuerySet[Any]:
        """Raises `TableTooLarge`: a file is made in memory."""
        if queryset.order_by()[: MOST_EXPORTED + 1].count() > MOST_EXPORTED:
            said = _("it would have more than %(most)d rows") % {"most": MOST_EXPORTED}
            raise TableTooLarge(_("The file"), said, next_step=_("Filter the list first, by month or device."))
        return queryset

    def export_resource(self, instance: Any, selected_fields: Any = None, **facts: Any) -> list[str]:
        """No cell is a formula."""
        return [quote_formula(column.export(instance)) for column in self.shown_columns()]

"""An index of a few rows among very many: what waits for a person, and not what is as it should be."""

from collections.abc import Sequence
from typing import Any

from django.db import models


class FewRows(models.Index):
    """Holds only the rows of `where`, so that writing all the others costs nothing.

    A database without such indexes (MariaDB, MySQL) indexes every row, as it does for Django's own `condition`; of
    that Django would warn at each `migrate` (models.W037), though whoever runs it can do nothing about it.
    """

    def __init__(self, *, fields: Sequence[str], name: str, where: models.Q) -> None:
        """:param where: has to be said by a query in these very words, for a database compares no more than those."""
        super().__init__(fields=fields, name=name)
        self.where = where

    def create_sql(self, model: type[models.Model], schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        """As Django makes it."""
        index = models.Index(fields=self.fields, name=self.name, condition=self.where)
        return index.create_sql(model, schema_editor, using, **kwargs)

    def deconstruct(self) -> Any:
        """For migrations."""
        path, arguments, named = super().deconstruct()
        return path, arguments, {**named, "where": self.where}

"""A database that the lines' threads reach too. What terminals do is the same in every CRM and on every database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.builders.crm import HAS_PROFILES
from tests.builders.shared_database import shared_database

collect_ignore = ["test_switchboard.py"] if HAS_PROFILES or connection.vendor != "sqlite" else []


@pytest.fixture
def shared(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """The database of this test, for its threads."""
    with shared_database(tmp_path):
        yield

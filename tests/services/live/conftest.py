"""A database that the lines' threads reach too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.shared import shared_database


@pytest.fixture
def shared(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """The database of this test, for its threads."""
    with shared_database(tmp_path):
        yield

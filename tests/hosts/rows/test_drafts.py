"""What a CRM without a word for a status is told."""

from typing import Any

import pytest
from django.db import models

from attendance_devices.domain.posting.host_row import HostRow
from attendance_devices.hosts.rows.drafts import spelled
from attendance_devices.hosts.rows.table import HostColumn
from tests.builders.crm import MONDAY

THREE = {"present": "Present", "late": "Late", "missing_check_out": "Incomplete"}
TEXT, CHOICE, FLAG = (
    models.CharField(max_length=20),
    models.CharField(max_length=20, choices=[("present", "P"), ("late", "L"), ("missing_check_out", "M")]),
    models.BooleanField(),
)


@pytest.mark.parametrize(
    ("field", "values", "status", "expected"),
    [
        (TEXT, THREE, "half_day", "Present"),
        (TEXT, THREE | {"half_day": "Half"}, "half_day", "Half"),
        (TEXT, THREE, "missing_check_in", "Incomplete"),
        (TEXT, THREE, "absent", "Incomplete"),
        (TEXT, {}, "half_day", "half_day"),
        (CHOICE, {}, "half_day", "present"),
        (CHOICE, {}, "late", "late"),
        (FLAG, {}, "worked_holiday", True),
        (FLAG, {}, "absent", False),
        (FLAG, {"present": True, "missing_check_out": True}, "absent", False),
        (FLAG, {"present": False}, "half_day", False),
        (TEXT, THREE, "", ""),
    ],
)
def test_a_status_without_a_word_is_the_nearest(field: Any, values: Any, status: str, expected: Any) -> None:
    row = HostRow(key=0, employee="1", date=MONDAY, check_in=None, check_out=None, status=status)

    assert spelled(values, HostColumn(field=field, fact="status"), row) == expected

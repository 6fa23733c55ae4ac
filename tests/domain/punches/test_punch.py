"""What one record says: plain values."""

from dataclasses import FrozenInstanceError
from datetime import datetime

import pytest

from attendance_devices.domain.punches.punch import BadRecord, Batch, Punch, PunchType

AT = datetime(2026, 1, 5, 9)


def test_a_punch_needs_a_person_and_a_time_and_says_nothing_else_by_itself() -> None:
    assert Punch("00042", AT) == ("00042", AT, 0, "", None, None, "", None)


def test_a_punch_never_changes() -> None:
    with pytest.raises(AttributeError):
        Punch("1", AT).fold = 1  # type: ignore[misc]


def test_the_types_of_a_punch_are_the_words_that_are_stored() -> None:
    assert [str(kind) for kind in PunchType] == [
        "in",
        "out",
        "break_out",
        "break_in",
        "overtime_in",
        "overtime_out",
        "",
    ]


def test_two_batches_do_not_share_a_cursor() -> None:
    assert Batch(punches=()).cursor is not Batch(punches=()).cursor


def test_values_are_frozen_and_named() -> None:
    record = BadRecord(raw=b"\0", reason="no date")
    with pytest.raises(FrozenInstanceError):
        record.reason = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        BadRecord(b"\0", "no date")  # type: ignore[misc]

"""What a run did, said honestly."""

import pytest

from attendance_devices.domain.results import CollectResult


def test_a_collect_is_well_unless_it_says_what_went_wrong() -> None:
    assert CollectResult(device="Gate", new=3).ok
    assert not CollectResult(device="Gate", new=3, error="Gate: no answer. Check the cable.").ok


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        ({"device_records": None, "new": 3}, 0),
        ({"device_records": 10, "new": 3, "known": 6, "quarantined": 1}, 0),
        ({"device_records": 10, "new": 3, "known": 5, "quarantined": 1}, 1),
    ],
    ids=["only the tail was read", "all accounted for", "one record was lost"],
)
def test_missing_is_what_the_terminal_holds_and_nobody_accounts_for(counts: dict[str, int], missing: int) -> None:
    assert CollectResult(device="Gate", **counts).missing == missing

"""A short storm; the long one is `make soak`, and what it said stands in docs/reliability.md."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.clockwork.harness import answers
from tests.clockwork.redis import REDIS
from tests.clockwork.storm import Told, Weather, storm

TROUBLES = (
    *("busy workers killed", "clusters killed", "database away"),
    *("terminals unplugged", "faults", "clocks turned"),
)
SECONDS = float(os.environ.get("STORM_SECONDS", "300"))
ON_POSTGRES = pytest.mark.skipif(not answers(5432), reason="no PostgreSQL on this machine")


@ON_POSTGRES
def test_after_a_storm_each_punch_stands_exactly_once(tmp_path: Path) -> None:
    told = storm(tmp_path, Weather(seconds=1, terminals=30, clusters=2, redis=REDIS))

    _nothing_was_lost(told)


@pytest.mark.soak
@ON_POSTGRES
def test_after_a_long_storm_over_two_hundred_terminals(tmp_path: Path) -> None:
    weather = Weather(
        seconds=SECONDS, pause=1.0, terminals=200, clusters=3, redis=REDIS, every_minute=True, clearing=540
    )

    told = storm(tmp_path, weather)

    sys.stdout.write(json.dumps({**vars(told), "happened": dict(told.happened)}, indent=1) + "\n")
    _nothing_was_lost(told)
    assert told.late_schedules == [], "no schedule stopped"
    assert told.happened["idle workers killed"]


def _nothing_was_lost(told: Told) -> None:
    assert told.stored == told.punches > 1_000
    assert told.peak_sessions == 1, "no terminal was ever reached by two at once"
    assert told.failures == []
    assert "locked" not in " ".join(told.errors)
    for trouble in TROUBLES:
        assert told.happened[trouble], f"the storm brings {trouble}"

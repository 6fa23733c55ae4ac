"""The admin in the stock dress and in django-jazzmin's: every page opens, and ours bring no inline script or style."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FORBIDDEN = {"add", "import"}
"""Pages that a superuser may not open either, of tables that nobody adds to."""
INLINE = re.compile(r'<script(?![^>]*\bsrc=)[^>]*>\s*\S|\sstyle="|\son[a-z]+="|<style')


@cache
def toured(settings: str) -> dict[str, tuple[int, str]]:
    """Page -> status and content, from a process with these settings in which every warning is an error."""
    command = [sys.executable, "-W", "error", "-m", "tests.admin.tour"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": str(ROOT), "DATABASE": "sqlite"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: (status, content) for name, (status, content) in json.loads(done.stdout).items()}


@pytest.mark.parametrize("settings", ["tests.settings", "tests.settings_dressed"])
def test_every_page_opens_in_either_dress(settings: str) -> None:
    answers = toured(settings)
    assert len(answers) > 100
    strange = {
        name: status
        for name, (status, _) in answers.items()
        if status != 200 and not (status == 403 and name.split()[-1] in FORBIDDEN)
    }
    assert strange == {}
    for name in ("device", "deviceuser", "esslattendancelog", "holiday", "shift", "shiftassignment"):
        shown = answers[f"{name} changelist"][1]
        assert f"/attendance_devices/{name}/import/" in shown and f"/attendance_devices/{name}/export/" in shown
        assert answers[f"{name} import"][0] == 200 and answers[f"{name} export"][0] == 200


@pytest.mark.parametrize("settings", ["tests.settings", "tests.settings_dressed"])
def test_a_table_is_looked_at_and_stored_in_either_dress(settings: str) -> None:
    answers = toured(settings)
    assert "<ins>New Year</ins>" in answers["holiday preview"][1]
    assert "Import finished: 1 new" in answers["holiday stored"][1]
    assert "Line 2: date: " in answers["holiday wrong"][1] and "is no date" in answers["holiday wrong"][1]


def test_our_pages_of_files_keep_to_a_strict_csp() -> None:
    """In the stock dress: django-jazzmin has inline scripts of its own on every page."""
    answers = toured("tests.settings")
    ours = [name for name in answers if name.split()[-1] in ("import", "export", "preview", "stored", "wrong")]
    assert len(ours) > 15
    for name in ours:
        assert not INLINE.findall(answers[name][1]), name

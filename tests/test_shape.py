"""The package keeps its shape: small files, short functions, no drawer for odds and ends."""

import ast
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRACKED = subprocess.run(
    ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True
)
FILES = [ROOT / name for name in TRACKED.stdout.split() if (ROOT / name).exists()] or list(ROOT.rglob("*.py"))
PACKAGE = [p for p in FILES if p.is_relative_to(ROOT / "attendance_devices") and "migrations" not in p.parts]
DRAWERS = {"utils", "helpers", "common", "misc", "tools"}


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PACKAGE, ids=name)
def test_a_module_is_short_and_says_its_job(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300
    assert ast.get_docstring(ast.parse(text)) or not text.strip(), "a module says its one job in its docstring"
    assert path.stem not in DRAWERS
    assert [node.name for node in functions(path) if length(node) > 40] == []


def test_half_of_all_functions_have_ten_lines_or_fewer() -> None:
    assert statistics.median(length(node) for path in PACKAGE for node in functions(path)) <= 10


def test_pyzk_is_imported_in_one_folder_only() -> None:
    importing = {
        p for p in PACKAGE if any(line.startswith(("import zk", "from zk")) for line in p.read_text().splitlines())
    }
    assert {name(p.parent) for p in importing} == {"attendance_devices/drivers/zkteco"}


def test_nothing_is_left_for_later_in_the_code() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    assert [name(p) for p in FILES if any(word in p.read_text() for word in words)] == []

"""The package keeps its shape: small files, short functions, no drawer for odds and ends, a test for each module."""

import ast
import collections
import re
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


def test_no_folder_holds_more_than_twenty_files_of_code() -> None:
    folders = collections.Counter(path.parent for path in PACKAGE if path.name != "__init__.py")
    assert {name(folder): many for folder, many in folders.items() if many > 20} == {}


DJANGO_NAMES = {"Meta", "Media", "Command"}


def test_no_class_name_means_two_things() -> None:
    """The enums that models nest say which by the model: `Incident.Kind`, `Correction.Kind`."""
    every = collections.Counter(
        node.name
        for path in PACKAGE
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and node.name not in DJANGO_NAMES
    )
    assert [one for one, many in every.items() if many > 1] == []


TESTED = ("domain", "hosts", "services")
"""Folders in which each module has a test of its own name, or is named by the test that covers it."""
COVERS = re.compile(r"^Covers: (.*?)\.$", re.DOTALL | re.MULTILINE)


def named_by_tests() -> set[str]:
    """What docstrings of tests say that they cover: ``Covers: services/shifts/month.``"""
    docs = [ast.get_docstring(ast.parse(path.read_text())) or "" for path in FILES if path.name.startswith("test_")]
    return {one.strip() for doc in docs for said in COVERS.findall(doc) for one in said.split(",")}


def test_every_module_has_a_test_of_its_name_or_is_named_by_the_test_that_covers_it() -> None:
    modules = {
        path.relative_to(ROOT / "attendance_devices").with_suffix("")
        for path in PACKAGE
        if path.relative_to(ROOT / "attendance_devices").parts[0] in TESTED and path.name != "__init__.py"
    }
    alone = {str(one) for one in modules if not (ROOT / "tests" / one.parent / f"test_{one.name}.py").exists()}
    assert sorted(alone - named_by_tests()) == []
    assert sorted(named_by_tests() - {str(one) for one in modules}) == [], "what is named is there"


def test_no_test_module_imports_from_another() -> None:
    """What several tests build is in tests/builders."""
    tests = {name(path).removesuffix(".py").replace("/", ".") for path in FILES if path.stem.startswith("test_")}
    importing = [
        f"{name(path)}: {node.module}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in tests
    ]
    assert importing == []

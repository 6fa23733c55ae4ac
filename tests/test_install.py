"""The script that installs what the tests need, with stub commands in the place of the system's."""

import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
STUBS = {
    # What is imported is there if the test says so, or since apt-get was here.
    "python": 'case "$*" in *weasyprint*) what=pango;; *) what=chromium;; esac\n'
    '[ -e "$STATE/$what" ] && exit 0\n'
    'echo "nothing of $what here" >&2; exit 1\n',
    "id": 'echo "$STUB_USER"\n',
    "apt-get": 'echo "$*" >>"$STATE/apt"\n'
    'if [ "$1" = update ]; then [ -z "$APT_FAILS" ] || echo "W: no network"; exit 0; fi\n'
    'if [ -n "$APT_FAILS" ]; then echo "E: Unable to locate package" >&2; exit 100; fi\n'
    '[ -n "$APT_IS_VAIN" ] || touch "$STATE/chromium" "$STATE/pango"\n',
}


class Machine:
    """A machine of stubs, on which one function of the script is run."""

    def __init__(self, folder: Path) -> None:
        self.state, self.commands = folder / "state", folder / "bin"
        self.state.mkdir()
        self.commands.mkdir()
        for name, text in STUBS.items():
            path = self.commands / name
            path.write_text(f"#!/bin/sh\n{text}")
            path.chmod(0o755)

    def has(self, *things: str) -> None:
        for thing in things:
            (self.state / thing).touch()

    @property
    def installed(self) -> list[str]:
        """The packages that apt-get was asked for."""
        path = self.state / "apt"
        lines = path.read_text().splitlines() if path.exists() else []
        return [word for line in lines if line.startswith("install") for word in line.split() if word[0] != "-"][1:]

    def run(self, function: str, *, user: str = "0", **stubs: str) -> "subprocess.CompletedProcess[str]":
        """Run it as everything.sh does, and say `went on` behind it."""
        lines = f"set -euo pipefail\n. {FOLDER / 'install.sh'}\n{function}\necho went on\n"
        environment = {
            "PATH": f"{self.commands}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "STATE": str(self.state),
            "STUB_USER": user,
            "APT_FAILS": "",
            "APT_IS_VAIN": "",
        }
        return subprocess.run(
            ["bash", "-c", lines], env=environment | stubs, capture_output=True, text=True, timeout=20, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


NEEDED = {"chromium": ["chromium"], "pango": ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]}
each = pytest.mark.parametrize("thing", list(NEEDED))


@each
def test_what_is_there_is_not_installed_and_the_run_goes_on(machine: Machine, thing: str) -> None:
    machine.has(thing)
    done = machine.run(f"install_{thing}")
    assert (done.returncode, done.stdout, machine.installed) == (0, "went on\n", [])


@each
def test_root_installs_what_is_missing_and_the_run_goes_on(machine: Machine, thing: str) -> None:
    done = machine.run(f"install_{thing}")
    assert (done.returncode, machine.installed) == (0, NEEDED[thing])
    assert done.stdout.endswith("went on\n")


@each
def test_without_root_the_run_ends_at_once_and_says_what_to_install(machine: Machine, thing: str) -> None:
    done = machine.run(f"install_{thing}", user="1000")
    assert (done.returncode, done.stdout, machine.installed) == (1, "", [])
    assert f"need: apt-get install -y {' '.join(NEEDED[thing])}" in done.stderr


@each
def test_a_machine_without_apt_is_told_the_same(machine: Machine, thing: str) -> None:
    (machine.commands / "apt-get").unlink()
    for name in ("bash", "id"):
        (machine.commands / name).unlink(missing_ok=True)
        (machine.commands / name).symlink_to(f"/usr/bin/{name}")
    done = machine.run(f"install_{thing}", PATH=str(machine.commands))
    assert (done.returncode, done.stdout) == (1, "")
    assert "need: apt-get install -y" in done.stderr


@each
def test_an_install_that_fails_ends_the_run_at_once_with_the_reason(machine: Machine, thing: str) -> None:
    done = machine.run(f"install_{thing}", APT_FAILS="yes")
    assert done.returncode == 1
    assert "went on" not in done.stdout
    assert NEEDED[thing][0] in done.stderr
    assert "W: no network\nE: Unable to locate package" in done.stderr


@each
def test_what_is_still_missing_after_its_install_ends_the_run(machine: Machine, thing: str) -> None:
    done = machine.run(f"install_{thing}", APT_IS_VAIN="yes")
    assert (done.returncode, machine.installed) == (1, NEEDED[thing])
    assert "went on" not in done.stdout
    assert f"nothing of {thing} here" in done.stderr


def test_a_browser_that_is_named_and_not_there_is_not_replaced_by_another(machine: Machine) -> None:
    done = machine.run("install_chromium", CHROMIUM="/opt/mine/chromium")
    assert (done.returncode, machine.installed) == (1, [])
    assert "CHROMIUM=/opt/mine/chromium is not there" in done.stderr


def test_the_real_question_for_the_browser_is_answered_no_where_none_is() -> None:
    lines = f"set -euo pipefail\n. {FOLDER / 'install.sh'}\nif has_chromium; then echo yes; else echo no; fi\n"
    environment = os.environ | {"CHROMIUM": "/nowhere/chromium"}
    done = subprocess.run(
        ["bash", "-c", lines], cwd=FOLDER.parent, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "no\n"
    assert "apt-get install -y chromium" in done.stderr

"""The units of docs/deploy: systemd understands them, they start what there is, and what ends starts again."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class

FOLDER = Path(__file__).parent.parent.parent / "docs" / "deploy"
SERVICES = sorted(path.name for path in FOLDER.glob("*.service"))
UNITS = sorted([*SERVICES, *(path.name for path in FOLDER.glob("*.timer"))])
PYTHON = "/srv/crm/venv/bin/python manage.py "
KILLED = -9


def unit(name: str) -> configparser.RawConfigParser:
    """Sections and keys, each given once."""
    found = configparser.RawConfigParser(delimiters="=", comment_prefixes="#")
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string((FOLDER / name).read_text())
    return found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    programs = tmp_path / "crm" / "venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "gunicorn"):
        (programs / name).touch(0o755)
    for name in UNITS:
        (tmp_path / name).write_text((FOLDER / name).read_text().replace("/srv/crm", str(tmp_path / "crm")))

    verify = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "crm-web.service"])
def test_it_starts_a_command_that_there_is_with_options_that_it_takes(name: str) -> None:
    line = unit(name)["Service"]["ExecStart"]
    assert line.startswith(PYTHON)
    command, *options = shlex.split(line.removeprefix(PYTHON))
    door = load_command_class(get_commands()[command], command)
    door._called_from_command_line = False  # a wrong option raises, and ends nothing

    door.create_parser("manage.py", command).parse_args(options)
    with pytest.raises(CommandError):
        door.create_parser("manage.py", command).parse_args([*options, "--no-such-option"])


ENDINGS = [
    ("the listener was told to end", "crm-live.service", 0, False),
    ("the listener met something unexpected", "crm-live.service", 1, True),
    ("the listener was called wrongly", "crm-live.service", 2, False),
    ("the listener could read nothing", "crm-live.service", 3, True),
    ("the listener was killed", "crm-live.service", KILLED, True),
    ("the loop was told to end", "crm-poll.service", 0, False),
    ("the loop was called wrongly", "crm-poll.service", 2, False),
    ("the loop was killed", "crm-poll.service", KILLED, True),
    ("a cluster that ends by itself", "crm-qcluster.service", 0, True),
    ("a cluster that fails", "crm-qcluster.service", 1, True),
    ("a web server that fails", "crm-web.service", 1, True),
    ("the clock stands still: the timer looks again", "crm-watchdog.service", 1, False),
]


@pytest.mark.parametrize(("name", "code", "again"), [case[1:] for case in ENDINGS], ids=[case[0] for case in ENDINGS])
def test_started_again(name: str, code: int, again: bool) -> None:
    service = unit(name)["Service"]
    prevented = str(code) in service.get("RestartPreventExitStatus", "").split()
    policy = service.get("Restart", "no")

    assert ((policy == "always" or (policy == "on-failure" and code != 0)) and not prevented) is again
    if policy != "no":
        assert unit(name)["Unit"]["StartLimitIntervalSec"] == "0", "a database that is away for an hour is waited for"


def test_a_cluster_that_has_stalled_is_killed_with_all_its_processes() -> None:
    service = unit("crm-qcluster.service")["Service"]

    assert (service["KillMode"], service["TimeoutStopSec"]) == ("mixed", "30")


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_of_the_crm_runs_as_root_or_may_become_it(name: str) -> None:
    service = unit(name)["Service"]
    lines = [value for key, value in service.items() if key.startswith("Exec")]

    assert service["User"] == "crm"
    assert {service[key] for key in ("NoNewPrivileges", "PrivateTmp", "ProtectHome")} == {"true"}
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("full", "")
    assert not [line for line in lines if re.match(r"[-@:]*[+!]", line) and "/srv/crm" in line]
    assert {"network-online.target", "postgresql.service", "mariadb.service"} <= set(
        unit(name)["Unit"]["After"].split()
    )


@pytest.mark.parametrize(("result", "restarts"), [("success", ""), ("exit-code", "crm-qcluster"), ("timeout", "crm-q")])
def test_the_watchdog_starts_the_queue_again_when_it_stands_still(tmp_path: Path, result: str, restarts: str) -> None:
    told = tmp_path / "systemctl"
    told.write_text('#!/bin/sh\necho "$@"\n')
    told.chmod(0o755)
    line = unit("crm-watchdog.service")["Service"]["ExecStopPost"].removeprefix("+").replace("$$", "$")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SERVICE_RESULT": result}

    done = subprocess.run(shlex.split(line), env=environment, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert restarts in done.stdout and bool(restarts) == bool(done.stdout)


def test_the_timer_starts_the_watchdog_again_and_again() -> None:
    timer = unit("crm-watchdog.timer")["Timer"]

    assert {"OnBootSec", "OnUnitInactiveSec"} == set(timer)
    assert "Restart" not in unit("crm-watchdog.service")["Service"]


def test_the_page_names_every_unit_and_no_other() -> None:
    page = (FOLDER / "README.md").read_text()

    assert set(re.findall(r"\]\(([^)]+)\)", page)) == set(UNITS)

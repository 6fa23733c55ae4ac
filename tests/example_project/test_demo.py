"""The whole demo as a process of its own: twice the same rows, a taken port, and an end that leaves nothing."""

import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.builders.processes import default_signals

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = {
    "hr_attendance": "user_id, date, check_in_time, check_out_time, device, status",
    "hr_customuser": "username, first_name, biometric_id, employee_id, office_id",
    "attendance_devices_esslattendancelog": "device_id, biometric_id, device_time, fold, user_id, review",
    "attendance_devices_quarantinedrecord": "device_id, digest",
    "attendance_devices_deviceuser": "device_id, device_user_id, device_user_name, system_user_id",
    "attendance_devices_device": "name, transport, office",
    "attendance_devices_shiftassignment": "user_id, shift_id, date_from",
    "hr_customuser_groups": "customuser_id, group_id",
}


def _last_friday():
    """Over, and not long ago: everybody is missing from the demo's own day to this machine's."""
    today = datetime.now(UTC).date()
    return (today - timedelta(days=(today.weekday() - 4) % 7 or 7)).isoformat()


FRIDAY = _last_friday()


@pytest.fixture
def demo_env(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DEMO_", "COV_"))}
    return kept | {
        "DEMO_HOME": str(tmp_path / "demo home"),
        "DEMO_PASSWORD": "open-sesame",
        "DEMO_NOW": f"{FRIDAY}T15:30",
        "DATABASE_URL": "sqlite:////nowhere/not-to-be-touched.sqlite3",
        "PORT": str(free_port()),
        "PYTHONPATH": str(ROOT),
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def demo(env, *arguments):
    command = [sys.executable, "-m", "example_project.demo", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def rows(env):
    with sqlite3.connect(Path(env["DEMO_HOME"]) / "demo.sqlite3") as connection:
        found = {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table}")) for table, columns in TABLES.items()
        }
    connection.close()
    return found


def test_two_runs_give_the_same_rows(demo_env):
    first = demo(demo_env, "--once")
    assert (first.returncode, first.stderr) == (0, "")
    before = rows(demo_env)
    second = demo(demo_env, "--once")
    assert (second.returncode, second.stderr) == (0, "")
    assert rows(demo_env) == before
    assert_believable(before)
    assert "Dry run: 0 rows written" in first.stdout
    assert "Quarantined: 1 record" in first.stdout
    assert "id 7777" in first.stdout
    assert "open-sesame" not in (Path(demo_env["DEMO_HOME"]) / "env").read_text()


def assert_believable(found):
    assert len(found["hr_attendance"]) > 500
    # The terminals fell silent with the demo's own clock, days before the clock of this machine.
    last = max(row[1] for row in found["hr_attendance"] if row[5] != "Absent")
    statuses = Counter(row[5] for row in found["hr_attendance"] if row[1] <= last)
    assert set(statuses) == {"Present", "Late", "Incomplete", "Absent"}
    assert 0 < statuses["Absent"] < statuses["Present"] / 10
    assert len(found["attendance_devices_quarantinedrecord"]) == 1
    listed = found["attendance_devices_deviceuser"]
    assert {row[1] for row in listed if row[3] is None} == {"1090", "2090", "3090", "7777"}
    assert ("3001", "张伟") in {row[1:3] for row in listed}
    assert len(found["attendance_devices_device"]) == 3
    assert len(found["hr_customuser_groups"]) == 1


def test_a_later_run_only_adds(demo_env):
    assert demo(demo_env, "--once").returncode == 0
    earlier = rows(demo_env)
    assert demo(demo_env | {"DEMO_NOW": f"{FRIDAY}T19:30"}, "--once").returncode == 0
    later = rows(demo_env)
    log = "attendance_devices_esslattendancelog"
    assert set(earlier[log]) < set(later[log])
    days = "hr_attendance"
    assert {row[:2] for row in earlier[days]} <= {row[:2] for row in later[days]}
    before_today = [row for row in earlier[days] if row[1] < FRIDAY]
    assert set(before_today) <= set(later[days])


def test_a_taken_port_is_said_with_the_variable_to_set(demo_env):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(demo_env["PORT"])))
        taken.listen()
        answer = demo(demo_env)
    assert answer.returncode == 2
    assert f"Port {demo_env['PORT']} on 127.0.0.1 cannot be had" in answer.stderr
    assert "make demo PORT=" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("port", ["http", "99999", "-1"])
def test_a_port_that_is_none_is_refused(demo_env, port):
    answer = demo(demo_env | {"PORT": port})
    assert answer.returncode == 2
    assert "make demo PORT=" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.fixture
def serving(demo_env):
    command = [sys.executable, "-m", "example_project.demo"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(
        command,
        env=demo_env,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=default_signals,  # noqa: PLW1509 - the child only restores signals
        **pipes,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    yield process, "".join(lines)
    process.kill()
    process.wait()
    process.stdout.close()


def answers(host, port):
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_end_leaves_no_process_and_no_port(demo_env, serving, how):
    process, said = serving
    ports = [*re.findall(r"(127\.0\.0\.\d):(\d+)", said), ("127.0.0.1", demo_env["PORT"])]
    assert len(ports) == 4, said
    assert all(answers(*port) for port in ports)
    assert_serves(demo_env["PORT"])
    assert_second_demo_is_refused(demo_env)
    process.send_signal(how)
    assert process.wait(timeout=30) == 0
    assert not any(answers(*port) for port in ports)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def assert_serves(port):
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
    for path, status in (("/accounts/login/", 200), ("/static/hr/hr.css", 200), ("/staff/", 302)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    connection.close()


def assert_second_demo_is_refused(env):
    second = demo(env, "--once")
    assert second.returncode == 2
    assert "already" in second.stderr


def test_after_a_crash_the_next_run_is_whole(demo_env, serving):
    process, _ = serving
    before = rows(demo_env)
    process.kill()
    process.wait()
    again = demo(demo_env, "--once")
    assert (again.returncode, again.stderr) == (0, "")
    assert rows(demo_env) == before

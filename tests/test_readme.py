"""What the README says is run: its settings in a fresh project, its commands in order, its tables against the code."""

import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from attendance_devices import conf

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
INSTALL = README.split("## Install it into your CRM")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", INSTALL, re.DOTALL)
CRM = """
import os
AUTH_USER_MODEL = "hr.CustomUser"
INSTALLED_APPS += ["example_project.hr"]
"""


def manage(project: Path, *words: str, code: int = 0, timeout: float = 60) -> str:
    """Run manage.py there, and expect this exit code."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == code, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    return kept | {"SALT_KEY": "a long random text for this test", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A project as startproject makes it."""
    subprocess.run([sys.executable, "-m", "django", "startproject", "crm", tmp_path], check=True, env=environment())
    return tmp_path


def install_only(project: Path) -> None:
    """The app and its key, and not one setting of it."""
    path = project / "crm" / "settings.py"
    path.write_text(path.read_text() + '\nINSTALLED_APPS += ["attendance_devices"]\nSALT_KEY = "only for this test"\n')


@pytest.fixture
def terminal(fresh: Path) -> Iterator[int]:
    """The port of the terminal that the README offers to those without hardware."""
    install_only(fresh)
    words = ["simulate_device", "--port", "0", "--users", "3", "--days", "5"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", *words], cwd=fresh, env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = None
    for line in process.stdout:
        found = re.search(r"127\.0\.0\.1[: ](?:port )?(\d+)", line)
        if found:
            break
    assert found, "simulate_device says where it listens"
    yield int(found[1])
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    process.stdout.close()


def commands(number: int) -> list[list[str]]:
    """The manage.py lines of the n-th shell block of the install section."""
    shell = [text for language, text in BLOCKS if language == "sh"]
    lines = [shlex.split(line, comments=True) for line in shell[number].splitlines()]
    return [words[2:] for words in lines if words[:2] == ["python", "manage.py"]]


def test_the_install_section_works_line_by_line(fresh: Path, terminal: int) -> None:
    (settings,) = (text for language, text in BLOCKS if language == "python")
    path = fresh / "crm" / "settings.py"
    plain = path.read_text().replace('INSTALLED_APPS += ["attendance_devices"]', "")
    path.write_text(plain + CRM + settings)

    for words in commands(1):
        manage(fresh, *words)
    add = f"""
        from attendance_devices.models import Device
        from example_project.hr.models import CustomUser
        Device.objects.create(name="Gate", address="127.0.0.1", port={terminal})
        CustomUser.objects.create(username="first", biometric_id="101")
    """
    manage(fresh, "shell", "-c", textwrap.dedent(add))
    looked, rehearsed, ran = commands(2)
    assert "ok" in manage(fresh, *looked)
    assert "nothing was written" in manage(fresh, *rehearsed)
    assert "created" in manage(fresh, *ran)
    count = "from example_project.hr.models import Attendance; print('rows:', Attendance.objects.count())"
    assert int(manage(fresh, "shell", "-c", count).rsplit("rows:", 1)[1]) > 0


def test_a_project_that_only_installs_the_app_starts_and_records(fresh: Path, terminal: int) -> None:
    manage(fresh, "check")
    manage(fresh, "migrate", "--verbosity", "0")
    add = f"Device.objects.create(name='G', address='127.0.0.1', port={terminal})"
    manage(fresh, "shell", "-c", f"from attendance_devices.models import Device; {add}")
    manage(fresh, "poll_devices")
    count = "from attendance_devices.models import *; print('logs:', ESSLAttendanceLog.objects.count())"
    assert int(manage(fresh, "shell", "-c", count).rsplit("logs:", 1)[1]) > 0


def test_neither_the_queue_nor_the_pdf_library_nor_pyzk_is_imported_at_start(fresh: Path) -> None:
    install_only(fresh)
    loaded = "import sys; print(sorted({'zk', 'weasyprint', 'django_q', 'import_export'} & set(sys.modules)))"
    assert "[]" in manage(fresh, "shell", "--no-imports", "-c", loaded)


def test_the_settings_table_names_every_setting_and_no_other() -> None:
    table = README.split("## Settings")[1].split("\n## ")[0]
    named = {key for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert named == set(conf.KEYS)


def test_the_commands_table_names_every_command_and_their_options_exist() -> None:
    table = README.split("## Commands")[1].split("\n## ")[0]
    folder = ROOT / "attendance_devices" / "management" / "commands"
    sources = {path.stem: path.read_text() for path in folder.glob("[a-z]*.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(sources)
    for option in re.findall(r"--[a-z]+[a-z-]*", table):
        assert any(f'"{option}"' in source for source in sources.values()), option


@pytest.mark.parametrize("said", re.findall(r"^\| \*([^*…]+)\*", README.split("## Troubleshooting")[1], re.MULTILINE))
def test_a_symptom_is_worded_as_the_program_words_it(said: str) -> None:
    sources = " ".join(path.read_text() for path in (ROOT / "attendance_devices").rglob("*.py"))
    words = re.sub(r"\btcp port 4370\b", "", said).split()
    assert re.search(r"[^.]{0,40}".join(map(re.escape, words[:4])), sources), said


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target

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
from django.template import RequestContext, Template
from django.test import RequestFactory

from attendance_devices import conf
from attendance_devices.schedules import SCHEDULES
from attendance_devices.services.access.roles import ROLES
from attendance_devices.services.display.navigation import ENTRIES
from example_project.hr.models import CustomUser
from tests.builders.processes import default_signals

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
INSTALL = README.split("## Install it into your CRM")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", INSTALL, re.DOTALL)
CRM = """
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
        [sys.executable, "manage.py", *words],
        cwd=fresh,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,  # noqa: PLW1509 - the child only restores signals
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


def section(title: str, language: str) -> list[str]:
    """The code blocks of this language under a heading."""
    text = README.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [block for kind, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL) if kind == language]


def installed(project: Path) -> None:
    """As the install section says, in the project of the example's CRM."""
    settings, addresses = section("Install it into your CRM", "python")
    path = project / "crm" / "settings.py"
    plain = path.read_text().replace('INSTALLED_APPS += ["attendance_devices"]', "")
    path.write_text(plain + CRM + settings)
    urls = project / "crm" / "urls.py"
    urls.write_text(urls.read_text() + addresses)


def test_apps_that_the_crm_has_already_are_left_alone(fresh: Path) -> None:
    path = fresh / "crm" / "settings.py"
    path.write_text(path.read_text() + '\nINSTALLED_APPS += ["django_filters", "import_export"]\n')
    installed(fresh)
    manage(fresh, "check")


def test_the_install_section_works_line_by_line(fresh: Path, terminal: int) -> None:
    installed(fresh)

    for words in commands(1):
        manage(fresh, *words)
    page = "Client(headers={'host': 'localhost'}).get('/attendance-devices/healthz').status_code"
    assert "code: 401" in manage(fresh, "shell", "-c", f"from django.test import Client; print('code:', {page})")
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


def test_it_runs_by_itself_as_the_readme_says_without_a_warning_of_any_check(fresh: Path) -> None:
    installed(fresh)
    (on_sqlite,) = section("Let it run by itself", "python")
    (logging,) = section("Knowing that it runs", "python")
    path = fresh / "crm" / "settings.py"
    path.write_text(path.read_text() + on_sqlite + logging)
    manage(fresh, "migrate", "--verbosity", "0")

    assert "no issues" in manage(fresh, "check", "--fail-level", "WARNING")
    (lines,) = section("Let it run by itself", "sh")
    install, cluster = [shlex.split(line, comments=True)[2:] for line in lines.splitlines()]
    assert cluster == ["qcluster"], "tests/clockwork runs it"
    assert f"{len(SCHEDULES)} schedules created" in manage(fresh, *install)
    (watch,) = [line for line in section("Let it run by itself", "cron") if "check_clockwork" in line]
    watched = shlex.split(watch.split("manage.py ")[1].split("||")[0])
    assert "has not ticked yet" in manage(fresh, *watched)


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
    loaded = "import sys; print(sorted({'zk', 'weasyprint', 'django_q'} & set(sys.modules)))"
    assert "[]" in manage(fresh, "shell", "--no-imports", "-c", loaded)


def test_the_settings_table_names_every_setting_and_no_other() -> None:
    table = README.split("## Settings")[1].split("\n## ")[0]
    named = {key for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert named == set(conf.KEYS)


def test_the_commands_table_names_every_command_and_their_options_exist() -> None:
    table = README.split("## Commands")[1].split("\n## ")[0]
    folder = ROOT / "attendance_devices" / "management"
    commands = {path.stem for path in (folder / "commands").glob("[a-z]*.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == commands
    sources = [path.read_text() for path in folder.rglob("*.py")]
    for option in re.findall(r"--[a-z]+[a-z-]*", table):
        assert any(f'"{option}"' in source for source in sources), option


@pytest.mark.parametrize("said", re.findall(r"^\| \*([^*…]+)\*", README.split("## Troubleshooting")[1], re.MULTILINE))
def test_a_symptom_is_worded_as_the_program_words_it(said: str) -> None:
    sources = " ".join(path.read_text() for path in (ROOT / "attendance_devices").rglob("*.py"))
    words = re.sub(r"\btcp port 4370\b", "", said).split()
    assert re.search(r"[^.]{0,40}".join(map(re.escape, words[:4])), sources), said


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.django_db
def test_the_widget_and_the_menu_are_written_as_the_readme_says(rf: RequestFactory) -> None:
    (block,) = section("The pages", "django")
    (menu,) = re.findall(r"`(\{% attendance_menu .*? %\})`", README)
    request = rf.get("/")
    request.user = CustomUser.objects.create_superuser("boss", password="x")

    shown = Template(block + menu).render(RequestContext(request))

    assert shown.count('class="ad ad-widget') == 2
    assert "Head office now" in shown
    assert '<ul class="nav">' in shown


def test_the_table_of_pages_names_every_page_and_its_right() -> None:
    table = README.split("\n## The pages\n")[1].split("\n## ")[0]
    rows = {row[0].strip(): row[2] for row in re.findall(r"^\| (\w[^|]*)\|([^|]*)\|([^|]*)\|$", table, re.MULTILINE)}
    for entry in ENTRIES:
        right = entry.right.removeprefix("attendance_devices.") or "none"
        assert right in rows[str(entry.label)], entry.label


def test_the_table_of_rights_says_what_the_groups_are_given() -> None:
    table = README.split("\n## Permissions\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|[^|]*\|(.*?)\|(.*?)\|(.*?)\|$", table, re.MULTILINE)
    told = {name: marks for names, *marks in rows for name in re.findall(r"`(\w+)`", names)}
    for role, column in zip(ROLES, range(3), strict=True):
        given = {right.removeprefix("attendance_devices.") for right in role.rights}
        marked = {name for name, marks in told.items() if marks[column].strip() == "x"}
        timetable = {name for name in given if name.endswith(("_shift", "_shiftassignment", "_holiday"))}
        assert given - timetable - {"view_correction"} == marked, role.name

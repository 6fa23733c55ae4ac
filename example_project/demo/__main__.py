"""``python -m example_project.demo [--once]``: from an empty folder to a CRM full of attendance, in one go."""

import argparse
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import django

from example_project.demo import roles, terminals
from example_project.demo.home import DemoError, Home, now
from example_project.demo.staff import LOGINS, OFFICES, STAFF

if TYPE_CHECKING:
    from django.core.servers.basehttp import ThreadedWSGIServer

APT = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; the exit code is 0, 1 when a terminal could not be read, 2 when something has to be set."""
    parser = argparse.ArgumentParser(prog="python -m example_project.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do everything, then end instead of serving")
    once = parser.parse_args(arguments).once
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        return _run(Home(), once=once)
    except DemoError as error:
        say(str(error), to=sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("\nStopped: the terminals and the web server are down.")
        return 0


def say(text: str, *, to: Any = None) -> None:
    """One line, now."""
    out = to or sys.stdout
    out.write(f"{text}\n")
    out.flush()


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _run(home: Home, *, once: bool) -> int:
    with contextlib.ExitStack() as stack:
        stack.enter_context(home.occupied())
        home.prepare()
        server = None
        if not once:
            from example_project.demo import web

            server = stack.enter_context(web.bind())
        pango = stack.enter_context(_look_for_pango())
        django.setup()
        _fill(home)
        running = stack.enter_context(terminals.serve(home.start, now))
        terminals.declare(running)
        for item in running:
            records = item.terminal.record_count
            say(f"  {item.make.office:<16}{item.host}:{item.port}  {records:>5,} records  {item.make.words}")
        if not _read(home):
            return 1
        if pango.wait():
            say(f"PDF reports need Pango, everything else works without it: {APT}")
        if server is not None:
            _serve(home, server, running)
    return 0


def _look_for_pango() -> "subprocess.Popen[bytes]":
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-c", "import weasyprint"], **quiet)


def _fill(home: Home) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("seed_crm", password=home.password, verbosity=0)
    terminals.assign_shifts(home.start)
    roles.give()
    say(f"CRM with {len(STAFF)} people in {len(OFFICES)} offices: {home.shown(home.database)}")
    say("Terminals, simulated on this machine:")


def _read(home: Home) -> bool:
    from django.core.management import CommandError

    from example_project.demo import summary
    from example_project.demo.sync import COMMAND, sync
    from example_project.hr.models import Attendance

    plan, report = home.folder / "dry-run.txt", home.folder / "last-run.txt"
    before = Attendance.objects.count()
    report.unlink(missing_ok=True)
    try:
        sync(plan, home.start, dry_run=True)
        written = Attendance.objects.count() - before
        say(f"Dry run: {summary.counted(written, 'row')} written; its plan is in {home.shown(plan)}")
        begun = time.monotonic()
        sync(report, home.start)
    except CommandError as error:
        last = report if report.is_file() else plan
        say(f"{COMMAND}: {error} What it said is in {home.shown(last)}", to=sys.stderr)
        return False
    say(f"For real: {time.monotonic() - begun:.1f} s; its report is in {home.shown(report)}")
    say("")
    for line in summary.lines():
        say(line)
    return True


def _serve(home: Home, server: "ThreadedWSGIServer", running: Sequence[terminals.Running]) -> None:
    from example_project.demo import web
    from example_project.demo.life import Life

    host, port = server.server_address[:2]
    say("")
    say(f"Open http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}/")
    say(f"Log in as {LOGINS[0]} (everything), {LOGINS[1]} (HR) or {LOGINS[2]} (own month); password {home.password}")
    manage = f"ENV_FILE={home.shown(home.env_file)} {sys.executable} example_project/manage.py"
    say(f"To see the clock do it, in another shell: {manage} install_schedules && {manage} qcluster")
    say("People go on punching at their times while this runs. Ctrl-C ends everything.")
    life = Life(running, home.start, home.folder / "last-run.txt")
    life.start()
    try:
        web.serve(server)
    finally:
        life.end()


if __name__ == "__main__":
    sys.exit(main())

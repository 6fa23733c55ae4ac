"""``check_clockwork``: is the clock going? For cron, systemd or a monitor, which can act on the exit code."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.management.output.text import write_json, write_lines
from attendance_devices.services.scheduling.schedules import blocking_rows, repair
from attendance_devices.services.workers.cluster_health import stalled_clusters
from attendance_devices.services.workers.heartbeat import pulse


class Command(BaseCommand):
    """Exit code 0: it goes, or nothing was ever installed; 1: it, or a cluster of this machine, stands still, or a
    schedule stops all others."""

    help = (
        "Say whether the clock goes. Exit code 1 if it, or a cluster of this machine, stands still: "
        "check_clockwork || systemctl restart crm-qcluster"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--mend", action="store_true", help="bring back schedules that a clock set back left far off"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        mended = repair() if options["mend"] else []
        found, blocked = pulse(), blocking_rows()
        idle = stalled_clusters(found.work) if found.is_alive else []
        is_well = found.is_alive and not blocked and not idle
        if options["format"] == "json":
            facts = {"alive": found.is_alive, "last": found.last, "tick": found.tick, "words": found.words}
            write_json(self.stdout, facts | {"blocked": blocked, "stalled": idle, "mended": mended})
        elif is_well:
            write_lines(self.stdout, [found.words, *(f"{name} was in the far future and runs now." for name in mended)])
        if not is_well:
            raise CommandError(" ".join([*blocked, *idle, found.words]), returncode=1)

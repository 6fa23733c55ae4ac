"""``python -m tests.browser.serving``: the example CRM's web server on a free port, which it says in its first line."""

import json
import os
import sys

import django


def main() -> None:
    """Give the terminals the addresses where they answer today (CRM_TERMINALS), then serve until killed."""
    django.setup()
    from attendance_devices.models import Device
    from example_project.demo import web

    for name, (host, port) in json.loads(os.environ["CRM_TERMINALS"]).items():
        Device.objects.filter(name=name).update(address=host, port=port)
    server = web.bind()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    web.serve(server)


if __name__ == "__main__":
    main()

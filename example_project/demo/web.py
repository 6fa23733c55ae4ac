"""The CRM's web server, in this process: it ends when the demo ends."""

import os
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from example_project.demo.home import DemoError

DEFAULT_PORT = "8000"


class QuietHandler(WSGIRequestHandler):
    """Answers without writing a line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        """Nothing."""


def bind() -> ThreadedWSGIServer:
    """Take the port before anything else is done. Raises `DemoError` when it cannot be had."""
    host, port = os.environ.get("BIND", "127.0.0.1"), os.environ.get("PORT") or DEFAULT_PORT
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        message = f"PORT is {port!r}, and no port. Choose a number, for example: make demo PORT=8001"
        raise DemoError(message)
    try:
        return ThreadedWSGIServer((host, int(port)), QuietHandler)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"Port {port} on {host} cannot be had ({reason}). Choose another: make demo PORT=8001"
        raise DemoError(message) from error


def serve(server: ThreadedWSGIServer) -> None:
    """Answer until interrupted; style sheets and icons too, which a production server would do itself."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    from example_project.wsgi import application

    server.set_app(StaticFilesHandler(application))
    server.serve_forever(poll_interval=0.2)

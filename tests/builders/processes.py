"""Child processes that are sent signals."""

import signal


def default_signals() -> None:
    """Restore the signals that end a process; a `preexec_fn`.

    A shell that starts a suite in the background ignores Ctrl-C, ``nohup`` ignores SIGHUP, and children inherit it.
    """
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)

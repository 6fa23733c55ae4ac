"""What happened, for whoever wants to know: plain Django signals, sent once the rows are really there.

Connect as to any signal of Django's::

    @receiver(punches_collected)
    def thank(sender, device, new, result, **kwargs): ...

All of them are sent after the commit of the transaction that made them true, in the process that made it; a change that
is rolled back is never told. A receiver that raises is logged by Django (``django.dispatch``) and breaks nothing. A
process that is killed between the commit and the signal tells nothing: whoever must not miss anything reads the rows.

``punches_collected`` (sender `Device`)
    A terminal was read, and something new was stored. ``device``: the `Device`, as it was when the read began.
    ``new``: how many punches. ``result``: the `CollectResult`; a read that failed later has its error.
``day_derived`` (sender `ProcessedAttendance`)
    What we say of a day changed. ``user``: primary key of the employee. ``date``: the day. ``days``: its rows as they
    stand now, one a shift, not yet told to the CRM; empty if the day means nothing any more.
``device_down`` (sender `Device`)
    A terminal does not answer, or nobody could read it for too long. ``device``: the `Device`. ``incident``: the
    `Incident` that was opened.
``device_up`` (sender `Device`)
    It answers again, or is not watched any more. ``device``; ``incident``: the `Incident` that was closed.
``device_nearly_full`` (sender `Device`)
    Its log has little room left. ``device``; ``incident``: the `Incident` that was opened.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

punches_collected = Signal()
day_derived = Signal()
device_down = Signal()
device_up = Signal()
device_nearly_full = Signal()


def announce(signal: Signal, sender: type, **facts: Any) -> None:
    """Send it after the commit; at once where no transaction is open. Nothing happens if nobody listens."""
    if signal.has_listeners(sender):
        transaction.on_commit(partial(signal.send_robust, sender, **facts), robust=True)

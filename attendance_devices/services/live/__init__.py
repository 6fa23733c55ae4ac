"""Live capture: one process listens to many terminals, one thread for each.

::

    terminal --event--> DeviceListener --> the log's tail --> stored --> DayProcessor: derived, posted
                          ^ Supervisor: one listener for each active device, until it is stopped

An event is only a hint: what is stored always comes from the log. Each terminal has a thread, because a driver's
session blocks, and one that hangs then blocks no other; threads are idle nearly all the time, and hold no database
connection while they wait (`ConnectionLimiter`).
"""

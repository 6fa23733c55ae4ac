"""Live capture: many terminals listened to by one process, a thread each.

::

    terminal --event--> Line: a hint --> the log's tail --> stored --> Mill: derived, posted
                          ^ Switchboard: a line for each device of the table, until told to stop

An event is only a hint: what is stored always comes from the log. A thread a terminal, because a driver's session
blocks, and one that hangs then blocks nobody else; they wait nearly all the time, and hold no connection to the
database while they do (`Desk`).
"""

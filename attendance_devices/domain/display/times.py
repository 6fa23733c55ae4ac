"""Lengths of time and instants as text."""

from datetime import date, datetime, timedelta, tzinfo

ONE_DAY = timedelta(days=1)


def length(value: timedelta) -> str:
    """``9 h 37 min 53 s``, ``1 min``, ``0 s``; whole seconds."""
    total = int(abs(value).total_seconds())
    parts = ((total // 3600, "h"), (total // 60 % 60, "min"), (total % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def clock(moment: datetime, day: date, zone: tzinfo) -> str:
    """The instant as a clock in `zone` shows it, with the date if it is another one."""
    shown = moment.astimezone(zone)
    return f"{shown:%H:%M:%S}" if shown.date() == day else f"{shown:%Y-%m-%d %H:%M:%S}"


def moment(value: datetime, zone: tzinfo) -> str:
    """Date and time as a clock in `zone` shows them."""
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def distance(value: timedelta) -> str:
    """``3 days 2 h``, ``5 min``."""
    days, rest = divmod(abs(value), ONE_DAY)
    if not days:
        return length(rest)
    words = f"{days:,} day" if days == 1 else f"{days:,} days"
    return words if rest < timedelta(seconds=1) else f"{words} {length(rest)}"

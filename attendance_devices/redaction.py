"""A filter for the host's ``LOGGING`` that takes secrets out of records, whoever wrote them there.

A filter of a logger does not see the records of the loggers below it, so it belongs to the handlers::

    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"redacted": {"()": "attendance_devices.redaction.Redacted"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["redacted"]}},
        "loggers": {"attendance_devices": {"handlers": ["console"], "level": "INFO"}},
    }
"""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

HIDDEN = "[hidden]"
SHORTEST = 4
"""A shorter value is hidden only where its name stands before it: elsewhere it would spoil figures."""
NAMES = r"comm[_ -]?key|passw(?:or)?d|passphrase|secret|token|api[_-]?key|credential|authorization"
IS_SECRET = re.compile(NAMES, re.IGNORECASE)
PAIR = re.compile(
    rf"""((?:{NAMES})\w*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|(?:Bearer |Basic )?[^\s,;)}}\]]+)""", re.IGNORECASE
)
BEARER = re.compile(r"\b((?:Bearer|Basic)\s+)[\w\-.~+/=]{4,}")
IN_ADDRESS = re.compile(r"(\w://[^\s/:@]*:)[^\s/@]+(?=@)")
PATTERNS = (
    (PAIR, ("comm", "passw", "passphrase", "secret", "token", "api", "credential", "authorization")),
    (BEARER, ("bearer ", "basic ")),
    (IN_ADDRESS, ("://",)),
)
"""Each with what has to be in a text for it to match: that is asked faster."""
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; the rest was given as ``extra``."""
_known: set[str] = set()


def know(*secrets: str) -> None:
    """From now on these values are hidden in this process, whatever stands before them."""
    _known.update(secret for secret in secrets if len(secret) >= SHORTEST)


def redacted(text: str) -> str:
    """The text without secrets: named ones, those that are known, and those of the settings."""
    for pattern, signs in PATTERNS:
        if any(sign in text.lower() for sign in signs):
            text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    for secret in {*_known, *_of_settings()}:
        if secret in text:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    return text


class Redacted(logging.Filter):
    """Lets every record pass, without its secrets: in message, arguments, ``extra`` fields and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record where there is something to hide, and nowhere else."""
        if isinstance(record.args, Mapping):
            record.args = _clean(record.args)
        for name, value in list(vars(record).items()):
            if name not in USUAL:
                setattr(record, name, HIDDEN if IS_SECRET.search(name) else _clean(value))
        _clean_message(record)
        _clean_traceback(record)
        return True


def _clean_message(record: logging.LogRecord) -> None:
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        # Arguments that do not fit: logging itself complains of them, and prints them.
        message, record.args = str(record.msg), ()
    clean = redacted(message)
    if clean != message:
        record.msg, record.args = clean, ()


def _clean_traceback(record: logging.LogRecord) -> None:
    told = record.exc_text or (logging.Formatter().formatException(record.exc_info) if record.exc_info else "")
    clean = redacted(told)
    if clean != told:
        # The exception itself would tell it to a handler that formats it anew.
        record.exc_text, record.exc_info = clean, None
    if record.stack_info:
        record.stack_info = redacted(record.stack_info)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {key: HIDDEN if IS_SECRET.search(str(key)) else _clean(one) for key, one in value.items()}
    return value


def _of_settings() -> Iterator[str]:
    """Secrets that the host keeps in its settings."""
    ours = getattr(settings, "ATTENDANCE_DEVICES", {})
    salts = getattr(settings, "SALT_KEY", ())
    values: list[Any] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS, settings.EMAIL_HOST_PASSWORD]
    values += [salts] if isinstance(salts, str) else list(salts or ())
    values += [one.get("PASSWORD") for one in settings.DATABASES.values()]
    values += [ours.get(key) for key in ("HEALTH_TOKEN", "NEW_USER_PASSWORD")] if isinstance(ours, Mapping) else []
    yield from (value for value in values if isinstance(value, str) and len(value) >= SHORTEST)

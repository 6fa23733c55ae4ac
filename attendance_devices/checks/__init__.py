"""System checks: a mistake in the settings is told at start, with its cure."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.module_loading import import_string

from attendance_devices import conf
from attendance_devices.checks.clocks import clock_faults
from attendance_devices.checks.messages import messages
from attendance_devices.checks.pages import page_faults
from attendance_devices.checks.queue import check_queue
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.checks.accounts import judge_accounts
from attendance_devices.hosts.checks.faults import Fault, line_to_paste
from attendance_devices.hosts.checks.hours import judge_hours
from attendance_devices.hosts.checks.rows import judge_rows
from attendance_devices.hosts.checks.staff import judge_staff
from attendance_devices.hosts.declared import DeclaredHost

__all__ = ["check_clocks", "check_knowing", "check_pages", "check_queue", "check_salt", "check_settings"]
SHORTEST_SALT = 12
SHORTEST_TOKEN = 20
MAIL = "attendance_devices/mail/incidents.txt"
NEW_SALT = (
    'Paste into the settings: SALT_KEY = os.environ["SALT_KEY"], and set that variable to the answer of: '
    'python -c "import secrets; print(secrets.token_urlsafe(32))"'
)


@register()
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Judge the ``ATTENDANCE_DEVICES`` setting."""
    del app_configs, kwargs
    faults = list(setting_faults())
    if not faults:
        faults = list(host_faults())
    return messages(faults)


@register()
def check_salt(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Judge the key that passwords of terminals are encrypted with."""
    del app_configs, kwargs
    return messages(salt_faults())


@register()
def check_knowing(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Judge who is told of what, and what a monitor has to show."""
    del app_configs, kwargs
    return messages([] if conf.problems() else knowing_faults(conf.load()))


@register()
def check_pages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Judge whether our pages can be shown."""
    del app_configs, kwargs
    return messages([] if conf.problems() else page_faults(conf.load()))


@register(Tags.database)
def check_clocks(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Judge clocks of terminals against columns that hold no zone. Runs with ``migrate`` and ``check --database``."""
    del app_configs, kwargs
    return messages([] if not databases or conf.problems() else clock_faults(conf.load()))


def setting_faults() -> Iterator[Fault]:
    """Keys and values of the setting by themselves."""
    raw = getattr(settings, conf.SETTING, {})
    for sentence in conf.problems():
        unknown = next((key for key in raw if sentence.startswith(f"{conf.SETTING}[{key!r}] is not")), None)
        if unknown is None:
            hint = "Correct it as the sentence says; the README lists every key with an example."
            yield Fault(code="E002", message=sentence, hint=hint)
        else:
            close = get_close_matches(str(unknown).upper(), conf.KEYS, n=1)
            shown = "'...'" if close and close[0] in conf.SECRETS else repr(raw[unknown])
            meant = line_to_paste(close[0], shown) if close else f"one of {', '.join(sorted(conf.KEYS))}"
            yield Fault(code="E001", message=sentence, hint=f"Write {meant}, or take the key out.")


def host_faults() -> list[Fault]:
    """The host that is named, and what it is told about the CRM."""
    given = conf.load()
    usual = f"Leave HOST out, or {line_to_paste('HOST', repr(conf.Settings().host))}"
    try:
        host = import_string(given.host)
    except ImportError as error:
        message = f"ATTENDANCE_DEVICES['HOST'] is {given.host!r}, which cannot be imported: {error}."
        return [Fault(code="E003", message=message, hint=usual)]
    if not isinstance(host, type) or not issubclass(host, Host):
        message = f"ATTENDANCE_DEVICES['HOST'] is {given.host!r}, which is not a subclass of {Host.__module__}.Host."
        return [Fault(code="E004", message=message, hint=usual)]
    if not issubclass(host, DeclaredHost):
        return []
    return [*judge_rows(given), *judge_accounts(given), *judge_staff(given), *judge_hours(given)]


def salt_faults() -> Iterator[Fault]:
    """``SALT_KEY`` of django-fernet-encrypted-fields, one text or a list of them."""
    given = getattr(settings, "SALT_KEY", "")
    salts = given if isinstance(given, list) else [given]
    if not salts or not all(isinstance(salt, str) and salt for salt in salts):
        message = "SALT_KEY is not set: passwords of terminals are encrypted with it and SECRET_KEY."
        yield Fault(code="E018", message=message, hint=NEW_SALT)
    elif any(len(salt) < SHORTEST_SALT or salt == settings.SECRET_KEY for salt in salts):
        message = f"SALT_KEY is weak: shorter than {SHORTEST_SALT} characters, or the same as SECRET_KEY."
        hint = f"{NEW_SALT}. Keep the old one behind it in a list, so that stored secrets stay readable."
        yield Fault(code="W002", message=message, hint=hint)


def knowing_faults(given: conf.Settings) -> Iterator[Fault]:
    """Mails without anybody to read them, and a token that can be guessed."""
    if given.outlier_email_notifications and not given.outlier_email_recipients:
        message = "ATTENDANCE_DEVICES['OUTLIER_EMAIL_NOTIFICATIONS'] is on, and nobody is to be mailed."
        hint = f"Write {line_to_paste('OUTLIER_EMAIL_RECIPIENTS', repr(['hr@example.com']))}, or take the key out."
        yield Fault(code="E030", message=message, hint=hint)
    if given.health_token and len(given.health_token) < SHORTEST_TOKEN:
        message = f"ATTENDANCE_DEVICES['HEALTH_TOKEN'] is shorter than {SHORTEST_TOKEN} characters: it can be guessed."
        hint = 'Take the answer of: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        yield Fault(code="W020", message=message, hint=hint)
    if given.outlier_email_notifications or given.device_email_recipients:
        yield from _template_faults()


def _template_faults() -> Iterator[Fault]:
    try:
        get_template(MAIL)
    except (TemplateDoesNotExist, ImproperlyConfigured):
        message = f"No template engine finds {MAIL}: no mail can be written."
        hint = "In TEMPLATES, add an engine of django.template.backends.django.DjangoTemplates with 'APP_DIRS': True."
        yield Fault(code="W021", message=message, hint=hint)

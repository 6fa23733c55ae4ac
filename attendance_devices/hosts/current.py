"""The host that the setting names."""

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from attendance_devices import conf
from attendance_devices.hosts.base import Host


def current_host() -> Host:
    """A fresh instance of HOST, so that it always goes by the settings of now."""
    path = conf.load().host
    try:
        found = import_string(path)
    except ImportError as error:
        message = f"ATTENDANCE_DEVICES['HOST'] cannot be imported: {error}."
        raise ImproperlyConfigured(message) from error
    if not isinstance(found, type) or not issubclass(found, Host):
        message = (
            f"ATTENDANCE_DEVICES['HOST'] is {path}, which is not a subclass of attendance_devices.hosts.base.Host."
        )
        raise ImproperlyConfigured(message)
    return found()

"""Where a file waits between its preview and the confirmation: in the page itself, sealed.

Neither a folder nor a cache: with several web nodes the second request may reach another one, and nothing is left
behind by whoever never confirms. Sealed, because a table of devices may hold their secrets, and because what is
imported has to be what was shown.
"""

import zlib
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _
from import_export.tmp_storages import BaseStorage

from attendance_devices.exceptions import TableChanged, TableTooLarge
from attendance_devices.models import Device

MOST_KEPT = 2_000_000
"""Characters in the page. Less where DATA_UPLOAD_MAX_MEMORY_SIZE says so."""
BESIDES = 100_000
"""What else a form may send."""
HOURS = 12


class KeptInPage(BaseStorage):  # type: ignore[misc]
    """A storage whose name is its content."""

    def save(self, data: bytes) -> None:
        """Raises `TableTooLarge`."""
        packed = zlib.compress(data, level=6)
        if len(packed) * 4 / 3 > _room():
            said = _("it is too large to be looked at first")
            raise TableTooLarge(_("The file"), said, next_step=_("Split it."))
        self.name = _cipher().encrypt(packed).decode()

    def read(self) -> bytes:
        """Raises `TableChanged` if it is not what `save` made, or too old."""
        try:
            packed: Any = _cipher().decrypt(self.name.encode(), ttl=HOURS * 3600)
        except InvalidToken as error:
            said = _("it is not what was looked at before, or it waited too long")
            raise TableChanged(_("The file"), said, next_step=_("Choose it again.")) from error
        return zlib.decompress(packed)

    def remove(self) -> None:
        """Nothing is left anywhere."""


def _cipher() -> Any:
    """That of the devices' own secrets: its keys are costly to make, and made already."""
    return Device._meta.get_field("comm_key").f  # type: ignore[union-attr]


def _room() -> int:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return MOST_KEPT if most is None else min(MOST_KEPT, most - BESIDES)

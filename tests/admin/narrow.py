"""A host whose viewers see nobody."""

from collections.abc import Collection
from typing import Any

from attendance_devices.hosts.declared import DeclaredHost


class SeesNobody(DeclaredHost):
    """Nobody sees anybody."""

    def visible_employees(self, viewer: Any) -> Collection[str] | None:
        return ()

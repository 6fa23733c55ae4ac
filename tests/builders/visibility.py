"""Viewers who see only some people."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth import get_user_model

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import CorrectionRequest, DeviceUser, QuarantinedRecord
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched
from tests.builders.inbox import day_of, moment


class Sees(DeclaredHost):
    """Everybody may see the same few."""

    keys: ClassVar[set[str]] = set()

    def visible_employees(self, viewer: Any) -> set[str]:
        del viewer
        return self.keys


def something_of_everything(key: str) -> Any:
    """Each kind of item about one employee."""
    user, gate = employee(key, username=f"user-{key}"), device(f"Gate {key}")
    mapped(gate, key, user)
    punched(gate, (key, datetime(2099, 1, 1, 9)))
    punched(gate, (f"9{key}", at("09:00")))
    DeviceUser.objects.update(on_device=True)
    QuarantinedRecord.objects.create(device=gate, raw=b"x", digest=key, reason="no date", received_at=moment(1))
    facts: dict[str, Any] = {"posting_note": "edited by a person: x is 'a', we wrote 'b'"}
    day_of(user, MONDAY, is_outlier=True, outlier_reasons=["too long"], posting_state=PostAction.KEPT, **facts)
    day_of(user, MONDAY.replace(day=9), status="missing_check_out", check_out=None, posting_state=PostAction.FAILED)
    CorrectionRequest.objects.create(
        user=user,
        date=MONDAY,
        kind="add",
        shown=at("09:00"),
        zone="UTC",
        why="the gate was shut",
        made_at=moment(0),
        asks_for=key,
    )
    return user


class OnlyAsha(DeclaredHost):
    """A CRM in which viewers see one person."""

    def visible_employees(self, viewer: Any) -> Any:
        asha = get_user_model().objects.filter(first_name="Asha").first()
        return {str(asha.pk)} if asha else set()

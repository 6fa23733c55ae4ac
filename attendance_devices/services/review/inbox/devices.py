"""People whom a terminal lists and nobody knows, and records that nobody could read."""

from typing import Any

from django.db.models import Count, Min

from attendance_devices.domain.review.items import Item, ItemKind, cause_of, key_of
from attendance_devices.domain.review.text import PersonFacts, RecordFacts, person_item, record_item
from attendance_devices.models import DeviceUser, ESSLAttendanceLog, QuarantinedRecord
from attendance_devices.services.review.inbox.sources import InboxQuery


def unmapped_people(asked: InboxQuery) -> tuple[int, list[Item]]:
    """Device users that stand for nobody and are not ignored, with the punches of each that wait."""
    if not asked.scope.sees_strangers:
        return 0, []
    unmapped = DeviceUser.objects.filter(system_user__isnull=True, ignored=False, **asked.row)
    users = list(unmapped.order_by("-pk")[: asked.limit])
    waiting = _waiting(users)
    items = []
    for user in users:
        place = asked.at(user.device_id)
        punches, since = waiting.get((user.device_id, user.device_user_id), (0, None))
        items.append(
            person_item(
                PersonFacts(
                    key=user.pk,
                    device=place.name,
                    device_user_id=user.device_user_id,
                    name=user.device_user_name,
                    zone=place.zone,
                    punches=punches,
                    since=since,
                )
            )
        )
    return unmapped.count(), items


def _waiting(users: list[DeviceUser]) -> dict[tuple[Any, str], tuple[int, Any]]:
    """(device, id there) -> how many punches wait, and when the first of them reached us."""
    devices, ids = {user.device_id for user in users}, {user.device_user_id for user in users}
    # order_by(): the usual order of a table would be grouped by as well.
    unclaimed = ESSLAttendanceLog.objects.filter(user__isnull=True, device__in=devices, biometric_id__in=ids).order_by()
    rows = unclaimed.values_list("device", "biometric_id").annotate(Count("pk"), Min("received_at"))
    return {(device, who): (count, since) for device, who, count, since in rows}


def quarantine(asked: InboxQuery) -> tuple[int, list[Item]]:
    """Records that could not be read, but for those that a person has seen."""
    rows = asked.among(QuarantinedRecord.objects.filter(**asked.row), "")
    count, keys = 0, []
    columns = rows.order_by("-received_at", "-pk").values_list("pk", "digest", "reason")
    for key, *parts in columns.iterator(chunk_size=5_000):
        if asked.is_open(key_of(ItemKind.QUARANTINE, key), parts):
            count += 1
            keys += [key] if asked.limit is None or count <= asked.limit else []
    found = QuarantinedRecord.objects.in_bulk(keys)
    return count, [_record_item(found[key], asked) for key in keys if key in found]


def _record_item(row: QuarantinedRecord, asked: InboxQuery) -> Item:
    place = asked.at(row.device_id)
    return record_item(
        RecordFacts(
            key=row.pk,
            device=place.name,
            raw=bytes(row.raw),
            reason=row.reason,
            received_at=row.received_at,
            zone=place.zone,
            cause=cause_of(row.digest, row.reason),
        )
    )

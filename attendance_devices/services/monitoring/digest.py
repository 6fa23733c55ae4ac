"""Mails about what waits for a person: outliers as they are derived, and a digest of the whole inbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext_noop as _

from attendance_devices import conf
from attendance_devices.domain.review.items import Inbox, Item, ItemKind, cause_of
from attendance_devices.models import Notice
from attendance_devices.services.devices.local_time import default_zone
from attendance_devices.services.monitoring.mail import claim_notices, local_moment, send_mail_to
from attendance_devices.services.review.inbox.items import inbox

LATELY = timedelta(days=7)
"""Outliers of older days are no news: they stand in the digest."""
TWO_DAYS = timedelta(days=2)
OF_DAYS = frozenset({ItemKind.MISSING_CHECK, ItemKind.OUTLIER, ItemKind.CONFLICT, ItemKind.FAILED})
MOST_KEYS = 500
"""Outliers of one mail; the next look tells the others."""
MOST_LISTED = 25
"""Items of one kind that a mail describes; of the others it tells how many there are."""
DIGEST = "digest"
TITLES = {
    ItemKind.REQUEST: _("Corrections that employees ask for"),
    ItemKind.CLOCK: _("Suspicious clocks"),
    ItemKind.UNKNOWN_PERSON: _("Unknown people"),
    ItemKind.QUARANTINE: _("Unreadable records"),
    ItemKind.MISSING_CHECK: _("Missing checks"),
    ItemKind.OUTLIER: _("Outliers"),
    ItemKind.CONFLICT: _("Rows edited in the CRM"),
    ItemKind.FAILED: _("Rows that the CRM refused"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSection:
    """One kind of items, as a mail tells it."""

    title: str
    """To be translated."""
    count: int
    items: Sequence[Item]

    @property
    def more(self) -> int:
        """How many are not described."""
        return self.count - len(self.items)


def send_outlier_alerts() -> int:
    """Mail the outliers of the last days of which nobody was told yet; all that are new in one mail.

    A day is told once for one cause, and again when its reasons change. Returns how many were told; raises whatever
    the mail server does, and then the next call tells them.
    """
    to = _recipients()
    if not to:
        return 0
    since = datetime.now(default_zone()).date() - LATELY
    items = {item.key: item for item in inbox(kinds={ItemKind.OUTLIER}, limit=MOST_KEYS, since=since).items}
    told = dict(Notice.objects.filter(key__in=items).values_list("key", "cause"))
    news = [key for key, item in items.items() if told.get(key) != item.cause]
    if not news:
        return 0
    Notice.objects.bulk_create([Notice(key=key) for key in news if key not in told], ignore_conflicts=True)
    with claim_notices(Notice.objects.filter(key__in=news)) as mine:
        # Somebody else may have told some of them meanwhile.
        rows = [row for row in mine if row.cause != items[row.key].cause]
        fresh = {row.key for row in rows}
        tell = [items[key] for key in news if key in fresh]
        if tell:
            only = tell[0] if len(tell) == 1 else None
            send_mail_to("outliers", to, section=_section(ItemKind.OUTLIER, tell, len(tell)), only=only)
        _remember(rows, {row.key: items[row.key].cause for row in rows})
    return len(tell)


def send_digest(since: datetime | None = None) -> int:
    """Mail what waits for a person. Returns how many items that are; 0 if no mail was sent.

    Nothing is sent when nothing waits, or when the last digest said just the same.

    Raises whatever the mail server does.

    :param since: aware; what happened before is counted and not described. None describes the newest of all.
    """
    to = _recipients()
    found = inbox(limit=MOST_LISTED) if to else Inbox()
    if not found.total:
        return 0
    cause = cause_of(*found.counts.items(), *((item.key, item.cause) for item in found.items))
    Notice.objects.bulk_create([Notice(key=DIGEST)], ignore_conflicts=True)
    with claim_notices(Notice.objects.filter(key=DIGEST)) as mine:
        rows = [row for row in mine if row.cause != cause]
        if rows:
            now = local_moment(datetime.now(UTC), default_zone())
            send_mail_to("digest", to, sections=_sections(found, since), total=found.total, now=now)
            _remember(rows, {DIGEST: cause})
    return found.total if rows else 0


def send_daily() -> int:
    """The digest of each morning: of what waits, it describes what is new since yesterday. As `send_digest`."""
    return send_digest(datetime.now(UTC) - timedelta(days=1))


def _recipients() -> Sequence[str]:
    settings = conf.load()
    return settings.outlier_email_recipients if settings.outlier_email_notifications else ()


def _sections(found: Inbox, since: datetime | None) -> list[DigestSection]:
    items = [item for item in found.items if since is None or _is_news(item, since)]
    kinds = {kind: [item for item in items if item.kind is kind] for kind in found.counts}
    return [_section(kind, kinds[kind], count) for kind, count in found.counts.items() if count]


def _is_news(item: Item, since: datetime) -> bool:
    """A day becomes an item up to two days after it happened: nobody who may still be at work is one."""
    if item.kind in OF_DAYS and item.date is not None:
        return item.date >= since.astimezone(default_zone()).date() - TWO_DAYS
    return item.since is None or item.since >= since


def _section(kind: ItemKind, items: Sequence[Item], count: int) -> DigestSection:
    return DigestSection(title=TITLES[kind], count=count, items=items[:MOST_LISTED])


def _remember(rows: Sequence[Notice], causes: dict[str, str]) -> None:
    now = datetime.now(UTC)
    for row in rows:
        row.cause, row.told_at = causes[row.key], now
    Notice.objects.bulk_update(rows, ["cause", "told_at"])

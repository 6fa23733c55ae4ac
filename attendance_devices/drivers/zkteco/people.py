"""User records of a terminal. The password in them is dropped here and goes no further."""

import struct
from collections.abc import Iterator
from contextlib import suppress

from attendance_devices.domain.devices.device import Enrolment, Privilege
from attendance_devices.drivers.zkteco.attendance import id_text

PRIVILEGES = {0: Privilege.USER, 1: Privilege.ENROLLER, 3: Privilege.ADMIN, 7: Privilege.SUPER_ADMIN}
"""Bits 3..1 of the privilege byte; bit 0 says "disabled"."""
LARGE, SMALL = 72, 28
SIZES = (LARGE, SMALL)
MOST_PEOPLE = 0xFFFF
"""Slots are numbered with 16 bits."""


def user_sizes(body: int, lowest: int, highest: int) -> list[int]:
    """Possible bytes of one user record, by exact division into a number between the two counts."""
    most = min(highest, MOST_PEOPLE)
    return [size for size in SIZES if body % size == 0 and lowest <= body // size <= most]


def user_size(raw: bytes, sizes: list[int]) -> int | None:
    """The one of `sizes` that the records have; None if that is not plain.

    Where two fit (504 bytes are 7 people or 18), the right one shows: no slot is 0, and no slot is there twice.
    """
    found = sizes if len(sizes) == 1 else [size for size in sizes if _slots_are_good(raw, size)]
    return found[0] if len(found) == 1 else None


def can_decode(encoding: str) -> bool:
    """Does Python know `encoding`, as one of text, and can it replace what it cannot read?"""
    try:
        b"\xff\xfe".decode(encoding, errors="replace")
    except (LookupError, ValueError):
        return False
    return True


def enrolments(raw: bytes, size: int, encoding: str) -> Iterator[Enrolment]:
    """The people of whole user records; names in the terminal's `encoding`; records without an id left out."""
    rows = _large(raw) if size == LARGE else _small(raw)
    for uid, privilege, name, card, user_id in rows:
        yield Enrolment(
            device_user_id=user_id,
            name=text(name, encoding),
            uid=uid,
            privilege=PRIVILEGES.get(privilege >> 1 & 7, Privilege.USER),
            card=str(card) if card else "",
            enabled=not privilege & 1,
        )


def text(raw: bytes, encoding: str) -> str:
    """A name up to its first NUL. Terminals cut names at a byte: a broken last character is left out."""
    raw = raw.split(b"\0", 1)[0]
    for end in range(len(raw), max(len(raw) - 4, 0), -1):
        try:
            return _printable(raw[:end].decode(encoding))
        except UnicodeDecodeError:
            continue
    return _printable(raw.decode(encoding, errors="replace"))


def _slots_are_good(raw: bytes, size: int) -> bool:
    slots = [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), size)]
    return all(slots) and len(set(slots)) == len(slots)


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable()).strip()


def _large(raw: bytes) -> Iterator[tuple[int, int, bytes, int, str]]:
    for uid, privilege, name, card, user_id in struct.iter_unpack("<HB8x24sI9x24s", raw):
        with suppress(ValueError):
            yield uid, privilege, name, card, id_text(user_id)


def _small(raw: bytes) -> Iterator[tuple[int, int, bytes, int, str]]:
    for uid, privilege, name, card, user_id in struct.iter_unpack("<HB5x8sI4xI", raw):
        yield uid, privilege, name, card, str(user_id)

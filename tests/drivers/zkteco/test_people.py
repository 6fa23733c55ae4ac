"""Whom a terminal lists: names in its own encoding, and no password past this point."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.devices.device import Enrolment, Privilege
from attendance_devices.drivers.zkteco import people
from attendance_devices.simulators.zk_profile import SimulatedUser
from attendance_devices.simulators.zk_records import encode_user


def listed(*users: SimulatedUser, size: int = 72, encoding: str = "utf-8") -> list[Enrolment]:
    raw = b"".join(encode_user(user, size, encoding) for user in users)
    return list(people.enrolments(raw, size, encoding))


@pytest.mark.parametrize("size", [72, 28])
def test_a_person_is_read_from_either_size(size: int) -> None:
    user = SimulatedUser(user_id="1042", uid=7, name="Priya", privilege=14, card=123456, password="98765")

    assert listed(user, size=size) == [
        Enrolment(device_user_id="1042", name="Priya", uid=7, privilege=Privilege.SUPER_ADMIN, card="123456")
    ]


@pytest.mark.parametrize("size", [72, 28])
def test_the_password_is_in_no_value_and_no_text_of_one(size: int) -> None:
    assert "98765" not in repr(listed(SimulatedUser(user_id="1", uid=1, name="A", password="98765"), size=size))


PRIVILEGES = [
    (0, Privilege.USER, True),
    (1, Privilege.USER, False),
    (2, Privilege.ENROLLER, True),
    (6, Privilege.ADMIN, True),
    (7, Privilege.ADMIN, False),
    (14, Privilege.SUPER_ADMIN, True),
    (10, Privilege.USER, True),
]


@pytest.mark.parametrize(("byte", "privilege", "enabled"), PRIVILEGES, ids=[f"byte {p[0]}" for p in PRIVILEGES])
def test_the_privilege_byte_holds_the_level_and_whether_one_is_disabled(
    byte: int, privilege: Privilege, enabled: bool
) -> None:
    (person,) = listed(SimulatedUser(user_id="1", uid=1, privilege=byte))

    assert (person.privilege, person.enabled) == (privilege, enabled)


NAMES = [
    ("plain", b"Priya Nair", "utf-8", "Priya Nair"),
    ("Chinese of a GBK terminal", "王小明".encode("gbk"), "gbk", "王小明"),
    ("Arabic of a cp1256 terminal", "محمد".encode("cp1256"), "cp1256", "محمد"),
    ("cut in the middle of a character", "प्रिया नायर".encode()[:24], "utf-8", "प्रिया न"),
    ("cut in the middle of a GBK character", "王小明".encode("gbk")[:5], "gbk", "王小"),
    ("cut in the middle of a character of four bytes", "A\U0001f600".encode()[:4], "utf-8", "A"),
    ("control characters", b"Pri\x07ya\r\n", "utf-8", "Priya"),
    ("what stands behind a NUL", b"Priya\x00Nair", "utf-8", "Priya"),
    ("blanks around it", b"  Priya ", "utf-8", "Priya"),
    ("empty", b"", "utf-8", ""),
    ("a wrong encoding shows", "é".encode("latin-1") * 6, "utf-8", "�" * 6),
]


@pytest.mark.parametrize(("raw", "encoding", "expected"), [c[1:] for c in NAMES], ids=[c[0] for c in NAMES])
def test_a_name_is_read_in_the_encoding_of_its_terminal(raw: bytes, encoding: str, expected: str) -> None:
    assert people.text(raw, encoding) == expected


def test_two_terminals_of_different_encodings_are_read_side_by_side() -> None:
    user = SimulatedUser(user_id="1", uid=1, name="王小明")

    assert [listed(user, encoding=name)[0].name for name in ("gbk", "utf-8", "gbk")] == ["王小明"] * 3


@given(st.binary(max_size=24), st.sampled_from(["utf-8", "gbk", "cp1256", "big5", "utf-16", "gb18030"]))
def test_no_name_is_an_error(raw: bytes, encoding: str) -> None:
    assert all(character.isprintable() for character in people.text(raw, encoding))


IDS = [("spaces are kept", " 42 ", " 42 "), ("leading zeros are kept", "0042", "0042")]


@pytest.mark.parametrize(("user_id", "expected"), [c[1:] for c in IDS], ids=[c[0] for c in IDS])
def test_an_id_is_the_same_text_as_in_the_log(user_id: str, expected: str) -> None:
    assert listed(SimulatedUser(user_id=user_id, uid=1))[0].device_user_id == expected


@pytest.mark.parametrize("raw_id", [b"", b"\xff\xfe", b"\x07"], ids=["empty", "no text", "control characters"])
def test_a_record_without_a_readable_id_is_left_out(raw_id: bytes) -> None:
    record = struct.pack("<HB8s24sI9x24s", 1, 0, b"", b"Ghost", 0, raw_id)
    other = encode_user(SimulatedUser(user_id="2", uid=2), 72)

    assert [person.device_user_id for person in people.enrolments(record + other, 72, "utf-8")] == ["2"]


SIZES: list[tuple[str, int, int, int, list[int]]] = [
    ("three of 72", 216, 3, 3, [72]),
    ("three of 28", 84, 3, 3, [28]),
    ("504 bytes and seven people", 504, 7, 7, [72]),
    ("504 bytes and eighteen people", 504, 18, 18, [28]),
    ("504 bytes and no count", 504, 0, 504, [72, 28]),
    ("no whole number", 100, 1, 1, []),
    ("another count", 216, 4, 4, []),
    ("more people than slots", 72 * 70_000, 0, 72 * 70_000, []),
]


@pytest.mark.parametrize(("body", "lowest", "highest", "expected"), [c[1:] for c in SIZES], ids=[c[0] for c in SIZES])
def test_the_size_of_a_person_follows_from_exact_division(
    body: int, lowest: int, highest: int, expected: list[int]
) -> None:
    assert people.user_sizes(body, lowest, highest) == expected


@pytest.mark.parametrize(("size", "count"), [(72, 7), (28, 18), (72, 70), (28, 180)])
def test_where_both_sizes_fit_the_slots_tell(size: int, count: int) -> None:
    users = [SimulatedUser(user_id=str(1000 + i), uid=i + 1, name=f"Person {i}") for i in range(count)]
    raw = b"".join(encode_user(user, size) for user in users)

    assert people.user_size(raw, [72, 28]) == size


@pytest.mark.parametrize("raw", [bytes(504), b"\x01\x02" * 252], ids=["zeros", "the same slot everywhere"])
def test_where_the_slots_do_not_tell_nothing_is_guessed(raw: bytes) -> None:
    assert people.user_size(raw, [72, 28]) is None


ENCODINGS = [("utf-8", True), ("gbk", True), ("cp1256", True), ("klingon", False), ("base64", False), ("idna", False)]


@pytest.mark.parametrize(("encoding", "expected"), ENCODINGS, ids=[name for name, _ in ENCODINGS])
def test_an_encoding_that_cannot_read_names_is_known_beforehand(encoding: str, expected: bool) -> None:
    assert people.can_decode(encoding) is expected

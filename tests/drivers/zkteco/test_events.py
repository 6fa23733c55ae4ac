"""Live events, decoded from literal bytes: captured ones, and every length that is known."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.punches.punch import Hint
from attendance_devices.drivers.zkteco.events import hint

ID_24 = "393939313131333333" + "00" * 15
AT = datetime(2026, 1, 5, 9, 0, 1)
CLOCK = "1a0105090001"
KNOWN: list[tuple[str, str, Hint]] = [
    (
        "32 bytes, captured from a terminal",
        ID_24 + "0100" + "120619112905",
        Hint(who="999111333", at=datetime(2018, 6, 25, 17, 41, 5)),
    ),
    (
        "32 bytes, captured from a terminal with faces",
        "31313430303634" + "00" * 17 + "0f00" + "120b1d0c3703",
        Hint(who="1140064", at=datetime(2018, 11, 29, 12, 55, 3)),
    ),
    (
        "12 bytes, captured from a terminal",
        "f19449000000120c07130906",
        Hint(who="4822257", at=datetime(2018, 12, 7, 19, 9, 6)),
    ),
    ("10 bytes name a slot, which is nobody's id", "0700" + "0100" + CLOCK, Hint(at=AT)),
    ("14 bytes name a slot too", "0700" + "0100" + CLOCK + "00000000", Hint(at=AT)),
    ("36 bytes", ID_24 + "0f01" + CLOCK + "00000000", Hint(who="999111333", at=AT)),
    ("37 bytes", ID_24 + "0f01" + CLOCK + "0000000000", Hint(who="999111333", at=AT)),
    ("52 bytes", ID_24 + "0f01" + CLOCK + "00" * 20, Hint(who="999111333", at=AT)),
    ("30 February is no date, and still a hint", ID_24 + "0100" + "1a021e090001", Hint(who="999111333")),
    ("a clock of zeros", "0700" + "0100" + "000000000000", Hint()),
    ("a clock of 0xff", "0700" + "0100" + "ffffffffffff", Hint()),
    ("an id that is no text", "ff" * 24 + "0100" + CLOCK, Hint(at=AT)),
    ("an id of nothing", "00" * 24 + "0100" + CLOCK, Hint(at=AT)),
    ("an id with letters", "41626300" + "00" * 20 + "0100" + CLOCK, Hint(who="Abc", at=AT)),
    ("a length that nobody knows", "00" * 13, Hint()),
    ("two events of 12 bytes in one frame", "f19449000000120c07130906" * 2, Hint()),
    ("nothing at all", "", Hint()),
]


@pytest.mark.parametrize(("data", "expected"), [c[1:] for c in KNOWN], ids=[c[0] for c in KNOWN])
def test_an_event_says(data: str, expected: Hint) -> None:
    assert hint(bytes.fromhex(data)) == expected


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_hint(data: bytes) -> None:
    assert isinstance(hint(data), Hint)

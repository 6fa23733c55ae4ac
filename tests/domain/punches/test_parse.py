"""What a punch says as text: what is taken, and what is refused with a clause that names it."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.punches.parse import code_of, id_of, shown_time, work_code_of

MORNING = datetime(2024, 1, 8, 9, 5, 7)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", "7"),
        ("        7", "7"),
        ("00012", "00012"),
        ("a-7_B", "a-7_B"),
        ("5 4968", "5 4968"),
        ("=1+1", "=1+1"),
        ("张", "张"),
        ("x" * 64, "x" * 64),
    ],
)
def test_an_id_is_kept_but_for_the_blanks_around_it(text: str, found: str) -> None:
    assert id_of(text) == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty"), ("   ", "empty"), ("x" * 65, "longer than 64"), ("7\x00", "control"), ("7\n", "control")],
)
def test_what_is_no_id_is_named(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        id_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-08 09:05:07",
        "2024/01/08 09:05:07",
        "2024-1-8 9:05:07",
        "2024-01-08T09:05:07",
        "2024-01-08  09:05:07",
        " 2024-01-08 09:05:07 ",
    ],
)
def test_a_time_is_read_in_the_forms_that_are_found(text: str) -> None:
    assert shown_time(text) == MORNING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000-00-00 00:00:00",
        "2024-02-30 09:05:07",
        "2024-01-08 24:00:00",
        "2024-01-08 09:05:60",
        "2024-01-08 09:05",
        "2024-01-08",
        "08-01-2024 09:05:07",
        "2024-01/08 09:05:07",
        "20240108090507",
        "1704704707",
        "2024-01-08 09:05:07+05:00",
        "\uff12024-01-08 09:05:07",
        "never",
    ],
)
def test_no_other_form_is_guessed_at(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of the form"):
        shown_time(text)


@pytest.mark.parametrize("year", ["0001", "1899", "2200", "9999"])
def test_a_year_that_no_clock_shows_is_refused(year: str) -> None:
    with pytest.raises(ValueError, match=f"no clock shows the year {int(year)}"):
        shown_time(f"{year}-01-08 09:05:07")


def test_codes_are_small_numbers_or_nothing() -> None:
    assert (code_of(" 255", "state"), code_of("", "state"), code_of("007", "state")) == (255, None, 7)
    for text in ("-1", "32768", "1;25", "in", "٣", "9" * 5000):
        with pytest.raises(ValueError, match=r"the state .* is no number from 0 to 32767"):
            code_of(text, "state")


def test_a_work_code_is_a_short_text_and_zero_is_none() -> None:
    assert (work_code_of("0"), work_code_of(" 12 "), work_code_of("")) == ("", "12", "")
    with pytest.raises(ValueError, match="longer than 32"):
        work_code_of("x" * 33)


@pytest.mark.parametrize("text", ["\x01" * 50, "\x01" * 5_000, "'" * 41, "x" * 41, "é" * 41])
def test_what_a_message_repeats_is_short(text: str) -> None:
    with pytest.raises(ValueError, match=r"…? is no time") as caught:
        shown_time(text)
    assert len(str(caught.value)) < 95
    with pytest.raises(ValueError, match="work code"):
        work_code_of(text)


@given(st.text())
def test_whatever_is_written_is_a_time_or_a_short_clause(text: str) -> None:
    said = ""
    try:
        assert shown_time(text).tzinfo is None
    except ValueError as error:
        said = str(error)
    assert len(said) < 160

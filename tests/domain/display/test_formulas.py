"""No cell is a formula, and quoting loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.display.formulas import quoted, unquoted

DANGEROUS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
texts = st.text(st.sampled_from("'=+-@\t\ra0 ,\uff1d"), max_size=6) | st.text()


@pytest.mark.parametrize("first", DANGEROUS)
def test_what_begins_like_a_formula_is_quoted(first: str) -> None:
    assert quoted(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("text", ["", "00012", "O'Neill", "'", "''", "a=b", "'quoted'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert quoted(text) == text == unquoted(text)


def test_text_that_is_quoted_already_is_quoted_once_more() -> None:
    assert quoted("'=1") == "''=1"
    assert unquoted("''=1") == "'=1"


@given(texts)
def test_whatever_goes_out_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    assert not quoted(text).startswith(tuple(DANGEROUS))
    assert unquoted(quoted(text)) == text

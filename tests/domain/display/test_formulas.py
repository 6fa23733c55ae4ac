"""No cell is a formula, and quoting loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.display.formulas import quote_formula, unquote_formula

DANGEROUS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
texts = st.text(st.sampled_from("'=+-@\t\ra0 ,\uff1d"), max_size=6) | st.text()


@pytest.mark.parametrize("first", DANGEROUS)
def test_what_begins_like_a_formula_is_quoted(first: str) -> None:
    assert quote_formula(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("text", ["", "00012", "O'Neill", "'", "''", "a=b", "'quoted'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert quote_formula(text) == text == unquote_formula(text)


def test_text_that_is_quoted_already_is_quoted_once_more() -> None:
    assert quote_formula("'=1") == "''=1"
    assert unquote_formula("''=1") == "'=1"


@given(texts)
def test_whatever_goes_out_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    assert not quote_formula(text).startswith(tuple(DANGEROUS))
    assert unquote_formula(quote_formula(text)) == text

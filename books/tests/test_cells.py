"""Cells that a spreadsheet would run: made harmless, and read back as they were."""

from typing import Any

import pytest

from books.transfer.cells import guarded, unguarded

from .test_properties import check, st

__all__ = ["st"]

SIGNS = "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("apostrophes", ["", "'", "''"])
def test_a_formula_gets_an_apostrophe_more(sign: str, apostrophes: str) -> None:
    text = f"{apostrophes}{sign}1"
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "Emma", "'", "''Tis", "O'Neill", "1+1", " =1", "'a=1"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


def test_every_text_is_read_back_and_none_is_a_formula(st: Any) -> None:
    def holds(text: str) -> None:
        assert unguarded(guarded(text)) == text
        assert not guarded(text).startswith(tuple(SIGNS))

    texts = st.text() | st.text(f"'a{SIGNS}", max_size=6)
    check(holds, texts, examples=500)

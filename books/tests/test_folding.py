"""Folding of arbitrary texts, and of words in many scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books.search import folding
from books.search.folding import fold

FOLDED = [
    ("Café", "cafe"),
    ("CAFE\u0301", "cafe"),
    ("Война", "воина"),
    ("Straße", "strasse"),
    ("STRASSE", "strasse"),
    ("ŁÓDŹ", "lodz"),
    ("Œuvre", "oeuvre"),
    ("İstanbul", "istanbul"),
    ("ΟΔΥΣΣΕΎΣ", "οδυσσευσ"),
    ("Ὀδυσσεύς", "οδυσσευσ"),
    ("كِتَاب", "كتاب"),
    ("ﬁn", "fin"),
    ("Ｆｕｌｌ　１２", "full 12"),
    ("soft\u00adhyphen", "softhyphen"),
    ("a\tb\n\u00a0c ", "a b c"),
    ("ガラス", "ガラス"),
    ("한글", "한글"),
    ("हिन्दी", "हिन्दी"),
]


@pytest.mark.parametrize(("text", "folded"), FOLDED)
def test_words_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_kana_differ_by_their_voicing() -> None:
    assert fold("カラス") != fold("ガラス")


def test_each_sign_of_ascii_is_spelled_as_another_letter() -> None:
    signs = "!\"#$%&'()*+,-./:;<=>?@[\\]_{|}~"

    assert len({fold(sign) for sign in signs}) == len(signs)
    assert all(fold(sign).isalpha() for sign in signs)


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_does_not_count(text: str) -> None:
    # The iota below a Greek vowel is a mark in lower case, but a letter in upper case.
    plain = text.replace("\u0345", "")
    assert fold(fold(plain).upper()) == fold(plain)


@given(st.text())
def test_only_single_spaces_part_the_words(text: str) -> None:
    assert fold(text) == " ".join(fold(text).split())
    assert not set(fold(text)).intersection("%_\\\"'\t\n")


@given(st.text(), st.text())
def test_words_fold_by_themselves(left: str, right: str) -> None:
    assert fold(f"{left} {right}") == " ".join(f"{fold(left)} {fold(right)}".split())


def test_no_more_characters_are_remembered_than_texts_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folding, "MAXIMUM", 50)
    monkeypatch.setattr(folding, "_SPELLING", folding._Spelling())  # noqa: SLF001  # looked into

    text = "".join(map(chr, range(0x4E00, 0x4E00 + 200)))

    assert fold(text) == text
    assert fold("Émile") == "emile"
    assert 0 < len(folding._SPELLING) <= 50  # noqa: SLF001  # the same

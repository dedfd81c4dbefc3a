"""Folding of arbitrary texts, and of words in many scripts."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books.search import folding, spellings
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
    ("ไทย", "ไทย"),
    ("Ísafjörður", "isafjordur"),
    ("ÞÓRÐUR", "thordur"),
    ("Æðelþryð", "aedelthryd"),
    ("١٩٨٤", "1984"),
    ("۱۹۸۴ १९८४ ๑๙๘๔", "1984 1984 1984"),
    ("x²", "x2"),
    ("①", "1"),
    ("مكتبـــة", "مكتبه"),
    ("أإآٱ", "اااا"),
    ("مؤمن", "مومن"),
]

# Each group has one folded form.
ALIKE = [
    # Apostrophes, single quotation marks, primes, and letters that look like one.
    "' ` \u00b4 ‘ ’ ‚ ‛ ′ ‵ ʹ ʻ ʼ ʽ ʾ ʿ ˈ ˊ ˋ ՚ ׳ ߴ ❛ ❜ Ꞌ ꞌ ＇ ｀ ΄ ᾽ ᾿ ῾ \u1ffd \u1fef",
    '" “ ” „ ‟ « » ‹ › ˮ ʺ ״ ❝ ❞ 「 」 『 』 〝 〞 〟 ＂ ｢ ｣ ﹁ ﹂ ﹃ ﹄ ″ ‶ ˝ ⹂',
    "- ‐ \u2011 ‒ – — ― − ﹘ ﹣ － ֊ ־ ᠆ ⁃ ˗ ➖ ⸺ ⸻ ゠ ⁻ ₋ ︱ ︲",
    "~ ～ 〜 〰",
    "ك ک ﻙ ﮎ",
    "ي ی ى ئ ﻯ ﯼ",
    "ه ة ہ ۃ ۂ ۀ ﻩ \u06d5\u0654",
    "ا أ إ آ ٱ ﺍ",
    "d ð Ð đ Đ",
    "th þ Þ",
    "7 ٧ ۷ ७ ৭ ๗ ߇ ７ ⁷ ⑦ 𝟕",
    "o'brien O’Brien O\u00b4BRIEN Oʼbrien O＇Brien",
    "п'ять П’ять пʼять",
    "hawai'i Hawaiʻi HAWAIʻI",
    'צה"ל צה״ל צה”ל',
    "1914-1918 1914–1918 1914‒1918 1914—1918 1914−1918",
    "catch-22 Catch‐22 Catch\u201122",
    "cooperate co\u00adoperate co\u200boperate co\u2060operate \ufeffcooperate co\u034foperate",
    "میخواهم می\u200cخواهم",
    "❤ ❤\ufe0f",
    "葛 葛\U000e0100",
    "رحمن رحمٰن",
    "ﬁn fin",
]

# Letters and signs that tell words of one language apart, which no two of a group have in common.
APART = [
    "カ ガ",
    "ハ バ パ",
    "ク グ ッ ツ",
    "گ ك",
    "چ ج",
    "پ ب",
    "ے ي",
    "ھ ه",
    "ە ه",
    "ڪ ك",
    "ט ת",
    "כ ך",
    "г ґ",
    "ŋ n",
    "ə e a",
    "ɛ e",
    "' \" - ~ _ ^",
    "c c++ c#",
    "100 100%",
    "😀 😃",
    "ー -",
    "一 1",
    "क क़",
]


@pytest.mark.parametrize(("text", "folded"), FOLDED)
def test_words_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("group", ALIKE)
def test_what_people_write_for_one_another_is_one(group: str) -> None:
    first, *others = group.split(" ")

    assert {fold(text) for text in others} == {fold(first)} != {""}


@pytest.mark.parametrize("group", APART)
def test_what_tells_words_apart_stays_apart(group: str) -> None:
    texts = group.split(" ")

    assert len({fold(text) for text in texts}) == len(texts)


def test_every_dash_and_every_digit_of_unicode() -> None:
    characters = list(map(chr, range(sys.maxunicode + 1)))
    waves = {"\u301c", "\u3030"}
    dashes = {each for each in characters if unicodedata.category(each) == "Pd"} - waves
    digits = [each for each in characters if unicodedata.category(each) == "Nd"]

    assert {fold(dash) for dash in dashes} == {fold("-")}
    assert all(fold(digit) == str(unicodedata.decimal(digit)) for digit in digits)


def test_each_character_folds_once() -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]

    assert [each for each in characters if fold(fold(each)) != fold(each)] == []


@given(st.text(), st.sampled_from(spellings.INVISIBLE), st.text())
def test_an_invisible_character_counts_as_nothing(left: str, gap: str, right: str) -> None:
    # A mark would join the letter before it.
    assert fold(f"{left}{gap} {right}") == fold(f"{left} {right}")


def test_kana_differ_by_their_voicing() -> None:
    assert fold("カラス") != fold("ガラス")


def test_folding_a_text_spells_each_character_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text is folded by the cached table, whatever its length."""
    calls: list[str] = []
    spell = folding._spell  # noqa: SLF001  # counted here
    monkeypatch.setattr(folding, "_SPELLING", folding._Spelling())  # noqa: SLF001  # the same

    def counted(character: str) -> str:
        calls.append(character)
        return spell(character)

    monkeypatch.setattr(folding, "_spell", counted)

    for _ in range(3):
        fold("O’Brien – «Þórður» ١٩٨٤" * 50)

    assert len(calls) == len(set(calls))


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

"""The text that a book is found by, and what to look for in it.

One line for each field, and one for the marks. In a line each word stands behind two spaces, and
behind a tab follow the pairs of letters that can be looked for inside a word. Two spaces and one
letter, or one space and two, are a trigram: so a trigram index finds the shortest words too.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from books.fields import SEARCHED
from books.values.isbn import normalize_isbn

from .folding import fold
from .ranges import marks

GAP = "  "
TRIGRAM = 3

# Hyphens and dashes that stand between the groups of an ISBN.
NUMBER = re.compile(r"[0-9\u2010-\u2015-]*[0-9][0-9\u2010-\u2015-]*[xX]?")
HYPHENS = re.compile(r"[\u2010-\u2015-]")


@dataclass(frozen=True, kw_only=True)
class Needle:
    """What to look for: any of some folded texts, in one field or in all of them."""

    texts: tuple[str, ...]
    field: str | None = None

    def patterns(self) -> list[str]:
        """Return what a book's text is LIKE for each of the texts.

        What is folded has no signs, and so no wildcards to escape.
        """
        before, behind = "%", "%"
        if self.field is not None:
            line = SEARCHED.index(self.field)
            before, behind = "%\n" * line + "%", "%" + "\n%" * (len(SEARCHED) - line)
        return [f"{before}{padded(text)}{behind}" for text in self.texts]


def search_text(values: Iterable[str | None]) -> str:
    """Return the text that a book of these values, in the order of SEARCHED, is found by."""
    texts = list(values)
    lines = [_line(fold(value or "")) for value in texts]
    letters = marks(zip(SEARCHED, texts, strict=False))
    return "\n".join((*lines, "".join(GAP + letter for letter in letters)))


def words_of(text: str) -> list[Needle]:
    """Return what to look for when each word of `text` is to be found, in whatever field."""
    needles = {}
    for word in text.split():
        for part in fold(word).split():
            needles[part] = Needle(texts=tuple({part: None, **_numbers(word)}))
    return list(needles.values())


def phrase_in(field: str, text: str) -> list[Needle]:
    """Return what to look for when `text` is to be found as it stands, in one field."""
    folded = fold(text).replace(" ", GAP)
    return [Needle(texts=(folded,), field=field)] if folded else []


def padded(text: str) -> str:
    """Return `text`, if it is shorter than a trigram, as it stands where a word begins."""
    return text.rjust(TRIGRAM)


def trigrams(text: str) -> list[str]:
    text = padded(text)
    return list(
        dict.fromkeys(text[place : place + TRIGRAM] for place in range(len(text) - TRIGRAM + 1))
    )


def _line(folded: str) -> str:
    words = folded.split()
    pairs = dict.fromkeys(pair for word in words for pair in _pairs(word))
    line = "".join(GAP + word for word in words)
    return f"{line}\t{''.join(GAP + pair for pair in pairs)}" if pairs else line


def _pairs(word: str) -> list[str]:
    """Return the letters inside a word that a short word can begin with, each with the next.

    They are those of scripts without capitals, of which many have no spaces between words, and
    whatever stands behind a sign.
    """
    if word.isascii():
        return []
    uncased = [unicodedata.category(letter) == "Lo" for letter in word]
    return [
        word[place : place + 2]
        for place in range(1, len(word))
        if uncased[place] or uncased[place - 1]
    ]


def _numbers(word: str) -> dict[str, None]:
    """Return the other writings of a word that may be (a part of) an ISBN."""
    number = unicodedata.normalize("NFKC", word)
    if NUMBER.fullmatch(number) is None:
        return {}
    digits = HYPHENS.sub("", number)
    try:
        whole = normalize_isbn(digits)
    except ValidationError:
        whole = digits.casefold()
    return {digits.casefold(): None, whole: None}

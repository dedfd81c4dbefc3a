"""The search text of a book, and the needles that searches look for in it.

The text has one line for each searched field and one for the range letters. In a line, two spaces
precede each word; after a tab come the pairs of letters that a search can find inside words. Two
spaces and a letter, or a space and two letters, are a trigram, so that the trigram index finds
words of one and two letters too.
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

# A number whose groups may be separated by hyphens or dashes, such as an ISBN or a part of one.
NUMBER = re.compile(r"[0-9\u2010-\u2015-]*[0-9][0-9\u2010-\u2015-]*[xX]?")
HYPHENS = re.compile(r"[\u2010-\u2015-]")


@dataclass(frozen=True, kw_only=True)
class Needle:
    """Alternative folded texts, one of which has to occur in `field`, or in any field."""

    texts: tuple[str, ...]
    field: str | None = None

    def patterns(self) -> list[str]:
        """Return a LIKE pattern for each of the texts.

        Folded text contains no signs, so there are no wildcards to escape.
        """
        before, behind = "%", "%"
        if self.field is not None:
            line = SEARCHED.index(self.field)
            before, behind = "%\n" * line + "%", "%" + "\n%" * (len(SEARCHED) - line)
        return [f"{before}{padded(text)}{behind}" for text in self.texts]


def search_text(values: Iterable[str | None]) -> str:
    """Return the search text of a book with these values, which are in the order of SEARCHED."""
    texts = list(values)
    lines = [_line(fold(value or "")) for value in texts]
    letters = marks(zip(SEARCHED, texts, strict=False))
    return "\n".join((*lines, "".join(GAP + letter for letter in letters)))


def words_of(text: str) -> list[Needle]:
    """Return a needle for each word of `text`, to be found in any field."""
    needles = {}
    for word in text.split():
        numbers = _numbers(word)
        for part in fold(word).split():
            needles[part] = Needle(texts=tuple({part: None, **numbers}))
    return list(needles.values())


def phrase_in(field: str, text: str) -> list[Needle]:
    """Return the needle for the whole of `text` in one field, or none if nothing is left of it."""
    folded = fold(text).replace(" ", GAP)
    return [Needle(texts=(folded,), field=field)] if folded else []


def padded(text: str) -> str:
    """Return `text`; if it is shorter than a trigram, with the spaces that precede a word."""
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
    """Return the pairs of letters inside a word that a search for one or two letters can find.

    A pair begins with or follows a letter of a script without capitals, many of which do not put
    spaces between words, or a sign, which is folded to such a letter.
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
    """Return other spellings of a word that may be an ISBN or a part of one."""
    number = unicodedata.normalize("NFKC", word)
    if NUMBER.fullmatch(number) is None:
        return {}
    digits = HYPHENS.sub("", number)
    try:
        whole = normalize_isbn(digits)
    except ValidationError:
        whole = digits.casefold()
    return {digits.casefold(): None, whole: None}

"""The search text of a book, and the needles that searches look for in it.

The text has one line for each searched field and one for the range letters. In a line, two spaces
precede each word; after a tab come the pairs of letters that a search can find inside words. Two
spaces and a letter, or a space and two letters, are a trigram, so that the trigram index finds
words of one and two letters too. A line also has the words as the release before folds them, if
they differ (former.py). The text ends with END, by which texts of another form are recognised.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from books.fields import SEARCHED
from books.values.isbn import normalize_isbn

from .folding import DASH, fold
from .former import MARKED as FORMERLY_MARKED
from .former import former_fold, former_mark
from .isbns import isbns_in
from .ranges import marks

GAP = "  "
# The last character of every search text of this form. It changes with the number of searched
# fields. Change FORM whenever the form changes, or what fold() does: `manage.py reindex` then
# computes all texts again.
FORM = 0x2A
END = chr(FORM + len(SEARCHED))
TRIGRAM = 3

# A folded number whose groups may be separated by hyphens, such as an ISBN or a part of one.
NUMBER = re.compile(f"[0-9{DASH}]+x?")

# Words of one search. No title has more that differ, and each is a condition of the statement.
MAXIMUM_WORDS = 64
# Characters of one word. A text of 255 characters has no more when it is folded: 18 for each.
MAXIMUM_CHARACTERS = 255 * 18


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
    fields = [(name, value or "") for name, value in zip(SEARCHED, values, strict=False)]
    lines = [_lines_of(value) for _, value in fields]
    former = [former_mark(name, value) for name, value in fields if name in FORMERLY_MARKED]
    letters = "".join(GAP + letter for letter in (*former, *marks(fields)))
    return "\n".join((*lines, letters + END))


def words_of(text: str) -> list[Needle]:
    """Return a needle for each word of `text` and each ISBN, to be found in any field.

    Of more than MAXIMUM_WORDS different words, the longest count.
    """
    isbns, rest = isbns_in(text)
    needles = []
    for written, isbn in isbns.items():
        folded = fold(written)
        others = {**_numbers(folded.replace(" ", "")), isbn: None}
        needles.append(Needle(texts=tuple({folded.replace(" ", GAP): None, **others})))
    words = dict.fromkeys(word[:MAXIMUM_CHARACTERS] for word in fold(rest).split())
    if len(words) > MAXIMUM_WORDS:
        words = dict.fromkeys(sorted(words, key=len, reverse=True)[:MAXIMUM_WORDS])
    return [*needles, *(Needle(texts=tuple({word: None, **_numbers(word)})) for word in words)]


def phrase_in(field: str, *texts: str) -> list[Needle]:
    """Return the needle for the whole of any of the texts in one field.

    Nothing is left of a text of invisible characters; if nothing is left of any, there is no
    needle.
    """
    phrases = dict.fromkeys(fold(text).replace(" ", GAP) for text in texts)
    phrases.pop("", None)
    return [Needle(texts=tuple(phrases), field=field)] if phrases else []


def padded(text: str) -> str:
    """Return `text`; if it is shorter than a trigram, with the spaces that precede a word."""
    return text.rjust(TRIGRAM)


def trigrams(text: str) -> list[str]:
    """Return the trigrams of a text, each once."""
    text = padded(text)
    return list(
        dict.fromkeys(text[place : place + TRIGRAM] for place in range(len(text) - TRIGRAM + 1))
    )


def _lines_of(text: str) -> str:
    folded, former = fold(text), former_fold(text)
    line = _line(folded)
    return line if former == folded else f"{line}\t{_line(former)}"


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
    """Return other spellings of a folded word that may be an ISBN or a part of one."""
    if NUMBER.fullmatch(word) is None:
        return {}
    digits = word.replace(DASH, "")
    return {digits: None, _isbn(digits) or digits: None} if digits else {}


def _isbn(digits: str) -> str | None:
    """Return an ISBN-10 or ISBN-13 as 13 digits, and None for any other number."""
    if len(digits) not in (10, 13):
        return None
    try:
        return normalize_isbn(digits)
    except ValidationError:
        return None

"""The search text that the release before writes and searches (its commit is aa66a46).

Its code goes on serving while the new release fills the search texts, and may take over again. So
each text also has the words as that release folds them, where they differ, and its range letters.
The next release drops this module: docs/upgrading.md.
"""

import unicodedata
from bisect import bisect_right
from functools import lru_cache

LETTER_MARKS = {0, 7, 8, 9}
PLAIN_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
FIRST_SIGN, SIGNS = 0xA000, 1165

MARKED = ("name", "author", "publisher")
STARTS = ("", "a", "\u0370", "\u0400", "\u0530", "\u1100", "\u4e00")
FIRST_MARK = 0xF900


def former_fold(text: str) -> str:
    """Return the folded text of the release before."""
    bare = _spelled(unicodedata.normalize("NFKD", text)).casefold()
    folded = _spelled(unicodedata.normalize("NFKD", bare))
    return " ".join(unicodedata.normalize("NFC", folded).split())


def former_mark(field: str, value: str) -> str:
    """Return the range letter of the release before for one of MARKED."""
    number = bisect_right(STARTS, value[:1]) - 1
    return chr(FIRST_MARK + MARKED.index(field) * len(STARTS) + number)


def _spelled(text: str) -> str:
    return "".join(map(_spell, text))


@lru_cache(maxsize=20_000)
def _spell(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Mn" and unicodedata.combining(character) not in LETTER_MARKS:
        return ""
    if category[0] in "PS":
        return chr(FIRST_SIGN + ord(character) % SIGNS)
    if category in ("Cc", "Cf"):
        return " " if character.isspace() else ""
    return PLAIN_LETTERS.get(character, character)

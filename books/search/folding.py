"""Folding: the form of a text without case and accents, in which texts are compared."""

import unicodedata

# Marks of these combining classes turn a letter into another letter: Indic vowels and nuktas, the
# voicing of kana, viramas. All other marks are accents and points.
LETTER_MARKS = {0, 7, 8, 9}

# Letters whose stroke or tie Unicode does not treat as an accent.
PLAIN_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}

# PostgreSQL's trigrams consist of letters and digits only, so each sign is replaced by one of the
# 1,165 Yi syllables.
FIRST_SIGN, SIGNS = 0xA000, 1165


# Cached characters: more than the texts of most stores contain.
MAXIMUM = 20_000


class _Spelling(dict[int, str]):
    """A cache from a character of a decomposed text to its folded form."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MAXIMUM:
            # Only texts that were made to contain every character get here.
            self.clear()
        spelled = self[code] = _spell(chr(code))
        return spelled


def _spell(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Mn" and unicodedata.combining(character) not in LETTER_MARKS:
        return ""
    if category[0] in "PS":
        return chr(FIRST_SIGN + ord(character) % SIGNS)
    if category in ("Cc", "Cf"):
        # A line break separates words; a soft hyphen and a joiner are invisible.
        return " " if character.isspace() else ""
    return PLAIN_LETTERS.get(character, character)


_SPELLING = _Spelling()


def fold(text: str) -> str:
    """Return `text` without case, accents and compatibility forms, its words one space apart.

    Folding a folded text changes nothing. Signs that share a Yi syllable become equal.
    """
    bare = unicodedata.normalize("NFKD", text).translate(_SPELLING).casefold()
    folded = unicodedata.normalize("NFKD", bare).translate(_SPELLING)
    return " ".join(unicodedata.normalize("NFC", folded).split())

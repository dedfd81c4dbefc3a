"""Folding: what a text is compared by when neither case nor accents count, in any script."""

import unicodedata

# Marks of these combining classes make another letter of the one they stand on: Indic vowels and
# nuktas, the voicing of kana, viramas. All others are accents and points.
LETTER_MARKS = {0, 7, 8, 9}

# Letters whose stroke or tie Unicode does not take for an accent.
PLAIN_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}

# PostgreSQL's trigrams are made of letters and digits alone, so a sign is spelled as a letter: as
# one of the Yi syllables, of which there are so many.
FIRST_SIGN, SIGNS = 0xA000, 1165


# Characters that are remembered: more than the texts of most stores have.
MAXIMUM = 20_000


class _Spelling(dict[int, str]):
    """What a character of a decomposed text is folded to, worked out when first met."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MAXIMUM:
            # Somebody has made up texts of every character there is.
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
        # A line break parts words; a soft hyphen and a joiner are not seen at all.
        return " " if character.isspace() else ""
    return PLAIN_LETTERS.get(character, character)


_SPELLING = _Spelling()


def fold(text: str) -> str:
    """Return `text` without case, accents and compatibility forms, its words one space apart.

    What is folded already stays as it is. Signs that share a Yi syllable are taken for one another.
    """
    bare = unicodedata.normalize("NFKD", text).translate(_SPELLING).casefold()
    folded = unicodedata.normalize("NFKD", bare).translate(_SPELLING)
    return " ".join(unicodedata.normalize("NFC", folded).split())

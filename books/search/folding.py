"""Folding: the form of a text in which texts are compared, without case, accents and variants."""

import re
import unicodedata

from .spellings import APOSTROPHE_ACCENTS, QUOTE_ACCENTS, SPELLINGS, sign_letter

# Marks of these combining classes turn a letter into another letter: Indic vowels and nuktas, the
# voicing of kana, viramas. All other marks are accents and points.
LETTER_MARKS = {0, 7, 8, 9}

# The letter that every dash and hyphen is folded to.
DASH = sign_letter("-")

ACCENTS = re.compile(f"[{APOSTROPHE_ACCENTS}{QUOTE_ACCENTS}]")
# NFKD splits ۀ, which Persian also writes ه, into the ە of Kurdish and Uyghur and a hamza.
HEH_WITH_YEH, HEH = "\u06d5\u0654", "\u0647"

# Cached characters: more than the texts of most stores contain.
MAXIMUM = 20_000


class _Spelling(dict[int, str]):
    """A cache from a character of a decomposed text to its folded form."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MAXIMUM:
            # Only texts that were made to contain every character get here.
            self.clear()
        character = chr(code)
        known = SPELLINGS.get(character)
        spelled = self[code] = _spell(character) if known is None else known
        return spelled


def _spell(character: str) -> str:
    """Return the folded form of a character by its category."""
    category = unicodedata.category(character)
    if category == "Mn" and unicodedata.combining(character) not in LETTER_MARKS:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return DASH
    if category[0] in "PS":
        return sign_letter(character)
    if category in ("Cc", "Cf"):
        # A line break separates words; a soft hyphen and a joiner are invisible.
        return " " if character.isspace() else ""
    return character


_SPELLING = _Spelling()


def fold(text: str) -> str:
    """Return `text` without case, accents and compatibility forms, its words one space apart.

    Apostrophes are one character, as are quotation marks, dashes, and each digit in all scripts;
    invisible characters are left out. Folding a folded text changes nothing. Signs that share a
    Yi syllable become equal.
    """
    decomposed = unicodedata.normalize("NFKD", ACCENTS.sub(_plain, text))
    bare = decomposed.replace(HEH_WITH_YEH, HEH).translate(_SPELLING).casefold()
    folded = unicodedata.normalize("NFKD", bare).translate(_SPELLING)
    return " ".join(unicodedata.normalize("NFC", folded).split())


def _plain(accent: re.Match[str]) -> str:
    return "'" if accent[0] in APOSTROPHE_ACCENTS else '"'

"""Texts of books: stored in NFC, without white space and invisible characters at both ends."""

import re
import unicodedata
from typing import Any

from django import forms

# Characters of the longest text that a column stores.
MAXIMUM_LENGTH = 255

# Canonical decomposition makes at most four characters of one (UAX #15 section 12), so NFC can't
# shorten a longer text to MAXIMUM_LENGTH. The time to normalise marks grows with the square of
# their number.
MAXIMUM_DECOMPOSED = 4 * MAXIMUM_LENGTH

# Characters that show nothing, as ranges of code points: those of Unicode's properties White_Space
# (PropList.txt) and Default_Ignorable_Code_Point, with the few more that are named below. NUL is
# not among them: PostgreSQL can't store it, so it is refused and not removed.
INVISIBLE_RANGES = (
    # White_Space, which is General_Category Zs, Zl and Zp and some of Cc; and the rest of Cc.
    (0x01, 0x20),
    (0x7F, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    # Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 16): joiners, direction
    # marks, Hangul fillers, variation selectors, tags, the soft hyphen, the byte order mark.
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
    # The marks of interlinear annotations. The other characters of General_Category Cf have a
    # shape, such as U+0600 ARABIC NUMBER SIGN (Unicode section 9.2), or arrange hieroglyphs.
    (0xFFF9, 0xFFFB),
    # BRAILLE PATTERN BLANK, which is Braille's space. Other characters with an empty shape are part
    # of what people write, and neither property has them: the filler of Khitan, U+16FE4, has the
    # place of a letter, and stems are put on MUSICAL SYMBOL NULL NOTEHEAD, U+1D159.
    (0x2800, 0x2800),
)
INVISIBLE = frozenset(
    chr(code) for first, last in INVISIBLE_RANGES for code in range(first, last + 1)
)
INVISIBLE_ASCII = "".join(sorted(character for character in INVISIBLE if character.isascii()))

# Invisible characters that belong to the visible one before them: a variation selector, such as
# the one that makes a heart red, or the tags that make the flag of Scotland of a black flag
# (UTS #51, definitions ED-9a and ED-14a).
TAIL = re.compile(
    "(?<=\U0001f3f4)\ufe0f?[\U000e0020-\U000e007e]+\U000e007f"
    "|[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


def normalize_text(text: str) -> str:
    """Return a text as books store it: in NFC, trimmed at both ends.

    White space, control characters and other invisible characters (INVISIBLE_RANGES) are removed
    from the ends. Inside a text nothing is removed: Persian and Indic words and emoji consist of
    letters with invisible joiners between them. A text with nothing visible becomes empty.

    Texts of more than MAXIMUM_DECOMPOSED characters are trimmed only; no column can store them.
    """
    if text.isascii():
        return text.strip(INVISIBLE_ASCII)
    trimmed = _trimmed(text)
    if len(trimmed) > MAXIMUM_DECOMPOSED:
        return trimmed
    return unicodedata.normalize("NFC", trimmed)


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character."""
    return INVISIBLE.issuperset(text)


def is_unedited(stored: object, value: object) -> bool:
    """Return whether `value` is the normalised form of a text that was stored under older rules.

    Files and forms contain normalised texts only. A stored text that was not normalised stays as
    it is until it is edited.
    """
    return isinstance(stored, str) and stored != value and normalize_text(stored) == value


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and text[start] in INVISIBLE:
        start += 1
    while end > start and text[end - 1] in INVISIBLE:
        end -= 1
    tail = TAIL.match(text, end) if end > start else None
    return text[start : tail.end() if tail else end]


class TextFormField(forms.CharField):
    """A text in the forms of the admin and in filters."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(normalize_text(value) if isinstance(value, str) else value)

"""Texts as they are stored: composed (Unicode NFC), without anything invisible at their ends."""

import unicodedata

# Categories of characters that nobody sees: controls, formats such as the zero-width space,
# separators, and code points that are not assigned.
INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs", "Cn"}


def normalize_text(text: str) -> str:
    """Return `text` in NFC, without white space and invisible characters at both ends."""
    composed = unicodedata.normalize("NFC", text)
    start, end = 0, len(composed)
    while start < end and unicodedata.category(composed[start]) in INVISIBLE:
        start += 1
    while end > start and unicodedata.category(composed[end - 1]) in INVISIBLE:
        end -= 1
    return composed[start:end]

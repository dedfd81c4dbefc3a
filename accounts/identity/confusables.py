"""Skeletons: two texts that look alike have the same one (UTS 39 section 4).

The package confusable-homoglyphs has the data of confusables.txt as pairs without a direction, and
with marks of direction around letters that are written from right to left. The function of that
package compares single letters and knows no skeletons, so this module makes the table of prototypes
of its data: of each pair, the prototype is the text that several letters look like, or that has
several letters. Of other pairs either end will do, as long as it is always the same one.
"""

import unicodedata
from functools import cache

from confusable_homoglyphs.utils import load

# Marks that the data has around letters of some scripts. No name may have one.
DIRECTION_MARKS = str.maketrans("", "", "\u200e\u200f")


def skeleton(text: str) -> str:
    """Return the skeleton of a text, which is for comparisons alone."""
    plain = unicodedata.normalize("NFD", text).translate(_prototypes())
    return unicodedata.normalize("NFD", plain)


@cache
def _prototypes() -> dict[int, str]:
    """Return the text in whose place each letter is taken, by its code point."""
    pairs: dict[str, set[str]] = {}
    for text, others in load("confusables.json").items():
        alike = {other["c"].translate(DIRECTION_MARKS) for other in others}
        pairs.setdefault(text.translate(DIRECTION_MARKS), set()).update(alike)
    table = {
        ord(letter): prototype
        for letter, alike in pairs.items()
        if len(letter) == 1 and len(alike) == 1
        for prototype in alike
        if _is_prototype(prototype, letter, len(pairs[prototype]))
    }
    # A prototype may have letters that are the other end of a pair.
    return {letter: prototype.translate(table) for letter, prototype in table.items()}


def _is_prototype(text: str, letter: str, count: int) -> bool:
    return len(text) != 1 or count > 1 or text < letter

"""The scripts of names: which may be mixed, and which single script a name has (UTS 39 section 5).

Digits, punctuation, emoji and accents belong to every script; symbols that look like a letter do
not. Characters that the data does not know yet are left out too.
"""

import re
import unicodedata

from confusable_homoglyphs.categories import unique_aliases
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .confusables import skeleton

EVERY_SCRIPT = {"COMMON", "INHERITED", "Unknown"}

# Scripts that are written together, without and with Latin (UTS 39 section 5.2, "Highly
# Restrictive").
TOGETHER = (
    {"HAN", "HIRAGANA", "KATAKANA"},
    {"HAN", "HANGUL"},
    {"HAN", "BOPOMOFO"},
)
LATIN = "LATIN"

# The name of a writing system with several scripts (UTS 39 section 5.1: Jpan, Kore, Hanb).
SYSTEMS = {
    "HIRAGANA": "JAPANESE",
    "KATAKANA": "JAPANESE",
    "HANGUL": "KOREAN",
    "BOPOMOFO": "BOPOMOFO",
}
HAN = "HAN"
MAXIMUM_LENGTH = 32

# The script of symbols that look like a letter, such as ⍺ and ∨. UTS 39 section 3.1 keeps symbols
# out of identifiers; names may have others.
SYMBOL = "SYMBOL"
CURRENCY = "Sc"

# What a name may have and nobody sees: a blank note without a stem, the place of an object, and a
# second dot on a letter that has one (UTS 39 section 5.4).
UNSEEN = re.compile(
    "\U0001d159(?![\U0001d165-\U0001d172])|\ufffc"
    "|[ij\u0456\u0458][\u0300-\u0306\u0308-\u036f]*\u0307"
)


def scripts_of(name: str) -> set[str]:
    """Return the scripts of a name, in its compatibility form."""
    plain = unicodedata.normalize("NFKC", name)
    found: set[str] = unique_aliases(plain) - EVERY_SCRIPT
    if any(map(_is_letter_like, plain)):
        found.add(SYMBOL)
    return found


def is_mixed(name: str) -> bool:
    """Return whether a name mixes scripts that nobody writes together."""
    found = scripts_of(name)
    return len(found) > 1 and not any(found - {LATIN} <= together for together in TOGETHER)


def validate_scripts(name: str) -> None:
    """Raise ValidationError if a new name mixes scripts, or has something that nobody sees.

    Old names stay valid.
    """
    if UNSEEN.search(unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name))):
        raise ValidationError(
            _("A name can't contain control or invisible characters."), code="control_character"
        )
    if is_mixed(name):
        raise ValidationError(
            _(
                "A name can't mix scripts such as Latin and Cyrillic, whose letters look alike. "
                "Latin letters may stand beside Chinese, Japanese or Korean ones."
            ),
            code="mixed_scripts",
        )


def script_of(name: str) -> str:
    """Return the one script, or writing system, of a name.

    Returns an empty text for a name of several scripts, and for one whose characters belong to
    every script: neither can be a whole-script confusable.
    """
    found = scripts_of(name)
    systems = {SYSTEMS.get(script, script) for script in found} - {HAN}
    if len(systems) > 1 or (LATIN in systems and HAN in found):
        return ""
    return next(iter(systems), HAN if found else "")


def overlapping(script: str) -> set[str]:
    """Return the scripts of names that share letters with those of `script`.

    Two names that share their letters are not whole-script confusables, however alike they are.
    """
    systems = set(SYSTEMS.values())
    if script == HAN:
        return {HAN, *systems}
    return {script, HAN} if script in systems else {script}


def _is_letter_like(character: str) -> bool:
    """Return whether a symbol beyond ASCII, other than that of a currency, looks like a letter."""
    category = unicodedata.category(character)
    if character.isascii() or category[0] not in "SP" or category == CURRENCY:
        return False
    look = skeleton(character)
    return len(look) == 1 and look.isalpha()

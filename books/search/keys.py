"""Sort keys: the order of names, authors and publishers that a person expects.

A key is the folded text without signs, and after a tab the text itself. Compared by code points,
keys ignore case, accents and signs first, and then tell texts apart by themselves. Digits compare
as texts. Articles stay. A key depends on no database's locale and on no version of ICU.
"""

import unicodedata
from typing import Any

from django.db import models

from bookstore_project.db.fields import CodePoints

from .folding import fold
from .spellings import FIRST_SIGN, SIGNS

# The version of these keys: cursors name it, so that one of other keys is refused.
VERSION = "keys1"
# Precedes every character of a folded text, so that "emile" precedes "emile zola".
SEPARATOR = "\t"
# Folded characters in a key. An entry of PostgreSQL's index has at most 2,704 bytes, and the text
# itself may have 255 characters of four bytes.
LONGEST = 255

FOLDED_SIGNS = range(FIRST_SIGN, FIRST_SIGN + SIGNS)
WITHOUT_FOLDED_SIGNS = dict.fromkeys(FOLDED_SIGNS)
WITHOUT_ASCII_SIGNS = {
    code: None for code in range(0x21, 0x7F) if unicodedata.category(chr(code))[0] in "PS"
}


def sort_key(text: str) -> str:
    """Return the key of a text."""
    return f"{_folded(text)[:LONGEST]}{SEPARATOR}{text}"


def _folded(text: str) -> str:
    if text.isascii() and text.isprintable():
        return " ".join(text.translate(WITHOUT_ASCII_SIGNS).lower().split())
    folded = fold(text)
    if any(ord(letter) in FOLDED_SIGNS for letter in text):
        # Yi syllables, which are also what signs are folded to.
        folded = fold("".join(filter(_is_no_sign, unicodedata.normalize("NFKD", text))))
    else:
        folded = folded.translate(WITHOUT_FOLDED_SIGNS)
    return " ".join(folded.split())


def _is_no_sign(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PS"


class SortKeyField(CodePoints, models.TextField[Any, Any]):
    """Computes the sort key of another field in each save() and bulk_create(); unset if that is."""

    plain_class = "django.db.models.TextField"
    order_version = VERSION

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        self.source = source
        super().__init__(*args, **{"editable": False, "null": True, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        text = getattr(model_instance, self.source)
        key = None if text is None else sort_key(text)
        setattr(model_instance, self.attname, key)
        return key

"""Decodes text files: UTF-8, UTF-16 and UTF-32 with a mark, or the character set that is given."""

import codecs
import io
import re
from typing import IO, Any

from django.utils.translation import gettext as _

from books.transfer.option_names import option

# The longer marks first: that of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BLOCK = 65_536

# The first end of a line that is not inside quotes.
LINE_END = re.compile('"[^"]*"|\r\n|\r|\n')

# Letters that make a text look right, in the order in which the character sets are tried.
LATIN = "äöüßéèêëàâçñóíáúôîûïøåæœÄÖÜÉÀÇÑÓÁØÅÆ"
CYRILLIC = "".join(chr(code) for code in range(0x0430, 0x0450))
POLISH = "ąćęłńśźżőűčěřšžůďťň"
CANDIDATES = (
    ("Windows-1252", "windows-1252", LATIN),
    ("Mac Roman", "mac-roman", LATIN),
    ("DOS code page 850", "cp850", LATIN),
    ("Windows-1250", "windows-1250", POLISH),
    ("Windows-1251", "windows-1251", CYRILLIC),
    ("KOI8-R", "koi8-r", CYRILLIC),
)
# Signs that stand in texts of any of these.
SIGNS = "€–—‘’‚“”„«»…°§"
# Bytes of a line that are looked at for a guess, and characters that are shown.
LOOKED_AT, SHOWN = 4_096, 60
NOT_ASCII = re.compile("[^\x00-\x7f]")


class Decoded(io.RawIOBase):
    """The bytes of a text file in UTF-8, with LF or CRLF at the ends of lines."""

    def __init__(self, source: IO[bytes], *, encoding: str, translates: bool) -> None:
        decoder = codecs.getincrementaldecoder(encoding)()
        self._decoder: Any = decoder
        if translates:
            self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._source = source
        self._rest = b""
        self._is_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and not self._is_ended:
            block = self._source.read(BLOCK)
            self._is_ended = not block
            self._rest = self._decoder.decode(block, final=not block).encode()
        part = self._rest[: len(buffer)]
        self._rest = self._rest[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def marked(head: bytes) -> str | None:
    """Return the encoding that a byte order mark names, or None."""
    return next((name for mark, name in MARKS if head.startswith(mark)), None)


def as_utf8(
    source: "io.BufferedReader[Any]", head: bytes, encoding: str | None
) -> "io.BufferedReader[Any]":
    """Return the same text in UTF-8. `head` is the beginning of `source`.

    A byte order mark counts more than `encoding`: no text begins with one by accident. Lines that
    end in CR alone, as old Macs write them, end in LF then.
    """
    name = marked(head) or encoding or "utf-8"
    text = codecs.getincrementaldecoder(name)("replace").decode(head)
    end = next((found[0] for found in LINE_END.finditer(text) if found[0][0] != '"'), "")
    if name == "utf-8" and end != "\r":
        return source
    decoded: Any = Decoded(source, encoding=name, translates=end == "\r")
    return io.BufferedReader(decoded, BLOCK)


def guess(raw: bytes) -> str:
    """Return what to say about bytes that are not UTF-8: which encoding they may have."""
    if b"\0" in raw:
        even, odd = raw[::2].count(0), raw[1::2].count(0)
        name = "utf-16-le" if odd >= even else "utf-16-be"
        text = _("If it is UTF-16 without a byte order mark, give %(option)s.")
        return text % {"option": option("encoding", name)}
    raw = raw[:LOOKED_AT]
    scores = [_score(raw, name, letters) for __, name, letters in CANDIDATES]
    title, name, __ = CANDIDATES[scores.index(max(scores))]
    text = _("If it is %(title)s, give %(option)s: it then reads %(line)s.")
    shown = {"title": title, "option": option("encoding", name), "line": repr(_shown(raw, name))}
    return text % shown


def _score(raw: bytes, name: str, letters: str) -> float:
    """Return the share of the characters beyond ASCII that look right.

    Letters with accents are mostly alone among others, and Cyrillic ones are not.
    """
    text = raw.decode(name, "replace")
    stands_alone = letters is not CYRILLIC
    right = wrong = 0
    for found in NOT_ASCII.finditer(text):
        place = found.start()
        before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
        is_alone = (not before or before.isascii()) and (not after or after.isascii())
        is_capital_inside = found[0].isupper() and before.isalpha() and after.islower()
        if found[0] in letters and is_alone is stands_alone and not is_capital_inside:
            right += 1
        elif is_capital_inside or found[0].lower() not in f"{letters}{SIGNS}":
            wrong += 1
    return right - 2 * wrong


def _shown(raw: bytes, name: str) -> str:
    """Return the part of the line around its first character that is not ASCII."""
    text = raw.decode(name, "replace").strip()
    found = NOT_ASCII.search(text)
    start = max(0, (found.start() if found else 0) - SHOWN // 2)
    return text[start : start + SHOWN]

"""Reads JSON arrays, and other JSON that is not one object per line, with bounded memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any

from django.utils.translation import gettext as _

from books.transfer.errors import FileError, RowError
from books.transfer.findings import Findings
from books.transfer.lines import (
    DAMAGED,
    DAMAGED_DETAIL,
    MAXIMUM_ROW,
    too_many_rows,
    undecoded,
)
from books.transfer.options import FileOptions
from bookstore_project.api.parsers import strict_json

from .json_objects import Objects
from .rows import Row

BLOCK = 65_536
SPACE = re.compile(r"[ \t\r\n]*")
# LibraryThing's export: an object whose members are books, named by their ids.
BY_ID = re.compile(r'\{\s*"[0-9]+"\s*:\s*\{')

# Finds the end of a value. Its numbers stay texts, because strict_json() reads the value again.
FINDER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


class Items(Iterator[Any]):
    """Iterates over the texts of the values in a file. `number` is the line of the last one."""

    def __init__(self, stream: IO[bytes], *, maximum_rows: int | None = None) -> None:
        self._stream = stream
        self._maximum_rows = maximum_rows
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._place = 0
        self._line = self.number = 1
        self._rows = 0
        self._values = self._all()

    def __next__(self) -> str:
        text = next(self._values)
        self._rows += 1
        if self._maximum_rows is not None and self._rows > self._maximum_rows:
            raise self.error("too_many_rows", too_many_rows(self._maximum_rows))
        return text

    def error(self, code: str, detail: str) -> FileError:
        return FileError(line=self.number, code=code, detail=detail)

    def _all(self) -> Iterator[str]:
        opening = self._next_sign()
        if opening == "[":
            yield from self._listed("]")
        elif BY_ID.match(self._text, self._place):
            yield from self._listed("}")
        else:
            while self._next_sign():
                yield self._value()
            return
        if self._next_sign():
            raise self._invalid(_("There is more behind the end of the list."))

    def _listed(self, end: str) -> Iterator[str]:
        self._place += 1
        sign = self._next_sign()
        while sign != end:
            if end == "}":
                self._value()
                self._require(":")
            yield self._value()
            sign = self._next_sign()
            if sign == end:
                break
            self._require(",")
        self._place += 1

    def _require(self, sign: str) -> None:
        if self._next_sign() != sign:
            raise self._invalid(f"Expecting {sign!r}.")
        self._place += 1

    def _next_sign(self) -> str:
        """Return the next character that is not white space; an empty text at the end."""
        while True:
            found = SPACE.match(self._text, self._place)
            self._pass(found.end() if found else self._place)
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._fill():
                return ""

    def _value(self) -> str:
        """Return the text of the next value."""
        self._next_sign()
        self.number = self._line
        while True:
            try:
                __, end = FINDER.raw_decode(self._text, self._place)
            except RecursionError as error:
                raise self._invalid(_("It is nested too deeply.")) from error
            except ValueError as error:
                if len(self._text) - self._place <= MAXIMUM_ROW and self._fill():
                    continue
                raise self._invalid(str(error).partition(":")[0]) from error
            # A number at the end of a block may go on in the next one.
            if end < len(self._text) or not self._fill():
                break
        text = self._text[self._place : end]
        if len(text.encode("utf-8", "replace")) > MAXIMUM_ROW:
            raise self.error(
                "row_too_long",
                _("An object has at most %(maximum)s bytes.") % {"maximum": f"{MAXIMUM_ROW:,}"},
            )
        self._pass(end)
        return text

    def _pass(self, place: int) -> None:
        self._line += self._text.count("\n", self._place, place)
        self._place = place

    def _fill(self) -> bool:
        """Read another block. Return whether there was one."""
        try:
            block = self._stream.read(BLOCK)
            text = self._decoder.decode(block, final=not block)
        except DAMAGED as error:
            raise self.error("invalid_gzip", str(DAMAGED_DETAIL)) from error
        except UnicodeDecodeError as error:
            raise self.error("invalid_encoding", undecoded(error)) from error
        if not self._text and self._line == 1:
            text = text.lstrip("\ufeff")
        self._text = self._text[self._place :] + text
        self._place = 0
        return bool(block)

    def _invalid(self, reason: str) -> FileError:
        text = _("The file is not valid JSON from here on: %(reason)s.")
        return self.error("invalid_json", text % {"reason": reason.rstrip(".")})


def item_rows(items: Items, options: FileOptions, findings: Findings) -> Iterator[Row]:
    """Yield the members of a book for each value."""
    objects = Objects(options, findings)
    for text in items:
        line = items.number
        try:
            value = strict_json(text)
        except ValueError as error:
            detail = _("The object is not valid JSON: %(error)s") % {"error": error}
            yield line, RowError(line=line, pointer="#", code="parse_error", detail=detail)
        else:
            yield line, objects.row(line, value)

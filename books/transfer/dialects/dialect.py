"""A dialect: the columns of one program's files, and what becomes of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

from .cells import Convert

# Signs that people and programs write differently in the same header: `Year Published`,
# `year_published`. `#` begins Calibre's own columns, and a currency may be part of a header.
# Characters of a header that are compared. The time of NFKC grows with the square of its marks.
MAXIMUM_HEADER = 255
UNHEARD = re.compile(r"[^\w#€$£]|_")


@lru_cache(maxsize=4_096)
def heading(text: str) -> str:
    """Return a header in the form in which headers are compared: any case, without spaces."""
    return UNHEARD.sub("", normalize("NFKC", text[:MAXIMUM_HEADER]).casefold())


@dataclass(frozen=True)
class Take:
    """A column that gives a member. `header` is as the program writes it."""

    header: str
    member: str
    convert: Convert


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The columns of a program's files.

    Of several columns that give one member, the first one counts that has a value in the row. Any
    column that is not named here is left out, unless it is a usual word for a member that no other
    column gives.
    """

    # The name in reports.
    name: str
    # Sets of headers: a file that has all headers of one of them is in this dialect.
    signatures: tuple[frozenset[str], ...]
    takes: tuple[Take, ...]
    # Headers that would be taken for other columns' words, and must not be.
    leaves: frozenset[str] = frozenset()
    # Whether quotes around a cell of a text file belong to the file and not to the value.
    is_quoted: bool = True

    def writes(self, headings: frozenset[str]) -> bool:
        return any(signature <= headings for signature in self.signatures)


def headings(headers: Iterable[str]) -> frozenset[str]:
    return frozenset(heading(header) for header in headers)

"""Which books the rows of a file have been about."""

from collections import defaultdict

# Ids of one page: a million books that were made one after the other are 31 pages of 4 KiB.
BITS = 15


class Taken:
    """A set of ids, with a bit for each: a file of a million rows needs no more than 130 kB."""

    def __init__(self) -> None:
        self._pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(1 << BITS - 3))

    def add(self, key: int) -> None:
        self._pages[key >> BITS][key >> 3 & 0xFFF] |= 1 << (key & 7)

    def __contains__(self, key: int) -> bool:
        page = self._pages.get(key >> BITS)
        return page is not None and bool(page[key >> 3 & 0xFFF] & 1 << (key & 7))

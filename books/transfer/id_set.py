"""A compact set of book ids."""

from collections import defaultdict

# Bits of an id within a page: a million consecutive ids are 31 pages of 4 KiB.
BITS = 15


class IdSet:
    """One bit per id, so that a file of a million rows needs at most 130 kB."""

    def __init__(self) -> None:
        self._pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(1 << BITS - 3))

    def add(self, key: int) -> None:
        self._pages[key >> BITS][key >> 3 & 0xFFF] |= 1 << (key & 7)

    def __contains__(self, key: int) -> bool:
        page = self._pages.get(key >> BITS)
        return page is not None and bool(page[key >> 3 & 0xFFF] & 1 << (key & 7))

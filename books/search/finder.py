"""Plans how to find the books of a page: several attempts, each with a budget of rows."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from books.fields import KEYS, MARKED, ORDERED, order_column
from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import RowsFinder, first_rows
from bookstore_project.speed.records import Columns

from .budget import Budget, timely
from .conditions import MISSING, conditions_of
from .lookups import matched, needles_of, scannable, unindexed
from .postgresql import planned_by_index
from .ranges import STARTS, mark, range_of
from .scans import ALL, Scan, keys_among
from .sqlite import joined_with_index
from .stale import has_stale
from .text import Needle

# Budgets, in rows. The planner first scans the index of the requested order, then widens.
FIRST_SCAN = 1_000  # Fills a page of 20 if one book in fifty matches.
MATCHES_TO_EXTRAPOLATE = 3  # With this many matches, the density is known well enough ...
SECOND_SCAN = 10_000  # ... to size a second scan, which never reads more rows than this.
SORTABLE = 5_000  # If a column's index finds at most this many ids, sort them without a scan.
SORTABLE_BY_TEXT = 1_000  # Lower for the text: LIKE must still check every candidate.
IDS_IN_STATEMENT = 1_000  # For PostgreSQL. It finds more ids again sooner than it parses them.
OTHER_INDEX_SCAN = 100_000  # Scan another index up to this size, not all books of a frequent word.

# Columns whose index finds exactly the matching books, so that no scan is tried before.
EXACT = ("id", "owner", "isbn")
SOURCES = (*EXACT, *map(order_column, ORDERED), MISSING, "text")
# The field with range letters for each column that lists can be ordered by.
MARKED_BY = {KEYS[name]: name for name in MARKED if name in KEYS}


class BookFinder(RowsFinder):
    """Scans the index of the order if many books match, and sorts the matches if few do.

    Neither engine's planner can choose well: its statistics do not say how often a word occurs.
    """

    def __init__(self, models: QuerySet[Any], columns: Columns | None = None) -> None:
        super().__init__(models, columns)
        self.conditions = conditions_of(models)
        self.is_on_sqlite = connections[models.db].vendor == "sqlite"
        self.ids: dict[str, list[int] | None] = {}
        self.budget = Budget()
        # The matches of the last scan.
        self.matches = 0

    def first(self, order: Order, position: Position | None, number: int) -> list[Any]:
        """Return the first rows after `position`. Raises SearchTooSlowError."""
        attempts = self._attempts(order, position, number)
        if "text" not in self.conditions:
            return next(found for found in attempts if found is not None)
        with self.budget.bounded(connections[self.rows.db]) as check:
            return next(found for found in timely(attempts, check) if found is not None)

    def _attempts(
        self, order: Order, position: Position | None, number: int
    ) -> Iterator[list[Any] | None]:
        """Yield the result of each attempt: the rows, or None if its budget did not suffice."""
        sources = [name for name in SOURCES if name in self.conditions and name != order.field]
        if sources and not self._is_scanned_by_owner(order):
            exact = [name for name in sources if name in EXACT]
            if (few := self._few(exact)) is not None:
                yield self._sort(few, order, position, number)
            yield from self._scans(order, position, number)
            if (few := self._few(sources)) is not None:
                yield self._sort(few, order, position, number)
            if "text" in sources:
                if (
                    self.matches == 0
                    and order.field in MARKED_BY
                    # The letters of such books do not say where their keys are.
                    and not has_stale(self.rows.db)
                ):
                    yield from self._jump(order, position, number)
                yield self._sort("text", order, position, number)
            yield from self._rest(sources, order, position, number)
        yield super().first(order, position, number)

    def _rest(
        self, sources: list[str], order: Order, position: Position | None, number: int
    ) -> Iterator[list[Any]]:
        """Sort what another column's index finds; if that is too much, search for a limited time.

        The matches are many, but none are near the start of the order.
        """
        for name in sources:
            leaving = self._of(name).order_by()[: OTHER_INDEX_SCAN + 1].count()
            if leaving <= OTHER_INDEX_SCAN:
                rows = scannable(self.rows, name)
                yield first_rows(order.segments(rows, position, is_scanned=False), number)
        with self.budget.bounded(connections[self.rows.db]) as check:
            check()
            found = super().first(order, position, number)
        yield found

    def _scans(
        self, order: Order, position: Position | None, number: int
    ) -> Iterator[list[Any] | None]:
        yield self._scan(order, position, number, steps=FIRST_SCAN)
        if self.matches >= MATCHES_TO_EXTRAPOLATE:
            # Twice as far as the matches so far suggest.
            steps = min(SECOND_SCAN, 2 * FIRST_SCAN * number // self.matches)
            yield self._scan(order, position, number, steps=steps)

    def _jump(
        self, order: Order, position: Position | None, number: int
    ) -> Iterator[list[Any] | None]:
        """Begin the scan at the first range of the order in which the text occurs."""
        start = self._start(order, position)
        if start is not position:
            yield from self._scans(order, start, number)
        elif set(self.conditions) == {"text"}:
            yield self._scan(order, position, number, steps=SECOND_SCAN)

    def count(self, maximum: int) -> int:
        """Return how many rows there are, up to `maximum`. Raises SearchTooSlowError."""
        if "text" not in self.conditions:
            return self._count(maximum)
        with self.budget.bounded(connections[self.rows.db]) as check:
            check()
            return self._count(maximum)

    def _count(self, maximum: int) -> int:
        if maximum <= SORTABLE and "text" in self.conditions and not any(self.ids.values()):
            return len(self._indexed(self.rows, maximum))
        few = self._few(name for name in SOURCES if name in self.conditions)
        if few is not None and len(self.models.query.where.children) == len(self.conditions[few]):
            return min(len(self.ids[few] or ()), maximum)
        if few is not None:
            return self._by(few).order_by()[:maximum].count()
        if "text" not in self.conditions:
            return super().count(maximum)
        return len(self._indexed(self.rows, maximum))

    def _is_scanned_by_owner(self, order: Order) -> bool:
        """Return whether the index of (owner, id) has exactly these rows, in this order."""
        return order.field == self.models.model._meta.pk.name and set(self.conditions) == {"owner"}

    def _scan(
        self, order: Order, position: Position | None, number: int, *, steps: int
    ) -> list[Any] | None:
        """Return the first matches among `steps` rows, or None if the page needs more rows."""
        everything = order.segments(self._of(order.field), position)
        wanted = order.segments(scannable(self.rows, order.field), position)
        scan = Scan(order=order, position=position, steps=steps)
        found: list[Any] = []
        for segment, books in zip(everything, wanted, strict=True):
            rows, is_whole = scan.first(segment, books, number - len(found))
            found += rows
            if len(found) == number:
                return found
            if not is_whole:
                self.matches = len(found)
                return None
        return found

    def _sort(self, source: str, order: Order, position: Position | None, number: int) -> list[Any]:
        """Sort all rows that the index of `source` finds, and return the first."""
        if self.ids.get(source) == []:
            return []
        return first_rows(order.segments(self._by(source), position, is_scanned=False), number)

    def _start(self, order: Order, position: Position | None) -> Position | None:
        """Return `position`, moved past ranges of the order in which the text does not occur."""
        if position is not None and position.value is None:
            return position
        is_backward = position is not None and position.is_backward
        is_ascending = order.is_descending == is_backward
        ranges = range(len(STARTS)) if is_ascending else range(len(STARTS) - 1, -1, -1)
        if position is not None:
            ranges = ranges[ranges.index(range_of(position.value)) :]
        # The last range is not checked: if the text is in no other, it is there.
        field = MARKED_BY[order.field]
        empty = takewhile(lambda number: self._is_empty(field, number), ranges[:-1])
        with planned_by_index(connections[self.rows.db]):
            skipped = len(list(empty))
        if not skipped:
            return position
        edge = STARTS[ranges[skipped] if is_ascending else ranges[skipped - 1]]
        # Ids begin at 1, so this is before every book whose value is the edge.
        return Position(value=edge, tiebreaker=0, is_backward=is_backward)

    def _is_empty(self, field: str, number: int) -> bool:
        """Return whether no book in a range of `field` contains the text."""
        needle = Needle(texts=(mark(field, number),))
        return not self._indexed(self._of("text").filter(search_text__has_needle=needle), 1)

    def _by(self, source: str) -> QuerySet[Any]:
        """Return the same rows, found by the index of `source`."""
        few = self.ids.get(source)
        if few is not None and (self.is_on_sqlite or len(few) <= IDS_IN_STATEMENT):
            return scannable(self.rows).filter(pk__in=few)
        if self.is_on_sqlite:
            return self._matched()
        return self.rows if source == "text" else unindexed(self.rows)

    def _matched(self) -> QuerySet[Any]:
        """Return the same rows, scanned by another column's index if that finds few enough."""
        for name in SOURCES:
            if name in self.conditions and name != "text":
                leaving = self._of(name).order_by()[: OTHER_INDEX_SCAN + 1].count()
                if leaving <= OTHER_INDEX_SCAN:
                    return matched(self.rows, leading=False)
        return matched(scannable(self.rows), leading=True)

    def _few(self, sources: Iterable[str]) -> str | None:
        """Return the first source whose index finds few enough books to sort them."""
        for name in sources:
            if name not in self.ids:
                self.ids[name] = self._ids(name)
            if self.ids[name] is not None:
                return name
        return None

    def _ids(self, name: str) -> list[int] | None:
        books = self._of(name)
        if name == "text":
            found = self._indexed(books, SORTABLE_BY_TEXT + 1)
            return found if len(found) <= SORTABLE_BY_TEXT else None
        found = list(books.order_by().values_list("pk", flat=True)[: SORTABLE + 1])
        return found if len(found) <= SORTABLE else None

    def _of(self, name: str) -> QuerySet[Any]:
        """Return the books that meet the conditions on one column."""
        books: QuerySet[Any] = self.rows.model.objects.using(self.rows.db)
        books.query.where.children = [*self.conditions.get(name, ())]
        return books

    def _indexed(self, books: QuerySet[Any], maximum: int) -> list[int]:
        """Return at most `maximum` ids, found by the index of the text."""
        keys = books.order_by().values_list("pk", flat=True)
        if self.is_on_sqlite:
            return list(joined_with_index(unindexed(keys), needles_of(books))[:maximum])
        # If this query had a limit itself, PostgreSQL would rather not use the index.
        return list(keys_among(keys[:ALL], self._of(""))[:maximum])

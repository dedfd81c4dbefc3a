"""The cost of a page of the list, by its position and by the size of the store.

    python -m benchmarks.paging /var/tmp/stores

Pages 1, 100 and the middle one (25,000 for a million books), forwards and backwards, in every
ordering; and the bounded count. The cost of a page is the median of its rounds.
"""

from collections.abc import Iterator
from typing import Any

from books.models import Book
from bookstore_project.paging.keyset import Order, Position

from .meter import Cost
from .options import options_of
from .pages import page_of
from .plot import write_chart
from .questions import ORDERS
from .report import show, spread, table, write_json
from .rounds import Work, run_rounds
from .stores import Store, opened

PAGE = 20
COUNTED: dict[str, dict[str, str]] = {
    "count of all": {},
    "count of a price": {"price_min": "9.99", "price_max": "9.99"},
    "count of a frequent word": {"q": "the"},
    "count of a rare word": {"q": "кобы"},
}

Key = tuple[Store, str, str]


def main(arguments: list[str] | None = None) -> None:
    options = options_of("paging", arguments)
    with opened(options.stores, options.engines, options.sizes) as stores:
        work = {key: one for store in stores for key, one in _work(store)}
        costs = run_rounds(work, options.rounds)
        results = [_result(store, costs) for store in stores]
        write_json(options.json, stores, {"rounds": options.rounds, "stores": results})
    show(table(("store", "page", "median", "p99", "max", "statements"), _rows(results)))
    write_chart(options.chart, "A page of the list: database time", _lines(results))


def _work(store: Store) -> Iterator[tuple[Key, Work]]:
    for ordering in ORDERS:
        for name, parameters in _pages(store, ordering):
            asked = {"ordering": ordering, **parameters}
            yield (store, name, ordering), Work(store, page_of(store, asked))
    for name, parameters in COUNTED.items():
        asked = {"count": "true", **parameters}
        yield (store, name, "id"), Work(store, page_of(store, asked))


def _pages(store: Store, ordering: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the names of pages, with the cursor from the neighbouring page."""
    yield "page 1", {}
    # Page 1 has no previous page.
    middle = max(2, store.books // PAGE // 2)
    for name, page in {"page 100": 100, "middle": middle}.items():
        if page * PAGE < store.books:
            yield f"{name}, forwards", {"cursor": _cursor(store, ordering, (page - 1) * PAGE - 1)}
            cursor = _cursor(store, ordering, page * PAGE, is_backward=True)
            yield f"{name}, backwards", {"cursor": cursor}


def _cursor(store: Store, ordering: str, offset: int, *, is_backward: bool = False) -> str:
    """Return the cursor for the row at an offset, which clients can't request."""
    books = Book.objects.using(store.alias).ordered_by(ordering)
    order = Order.of(books, tiebreaker="id")
    for segment in order.segments(books, None):
        if book := segment[offset : offset + 1].first():
            value = getattr(book, order.field)
            position = Position(value=value, tiebreaker=book.pk, is_backward=is_backward)
            return position.encode(order=order)
        offset -= segment.count()
    raise ValueError("The store is smaller than its name says.")


def _result(store: Store, costs: dict[Key, Cost]) -> dict[str, Any]:
    names = dict.fromkeys(name for of, name, _ in costs if of == store)
    pages = {}
    for name in names:
        by_order = {key[2]: cost for key, cost in costs.items() if key[:2] == (store, name)}
        pages[name] = {
            "database_ms": spread([cost.database for cost in by_order.values()]),
            "whole_ms": spread([cost.whole for cost in by_order.values()]),
            "statements": max(cost.statements for cost in by_order.values()),
            "by_order": {order: cost.database for order, cost in by_order.items()},
        }
    return {"engine": store.engine, "books": store.books, "pages": pages}


def _rows(results: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for result in results:
        for name, page in result["pages"].items():
            store = f"{result['engine']}, {result['books']:,}"
            yield [store, name, *page["database_ms"].values(), page["statements"]]


def _lines(results: list[dict[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    lines: dict[str, list[tuple[int, float]]] = {}
    for result in results:
        for name in ("page 1", "middle, forwards", "middle, backwards"):
            # A tiny store has no other page than the middle one.
            if page := result["pages"].get(name):
                line = lines.setdefault(f"{result['engine']}: {name}", [])
                line.append((result["books"], page["database_ms"]["median"]))
    return lines


if __name__ == "__main__":
    main()

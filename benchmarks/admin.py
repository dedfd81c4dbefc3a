"""Measure the server time of the admin's pages, on the store that BENCHMARK_DATABASE_URL names.

    python -m benchmarks.admin

The first run adds records for the other lists. Prints a table, and writes it as JSON
to benchmarks/results/: milliseconds of wall time, median and worst of five after a warm-up, and
of CPU time of this process (which includes SQLite); and the number of queries.
"""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from benchmarks.admin_store import admin_with_records, book_with_long_history
from books.fields import order_column
from books.models import Book, BookChange, DeletedBook
from bookstore_project.paging.keyset import Order, Position

RESULTS = Path(__file__).parent / "results"
TIMES = 5
PER_PAGE = 50
# The bound for a page, in milliseconds.
ALLOWED = 150
LIST = "/admin/books/book/"
# The columns of the list, as the parameter `o` numbers them.
COLUMNS = {1: "name", 2: "author", 4: "price", 6: "published_on", 7: "created_at"}
YEAR = {
    "created_at__gte": "2017-01-01 00:00:00+00:00",
    "created_at__lt": "2018-01-01 00:00:00+00:00",
}
DAY = {
    "created_at__gte": "2019-05-05 00:00:00+00:00",
    "created_at__lt": "2019-05-06 00:00:00+00:00",
}
FILTERS: dict[str, dict[str, Any]] = {
    "created in 2017": YEAR,
    "created on a day": DAY,
    "created this year": {"created_at__gte": "2026-01-01 00:00:00+00:00"},
    "with a date": {"published_on__isnull": "False"},
    "without a date": {"published_on__isnull": "True"},
    "published in the 1600s": {"published_on__gte": "1600-01-01", "published_on__lt": "1700-01-01"},
    "without a price": {"price__isempty": 1},
    "with a price": {"price__isempty": 0},
    "2017, by name": {**YEAR, "o": 1},
    "2017, by price": {**YEAR, "o": 4},
    "2017, without a price": {**YEAR, "price__isempty": 1},
    "2017, without a price, by -name": {**YEAR, "price__isempty": 1, "o": -1},
    "2017, without a date": {**YEAR, "published_on__isnull": "True"},
    "a day, by price": {**DAY, "o": 4},
}
SEARCHES = ("xqzjv", "the", "press", "a", "война", "の", "кобы", "978014", "of and")
EVENT = "/admin/accounts/authevent/"
CHANGE = "/admin/books/bookchange/"
DELETED = "/admin/books/deletedbook/"
USER = "/admin/accounts/user/"
# The cache is emptied before this page.
AGAIN = "/admin/?"
OWNER = "/admin/autocomplete/?app_label=books&model_name=book&field_name=owner&term="


def main() -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(admin_with_records())
    rows = []
    for name, ask in _pages(client):
        rows.append({"page": name, **_measured(ask)})
        mark = "  <- too slow" if rows[-1]["median_ms"] > ALLOWED else ""
        _say(
            "{page:44} {median_ms:8.1f} {worst_ms:8.1f} {cpu_ms:8.1f} {queries:4}".format(
                **rows[-1]
            )
            + mark
        )
    _write(rows)


def _measured(ask: Callable[[], Any]) -> dict[str, Any]:
    ask()
    spent, queries, work = [], _Counter(), time.process_time()
    for _ in range(TIMES):
        began = time.perf_counter()
        with connection.execute_wrapper(queries):
            ask()
        spent.append(1_000 * (time.perf_counter() - began))
    return {
        "median_ms": round(statistics.median(spent), 1),
        "worst_ms": round(max(spent), 1),
        "cpu_ms": round(1_000 * (time.process_time() - work) / TIMES, 1),
        "queries": queries.number // TIMES,
    }


class _Counter:
    number = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.number += 1
        return execute(*arguments)


def _pages(client: Client) -> Iterator[tuple[str, Callable[[], Any]]]:
    for name, address in _addresses():
        yield name, partial(_get, client, address)
    chosen = [*Book.objects.order_by("-pk").values_list("pk", flat=True)[:PER_PAGE]]
    ticked = {"action": "delete_selected", "_selected_action": chosen}
    yield "confirm: delete 50 books", lambda: _require_200(client.post(LIST, ticked))
    yield (
        "confirm: delete 50 found by `the`",
        lambda: _require_200(client.post(f"{LIST}?q=the", ticked)),
    )


def _addresses() -> Iterator[tuple[str, str]]:
    yield "index", "/admin/"
    yield "index, counted again", AGAIN
    yield from _lists_of_books()
    book, user = book_with_long_history(), User.objects.filter(admin=False).earliest("pk")
    yield "book: add", f"{LIST}add/"
    yield "books of an owner", f"{LIST}?owner={user.name}"
    yield "books of an owner, by name", f"{LIST}?owner={user.name}&o=1"
    yield "books `the` of an owner", f"{LIST}?q=the&owner={user.name}"
    yield "books of a name that is searched", f"{LIST}?q={user.name}"
    yield "book: change", f"{LIST}{book.pk}/change/"
    yield "book: history of 2,000 changes", f"{LIST}{book.pk}/history/"
    yield "book: confirm deletion", f"{LIST}{book.pk}/delete/"
    yield "owners: choose, any", OWNER
    yield "owners: choose, `0042`", f"{OWNER}0042"
    for name, query in (
        ("", ""),
        (": deletions", "kind__exact=deleted"),
        (": restored", "kind__exact=restored"),
    ):
        yield f"changes{name}", f"{CHANGE}?{query}"
    yield "changes: of a book", f"{CHANGE}?q={book.pk}"
    yield "changes: last page", f"{CHANGE}?{_last_page(BookChange, 'id', is_descending=True)}"
    for name, query in (
        ("", ""),
        (": of an owner", f"owner={user.name}"),
        (": this year", "at__gte=2026-01-01+00:00:00%2B00:00"),
        (": a word", "q=the"),
        (": a day", "q=2026-11-26"),
        (": nothing", "q=xqzjv"),
        (": last page", _last_page(DeletedBook, "at", is_descending=True)),
    ):
        yield f"deleted books{name}", f"{DELETED}?{query}"
    yield "changes: one", f"{CHANGE}{BookChange.objects.latest('pk').pk}/change/"
    for name, query in (
        ("", ""),
        (": a rare kind", "kind__exact=key_changed"),
        (": a frequent kind", "kind__exact=login"),
        (": of a name", f"q={user.name}"),
        (": from an address", "q=192.0.2.7"),
        (": of nobody", "q=nobody"),
        (": the oldest first", "o=0"),
    ):
        yield f"events{name}", f"{EVENT}?{query}"
    yield "users", USER
    yield "users: last page", f"{USER}?p=20"
    yield "users: `0042`", f"{USER}?q=0042"
    yield "users: admins", f"{USER}?admin__exact=1"
    yield "user: change", f"{USER}{user.pk}/change/"


def _lists_of_books() -> Iterator[tuple[str, str]]:
    yield "books", LIST
    yield "books: last page", f"{LIST}?{_last_page(Book, 'id', is_descending=True)}"
    for number, field in COLUMNS.items():
        for sign in ("", "-"):
            order = f"o={sign}{number}"
            last = _last_page(Book, field, is_descending=bool(sign))
            yield f"books by {sign}{field}", f"{LIST}?{order}"
            yield f"books by {sign}{field}: last page", f"{LIST}?{order}&{last}"
    for name, query in FILTERS.items():
        yield f"books {name}", f"{LIST}?{urlencode(query)}"
    for text in SEARCHES:
        for order in ("", "&o=-7", "&o=6", "&o=-4"):
            yield f"books `{text}` {order}", f"{LIST}?{urlencode({'q': text})}{order}"
    for text in ("the", "война", "xqzjv"):
        yield f"books `{text}` in 2017", f"{LIST}?{urlencode({**YEAR, 'q': text})}"
        yield f"books `{text}` on a day", f"{LIST}?{urlencode({**DAY, 'q': text})}"


def _last_page(model: Any, field: str, *, is_descending: bool) -> str:
    """Return the query parameter of the last page."""
    rows, sign = model.objects.all(), "" if is_descending else "-"
    if model._meta.get_field(field).null:
        rows = rows.filter(**{f"{field}__isnull": True})
    row = rows.order_by(f"{sign}{field}", f"{sign}id")[PER_PAGE]
    column = order_column(field) if model is Book else field
    ordered = model.objects.order_by(f"{'-' if is_descending else ''}{column}")
    order = Order.of(ordered, tiebreaker="id")
    position = Position(value=getattr(row, order.field), tiebreaker=row.pk, is_backward=False)
    return urlencode({"p": position.encode(order=order)})


def _get(client: Client, address: str) -> None:
    if address == AGAIN:
        cache.clear()
    _require_200(client.get(address))


def _require_200(response: Any) -> None:
    if response.status_code != 200:
        raise SystemExit(f"{response.request['PATH_INFO']}: {response.status_code}")


def _write(rows: list[dict[str, Any]]) -> None:
    results = {
        "date": timezone.now().isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "engine": connection.vendor,
        "books": Book.objects.count(),
        "users": User.objects.count(),
        "pages": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"admin-{connection.vendor}.json"
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    worst = max(rows, key=lambda row: row["median_ms"])
    _say(f"{len(rows)} pages; the dearest is {worst['page']!r}: {worst['median_ms']} ms. {file}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

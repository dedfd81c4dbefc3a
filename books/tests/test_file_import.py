"""POST books/import stores all of a file or nothing; the same file again changes nothing."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.models import Book, BookChange
from books.transfer import imports
from books.transfer.stored_books import ALIKE, WITHOUT_SORTING
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import EMMA, HEAD, KNOWN, codes, counts, csv, known, post, refusals, stored, zipped

FULL = f"{HEAD},price,isbn,published_on"
NDJSON = "application/x-ndjson"


def test_new_books_are_the_callers(as_ada: ConformingClient, ada: User) -> None:
    response = post(as_ada, csv(f"{EMMA},12.50,0-14-143954-8,1815-12-23", head=FULL))

    assert response.status_code == 200
    assert response.json() == {
        "created": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "errors": [],
        "errors_truncated": False,
        "dialect": "bookstore",
        "columns": [{"column": name, "member": name} for name in FULL.split(",")],
        "left_out": [],
        "notes": [],
    }
    book = Book.objects.get()
    assert (book.name, book.author, book.publisher) == ("Emma", "Jane Austen", "Murray")
    assert (book.price, book.isbn) == (Decimal("12.50"), "9780141439549")
    assert (book.published_on, book.version, book.owner) == ("1815-12-23", 1, ada)
    assert as_ada.get(BOOKS, {"q": "emma"}).json()["results"][0]["id"] == book.pk
    assert not BookChange.objects.exists()


def test_ndjson(as_ada: ConformingClient) -> None:
    rows = [
        {"name": "Emma", "author": "Jane Austen", "publisher": "Murray", "price": 12.5},
        {"name": "=1+1", "author": "'@x", "publisher": "x", "price": None, "isbn": None},
    ]
    content = "\n".join(map(json.dumps, rows)) + "\r\n\n  \n"
    response = post(as_ada, content, kind=NDJSON)
    assert counts(response) == (2, 0, 0, 0)
    assert set(Book.objects.values_list("name", "author", "price")) == {
        ("Emma", "Jane Austen", Decimal("12.50")),
        ("=1+1", "'@x", None),
    }


def test_a_second_run_changes_nothing(as_ada: ConformingClient) -> None:
    content = csv(EMMA, "Persuasion,Jane Austen,Murray")
    post(as_ada, content)
    before = stored()
    assert counts(post(as_ada, content)) == (0, 0, 2, 0)
    assert stored() == before


def test_columns_stand_in_any_order_behind_a_byte_order_mark(as_ada: ConformingClient) -> None:
    content = b"\xef\xbb\xbf" + b"publisher,price, name ,author\nMurray,,Emma,Jane Austen\n,,,\n\n"
    assert counts(post(as_ada, content)) == (1, 0, 0, 0)
    assert Book.objects.get().publisher == "Murray"


def test_gzip(as_ada: ConformingClient) -> None:
    response = post(as_ada, zipped(csv(EMMA)), headers={"content-encoding": "gzip"})
    assert counts(response) == (1, 0, 0, 0)


def test_a_row_with_an_id_changes_that_book_and_the_change_is_recorded(
    as_ada: ConformingClient, ada: User, book: Book
) -> None:
    response = post(as_ada, csv(f"{known(book)},Romola,George Eliot,Smith", head=KNOWN))

    assert counts(response) == (0, 1, 0, 0)
    changed = Book.objects.get()
    assert (changed.pk, changed.name, changed.publisher) == (book.pk, "Romola", "Smith")
    # A column that is not in the file keeps its stored values.
    assert (changed.version, changed.price, changed.isbn) == (2, book.price, book.isbn)
    assert changed.updated_at > book.updated_at
    change = BookChange.objects.get()
    assert (change.book_id, change.version, change.actor_id) == (book.pk, 2, ada.public_id)
    assert (change.before["name"], change.after["name"]) == ("Middlemarch", "Romola")
    assert [row["id"] for row in as_ada.get(BOOKS, {"q": "romola"}).json()["results"]] == [book.pk]
    assert as_ada.post(f"{BOOKS}/{book.pk}/restore").json()["name"] == "Middlemarch"


def test_an_empty_cell_unsets_a_value(as_ada: ConformingClient, book: Book) -> None:
    content = csv("Middlemarch,George Eliot,Blackwood,,,", head=FULL)
    assert counts(post(as_ada, content)) == (0, 1, 0, 0)
    changed = Book.objects.get()
    assert (changed.price, changed.isbn, changed.published_on) == (None, None, None)


def test_an_unknown_id_is_passed_over_for_the_title(as_ada: ConformingClient, book: Book) -> None:
    rows = ("999,Middlemarch,George Eliot,Penguin", "998,Romola,George Eliot,Smith")
    assert counts(post(as_ada, csv(*rows, head=f"id,{HEAD}"))) == (1, 1, 0, 0)
    assert set(Book.objects.values_list("name", "publisher")) == {
        ("Middlemarch", "Penguin"),
        ("Romola", "Smith"),
    }


def test_ids_from_nowhere_change_nothing_the_second_time(as_ada: ConformingClient) -> None:
    first = Book.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = [f"{first + number},T{number},A,P" for number in (3, 1, 2)]
    content = csv(*rows, head=f"id,{HEAD}")
    assert counts(post(as_ada, content)) == (3, 0, 0, 0)
    before = stored()
    assert counts(post(as_ada, content)) == (0, 0, 3, 0)
    assert stored() == before


def test_an_id_exported_of_another_store_is_no_id_here(
    as_ada: ConformingClient, book: Book
) -> None:
    row = f"{book.pk},2001-01-01T00:00:00Z,Romola,George Eliot,Smith"
    assert counts(post(as_ada, csv(row, head=f"id,created_at,{HEAD}"))) == (1, 0, 0, 0)
    assert Book.objects.get(pk=book.pk).name == "Middlemarch"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (" ,A,P,,,", ("#/name", "blank")),
        (f"{'x' * 256},A,P,,,", ("#/name", "max_length")),
        ("E\0,A,P,,,", ("#/name", "null_characters_not_allowed")),
        ("E,A,P,1e3,,", ("#/price", "invalid")),
        ("E,A,P,-1,,", ("#/price", "min_value")),
        ("E,A,P,1.234,,", ("#/price", "max_decimal_places")),
        ("E,A,P,,9780141439540,", ("#/isbn", "isbn")),
        ("E,A,P,,,2001-02-30", ("#/published_on", "invalid")),
        ("E,A,P,,,yesterday", ("#/published_on", "invalid")),
        ("E,A,P", ("#", "wrong_number_of_cells")),
    ],
)
def test_a_row_is_checked_as_the_api_checks_a_book(
    row: str, found: tuple[str, str], as_ada: ConformingClient
) -> None:
    content = csv("Romola,G,S,,,", '"two\r\nlines",A,P,,,', row, "Felix,G,S,,,", head=FULL)
    response = post(as_ada, content)
    assert refusals(response) == [(5, *found)]
    assert counts(response) == (3, 0, 0, 1)
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("[", ("#", "parse_error")),
        ("[1]", ("#", "not_an_object")),
        ("[" * 20_000, ("#", "parse_error")),
        ('{"name": "a", "name": "b"}', ("#", "parse_error")),
        ('{"name": 1, "author": "A", "publisher": "P"}', ("#/name", "not_a_text")),
        ('{"author": "A", "publisher": "P"}', ("#/name", "required")),
        (
            '{"name": "\\ud800", "author": "A", "publisher": "P"}',
            ("#/name", "surrogate_characters_not_allowed"),
        ),
        ('{"nam": "a", "name": "a", "author": "A", "publisher": "P"}', ("#/nam", "unknown_member")),
        ('{"id": true, "name": "a", "author": "A", "publisher": "P"}', ("#/id", "invalid")),
        ('{"id": 0, "name": "a", "author": "A", "publisher": "P"}', ("#/id", "invalid")),
        ('{"id": "x", "name": "a", "author": "A", "publisher": "P"}', ("#/id", "invalid")),
        ('{"created_at": 1, "name": "a"}', ("#/created_at", "invalid")),
        ('{"created_at": "2001-01-01T00:00:00", "name": "a"}', ("#/created_at", "invalid")),
        ('{"version": 2147483648, "name": "a"}', ("#/version", "invalid")),
    ],
)
def test_a_line_is_checked_as_the_api_checks_a_book(
    line: str, found: tuple[str, str], as_ada: ConformingClient
) -> None:
    response = post(as_ada, f"\n{line}\n", kind=NDJSON)
    assert refusals(response) == [(2, *found)]
    assert not Book.objects.exists()


def test_skip_leaves_out_what_is_refused(as_ada: ConformingClient) -> None:
    response = post(as_ada, csv(" ,A,P", EMMA), on_error="skip")
    assert response.status_code == 200
    assert counts(response) == (1, 0, 0, 1)
    assert codes(response.json()) == [(2, "#/name", "blank")]
    assert Book.objects.get().name == "Emma"


@pytest.mark.parametrize("rows", [[EMMA], [EMMA, " ,A,P"]])
def test_a_dry_run_says_the_same_and_stores_nothing(
    rows: list[str], as_ada: ConformingClient, book: Book
) -> None:
    before = stored()
    content = csv(*rows, "Middlemarch,George Eliot,Penguin")
    dry = post(as_ada, content, dry_run="true")
    assert stored() == before
    real = post(as_ada, content)
    assert (dry.status_code, counts(dry)) == (real.status_code, counts(real))
    assert (stored() == before) is (real.status_code == 422)


def test_two_rows_that_make_one_book_two_things_are_refused(as_ada: ConformingClient) -> None:
    other = EMMA.replace("Murray", "Penguin")
    assert refusals(post(as_ada, csv(EMMA, EMMA, other))) == [(4, "#", "duplicate_row")]


def test_in_another_chunk_too(
    as_ada: ConformingClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 1)
    same = "Middlemarch,George Eliot,Blackwood"
    other = same.replace("Blackwood", "Penguin")
    new = EMMA.replace("Murray", "Penguin")
    response = post(as_ada, csv(EMMA, EMMA, new, same, other, same))
    assert refusals(response) == [(4, "#", "duplicate_row"), (6, "#", "duplicate_row")]
    assert counts(response) == (1, 0, 3, 2)


def test_an_id_that_the_import_gave_out_itself_is_not_meant(
    as_ada: ConformingClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 1)
    rows = (",Romola,George Eliot,Smith", f"{book.pk + 1},Emma,Jane Austen,Murray")
    assert counts(post(as_ada, csv(*rows, head=f"id,{HEAD}"))) == (2, 0, 0, 0)
    assert Book.objects.count() == 3


def test_a_title_that_an_earlier_row_freed_can_be_taken(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    one, two = (make_book(ada, name=name) for name in ("One", "Two"))
    rows = [(known(one), "Three"), (known(two), "One"), (",", "Two")]
    content = csv(*(f"{key},{name},George Eliot,P" for key, name in rows), head=KNOWN)
    assert counts(post(as_ada, content)) == (1, 2, 0, 0)
    names = dict(Book.objects.values_list("pk", "name"))
    assert (names[one.pk], names[two.pk], len(names)) == ("Three", "One", 3)


def test_a_title_that_another_book_has_is_refused(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    one, _ = (make_book(ada, name=name) for name in ("One", "Two"))
    content = csv(f"{known(one)},Two,George Eliot,P", head=KNOWN)
    assert refusals(post(as_ada, content)) == [(2, "#", "book_exists")]


def test_a_book_that_was_changed_since_it_was_exported_is_stale(
    as_ada: ConformingClient, book: Book
) -> None:
    head = f"id,version,{HEAD}"
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "1.00"})
    row = "Middlemarch,George Eliot,Penguin"
    response = post(as_ada, csv(f"{book.pk},1,{row}", head=head))
    assert refusals(response) == [(2, "#/version", "stale")]
    assert counts(post(as_ada, csv(f"{book.pk},2,{row}", head=head))) == (0, 1, 0, 0)


def test_somebody_elses_book_is_refused_unless_it_stays_as_it_is(
    as_bob: ConformingClient, book: Book
) -> None:
    before = stored()
    head = f"id,{HEAD}"
    same = f"{book.pk},Middlemarch,George Eliot,Blackwood"
    assert counts(post(as_bob, csv(same, head=head))) == (0, 0, 1, 0)
    response = post(as_bob, csv(f"{known(book)},Mine,George Eliot,Blackwood", head=KNOWN))
    assert refusals(response) == [(2, "#/id", "permission_denied")]
    assert stored() == before


def test_an_admin_changes_anybodys_book_but_no_title_into_a_twins(
    as_boss: ConformingClient, ada: User, book: Book, make_book: Callable[..., Book]
) -> None:
    make_book(ada, name="Romola", isbn=book.isbn)
    rows = [f"{known(book)},{name},George Eliot,Blackwood" for name in ("Romola", "Felix Holt")]
    assert refusals(post(as_boss, csv(rows[0], head=KNOWN))) == [(2, "#", "book_exists")]
    assert counts(post(as_boss, csv(rows[1], head=KNOWN))) == (0, 1, 0, 0)
    book.refresh_from_db()
    assert (book.name, book.owner) == ("Felix Holt", ada)
    assert BookChange.objects.get().owner == ada


@pytest.mark.parametrize("chunk", [1, 1_000])
def test_an_admin_moves_titles_among_somebody_elses_books(
    chunk: int,
    as_boss: ConformingClient,
    ada: User,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imports, "CHUNK", chunk)
    one, two, three = (make_book(ada, name=name) for name in ("One", "Two", "Three"))
    rows = [
        f"{known(one)},Free,George Eliot,P",
        f"{known(two)},One,George Eliot,P",
        f"{known(three)},One,George Eliot,P",
        f"{known(three)},Free,George Eliot,P",
    ]
    response = post(as_boss, csv(*rows, head=KNOWN), on_error="skip")
    assert codes(response.json()) == [(4, "#", "book_exists"), (5, "#", "book_exists")]
    names = dict(Book.objects.values_list("pk", "name"))
    assert names == {one.pk: "Free", two.pk: "One", three.pk: "Three"}


@pytest.mark.parametrize("chunk", [1, 2, 1_000])
def test_titles_move_from_row_to_row(
    chunk: int,
    as_ada: ConformingClient,
    ada: User,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imports, "CHUNK", chunk)
    one, two = (make_book(ada, name=name) for name in ("One", "Two"))
    rows = [
        f"{known(one)},Free,George Eliot,P",
        f"{known(two)},One,George Eliot,P",
        ",,Two,George Eliot,P",
        ",,Two,George Eliot,P",
        ",,Free,George Eliot,P",
        ",,Free,George Eliot,Q",
        f"{known(two)},One,George Eliot,P",
        f"{known(two)},Two,George Eliot,P",
    ]
    response = post(as_ada, csv(*rows, head=KNOWN), on_error="skip")
    assert codes(response.json()) == [(7, "#", "duplicate_row"), (9, "#", "duplicate_row")]
    assert counts(response) == (1, 2, 3, 2)
    names = dict(Book.objects.values_list("pk", "name"))
    assert (names.pop(one.pk), names.pop(two.pk)) == ("Free", "One")
    assert list(names.values()) == ["Two"]


def test_a_book_with_spaces_around_its_name_is_exported_and_imported_unchanged(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    make_book(ada, name=" Emma ", author="\tJane")
    before = stored()
    content = as_ada.get(f"{BOOKS}/export").getvalue()
    assert counts(post(as_ada, content)) == (0, 0, 1, 0)
    assert stored() == before


def test_errors_beyond_a_thousand_are_counted(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = post(as_ada, csv(*[" ,A,P"] * 1_001))
    report = response.json()["report"]
    assert (len(report["errors"]), report["errors_truncated"]) == (1_000, True)
    assert report["refused"] == 1_001


@pytest.mark.parametrize("on_error", ["reject", "skip"])
def test_a_file_that_is_hardly_one_of_books_is_not_read_to_its_end(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch, on_error: str
) -> None:
    monkeypatch.setattr("books.transfer.views.imports.MAXIMUM_REFUSED", 10)
    monkeypatch.setattr(imports, "CHUNK", 5)
    few = post(as_ada, csv(*[" ,A,P"] * 10), on_error="skip")
    assert (few.status_code, counts(few)) == (200, (0, 0, 0, 10))
    response = post(as_ada, csv(EMMA, *[" ,A,P"] * 100), on_error=on_error)
    assert response.status_code == 422
    report = response.json()["report"]
    assert report["refused"] == 15
    assert codes(report)[-1] == (16, "#", "too_many_refused")
    assert not Book.objects.exists()


def test_why_a_file_can_not_be_read_on_is_listed_after_a_thousand_errors(
    as_ada: ConformingClient,
) -> None:
    response = post(as_ada, csv(*[" ,A,P"] * 1_000, '"x'))
    report = response.json()["report"]
    assert (len(report["errors"]), report["errors_truncated"]) == (1_000, True)
    assert codes(report)[-1] == (1_002, "#", "invalid_csv")
    assert report["refused"] == 1_001


def test_the_queries_do_not_grow_with_a_chunk(as_ada: ConformingClient) -> None:
    numbers = []
    for count in (1, 20):
        rows = [f"{count}-{number},A,P" for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            post(as_ada, csv(*rows))
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_a_title_is_looked_for_by_the_index_that_no_two_books_share(
    ada: User, make_many: Callable[[int], Any]
) -> None:
    """This holds even if the planner's statistics do not know the owner's many books."""
    make_many(500)
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        for setting in WITHOUT_SORTING[connection.vendor]:
            cursor.execute(setting)
        sought = json.dumps([["Book 1", "A", "9780141439549"]])
        cursor.execute(f"{explain} {ALIKE[connection.vendor]}", [ada.pk, sought])
        plan = str(cursor.fetchall())
    assert "book_owner_edition" in plan or "sqlite_autoindex_books_book_1" in plan
    assert "book_isbn_owner" in plan
    # SQLite's word for the whole table.
    assert "SCAN book" not in plan.replace("SCAN books_book_fts", "")
    assert "Seq Scan on books_book" not in plan
    # The scan ends at the title, because others may be storing thousands of rows after it.
    bounds = r"Index Cond: \(+owner_id = .* <= .*author.* >= "
    assert re.search(bounds, plan) or connection.vendor == "sqlite"


def test_what_development_remembers_of_queries_does_not_grow(
    as_ada: ConformingClient, settings: LazySettings
) -> None:
    settings.DEBUG = True
    post(as_ada, csv(EMMA))
    assert not any("books_book" in query["sql"] for query in connection.queries_log)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({"on_error": "stop"}, "on_error"), ({"dry_run": "maybe"}, "dry_run"), ({"x": "1"}, "x")],
)
def test_a_parameter_that_can_not_be_used_is_400(
    parameters: dict[str, Any], name: str, as_ada: ConformingClient
) -> None:
    response = post(as_ada, csv(EMMA), **parameters)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == name


@pytest.mark.parametrize(
    "kind", ["application/xml", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_any_other_media_type_is_415(kind: str, as_ada: ConformingClient) -> None:
    response = post(as_ada, csv(EMMA), kind=kind)
    assert response.status_code == 415
    assert response.json()["detail"] == (
        "Send the file itself as the body, with Content-Type: text/csv, text/tab-separated-values, "
        "application/x-ndjson, application/json, "
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; or a form "
        "(multipart/form-data) with the field `file`."
    )
    assert not Book.objects.exists()


def test_another_encoding_of_the_content_is_415(as_ada: ConformingClient) -> None:
    response = post(as_ada, csv(EMMA), headers={"content-encoding": "br"})
    assert response.status_code == 415
    assert not Book.objects.exists()


def test_a_browser_gets_a_page_that_says_what_is_wrong(as_ada: ConformingClient) -> None:
    response = post(as_ada, csv(EMMA), headers={"accept": "text/html"}, on_error="stop")
    assert response.status_code == 400
    assert "Give reject or skip." in response.content.decode()

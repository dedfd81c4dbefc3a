"""Properties of all ISBNs, and of lists that change while a client pages through them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from stdnum import ean
from stdnum import isbn as stdnum_isbn

from accounts.models import User
from books.models import Book
from books.search.text import words_of
from books.values.isbn import normalize_isbn
from tests import tools
from tests.client import ConformingClient
from tests.tools import require_module

from .conftest import BOOKS

DIGITS = "0123456789"


def check(property_: Callable[..., None], *strategies: Any, examples: int) -> None:
    """Check a property with many arguments, which are the same in every run of `make test`."""
    hypothesis = require_module("hypothesis")
    settings = hypothesis.settings(
        derandomize=True, database=None, deadline=None, max_examples=tools.examples(examples)
    )
    settings(hypothesis.given(*strategies)(property_))()


SEPARATORS = ["", *"-. \u2010\u2011\u2013\u2212\u00a0\u200b\u00ad"]
LABELS = ["", "ISBN ", "ISBN-13: ", "isbn10:", "ISBN (13)", "urn:isbn:", "ISBN-10 \u200f:\u200e "]
ZEROS = "0\u0660\u06f0\u0966\uff10"


def test_an_isbn_in_any_writing_is_its_13_digits(st: Any) -> None:
    def holds(digits: str, label: str, gaps: list[str], length: int, zero: str) -> None:
        written = _shortened(digits, length)
        in_script = [chr(ord(zero) + int(c)) if c.isdigit() else c for c in written]
        spaced = label + "".join(map("".join, zip(in_script, gaps, strict=False)))
        assert normalize_isbn(spaced) == digits
        # Normalizing a stored ISBN changes nothing.
        assert normalize_isbn(digits) == digits
        # The search finds the same number, also between words.
        assert digits in words_in(f"{spaced}") or (length == 9 and not label)
        assert digits in words_in(f"zola {spaced}, nana") or (length == 9 and not label)

    def words_in(search: str) -> set[str]:
        return {text for needle in words_of(search) for text in needle.texts}

    gaps = st.lists(st.sampled_from(SEPARATORS), min_size=13, max_size=13)
    check(
        holds,
        isbns(st),
        st.sampled_from(LABELS),
        gaps,
        st.sampled_from([13, 10, 9]),
        st.sampled_from(ZEROS),
        examples=400,
    )


def isbns(st: Any) -> Any:
    prefix = st.sampled_from(["978", "9791"])
    body = st.text(DIGITS, min_size=9, max_size=9)
    bare = st.builds(lambda prefix, body: f"{prefix}{body}"[:12], prefix, body)
    return bare.map(lambda bare: bare + ean.calc_check_digit(bare))


def _shortened(digits: str, length: int) -> str:
    """Return an ISBN-10, or an SBN, of an ISBN-13 that has one; others unchanged."""
    if length == 13 or not digits.startswith("978"):
        return digits
    short: str = stdnum_isbn.to_isbn10(digits)
    return short[1:] if length == 9 and short.startswith("0") else short


def test_an_isbn_is_found_in_any_writing_on_this_engine(
    as_ada: ConformingClient, ada: User, st: Any
) -> None:
    def holds(digits: str, label: str, gaps: list[str]) -> None:
        Book.objects.all().delete()
        Book.objects.create(owner=ada, name="N", author="A", publisher="P", isbn=digits)
        written = label + "".join(map("".join, zip(digits, gaps, strict=False)))
        for parameter in ("isbn", "q"):
            found = as_ada.get(BOOKS, {parameter: written}).json()["results"]
            assert [book["isbn"] for book in found] == [digits]

    gaps = st.lists(st.sampled_from(SEPARATORS), min_size=13, max_size=13)
    check(holds, isbns(st), st.sampled_from(LABELS), gaps, examples=60)


def test_one_wrong_digit_is_always_found(st: Any) -> None:
    def holds(body: str, place: int, by: int) -> None:
        digits = f"978{body}" + ean.calc_check_digit(f"978{body}")
        wrong = str((int(digits[place]) + by) % 10)
        with pytest.raises(ValidationError):
            normalize_isbn(digits[:place] + wrong + digits[place + 1 :])

    body = st.text(DIGITS, min_size=9, max_size=9)
    check(holds, body, st.integers(0, 12), st.integers(1, 9), examples=200)


def test_any_text_is_an_isbn_or_refused(st: Any) -> None:
    def holds(text: str) -> None:
        try:
            digits = normalize_isbn(text)
        except ValidationError:
            return
        assert len(digits) == 13
        assert set(digits) <= set(DIGITS)

    near = st.text(DIGITS + "-xX .,E+", min_size=9, max_size=14)
    check(holds, st.text(max_size=40) | near, examples=300)


def test_a_list_that_changes_while_it_is_paged_through_loses_and_repeats_nothing(
    as_ada: ConformingClient, ada: User, st: Any
) -> None:
    def holds(
        prices: list[int | None],
        ordering: str,
        limit: int,
        steps: list[list[tuple[str, int, int | None]]],
    ) -> None:
        Book.objects.all().delete()
        steadfast = {_add(ada, price).pk for price in prices}
        seen: Counter[int] = Counter()
        changed: set[int] = set()
        address = f"{BOOKS}?limit={limit}&ordering={ordering}"
        while address:
            page = as_ada.get(address).json()
            seen.update(row["id"] for row in page["results"])
            for step in steps.pop(0) if steps else ():
                changed |= _interfere(ada, *step)
            address = page["next"]
        # Books that did not change were seen once; added, deleted or moved ones may be missing.
        assert {pk: seen[pk] for pk in steadfast - changed} == dict.fromkeys(steadfast - changed, 1)
        assert all(seen[pk] == 1 for pk in set(seen) - changed)

    prices = st.none() | st.integers(0, 3)
    step = st.tuples(st.sampled_from(["add", "delete", "change"]), st.integers(0, 20), prices)
    check(
        holds,
        st.lists(prices, max_size=9),
        st.sampled_from(["id", "-id", "price", "-price", "name", "-published_on"]),
        st.integers(1, 4),
        st.lists(st.lists(step, max_size=3), max_size=4),
        examples=60,
    )


def _add(owner: User, price: int | None) -> Book:
    name = f"Book {Book.objects.count()}.{Book.objects.order_by('-pk').values('pk').first()}"
    return Book.objects.create(owner=owner, name=name, author="A", publisher="P", price=price)


def _interfere(owner: User, action: str, which: int, price: int | None) -> set[int]:
    """Add, delete or move a book, and return the ids of the books that this changed."""
    books = list(Book.objects.order_by("pk"))
    if action == "add" or not books:
        _add(owner, price)
        return set()
    book = books[which % len(books)]
    number = book.pk
    if action == "delete":
        book.delete()
    else:
        Book.objects.filter(pk=number).update(price=price)
    return {number}

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


@pytest.fixture
def st() -> Any:
    return require_module("hypothesis.strategies")


def test_an_isbn_in_any_writing_is_its_13_digits(st: Any) -> None:
    def holds(prefix: str, body: str, gaps: list[str], is_short: bool) -> None:
        bare = f"{prefix}{body}"
        digits = bare + ean.calc_check_digit(bare)
        written = stdnum_isbn.to_isbn10(digits) if is_short and prefix == "978" else digits
        spaced = "".join(map("".join, zip(written, gaps, strict=False)))
        assert normalize_isbn(spaced) == digits
        # Normalizing a stored ISBN changes nothing.
        assert normalize_isbn(digits) == digits

    gaps = st.lists(st.sampled_from(["", "-", " "]), min_size=13, max_size=13)
    body = st.text(DIGITS, min_size=9, max_size=9)
    check(holds, st.sampled_from(["978", "979"]), body, gaps, st.booleans(), examples=200)


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

    near = st.text(DIGITS + "-xX ", min_size=9, max_size=14)
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

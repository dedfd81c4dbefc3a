"""What the steps draw: names, passwords, values of books, and picks of what is there."""

from typing import Any

from hypothesis import strategies as st

from .records import READ, WRITE, Book

PASSWORDS = ("violet-Harbour-27", "amber-Lantern-81", "copper-Meadow-43")
EMMA = {"name": "Emma", "isbn": None, "price": None, "author": "A", "publisher": "P"}
LISTS = ("users", "auth/sessions", "users/me/tokens", "books", "books/deleted")

PICK, FLAG = st.integers(0, 2**16), st.booleans()
NAME = st.sampled_from(["ada", "bob", "boss", "eve", "ADA", "Bob"])
PASSWORD, IS_RIGHT = st.sampled_from(PASSWORDS), st.sampled_from([True] * 5 + [False])
LIST, SCOPE = st.sampled_from(LISTS), st.sampled_from([READ, WRITE])
# Of the time step of a code, from the present one; or a recovery code in its place.
DRIFT = st.sampled_from([0, 0, 0, 1, -1, 2, -2, None])
RIGHT = st.sampled_from(["is_active", "admin", "editor"])
# Half seconds, since tokens count whole ones; around the grace, and beyond each lifetime.
MOMENTS, DAYS = [0.5, 1, 9.5, 10, 10.5, 60, 2_700] * 3, [86_400, 432_000, 1_296_000, 2_678_400]
SECONDS = st.sampled_from(MOMENTS + DAYS)
VALUES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Emma", "Middlemarch", "Persuasion"]),
        "isbn": st.sampled_from([None, "9780141439549"]),
        "price": st.sampled_from([None, "9.50", "12.00"]),
        **{member: st.just(EMMA[member]) for member in ("author", "publisher")},
    }
)
VERSION, TAG = st.none() | st.integers(1, 4), st.sampled_from(["", "", "current", "older", "*"])


def chosen(items: list[Any], pick: int) -> Any:
    """Return one of the items: the last one for 0."""
    return items[-1 - pick % len(items)]


def conditional(book: Book, tag: str, header: str = "If-Match") -> dict[str, str]:
    """Return a precondition with the tag of a book's current or previous version, or any."""
    versions = {"current": book.version, "older": book.version - 1}
    return {header: f'"{book.id}-{versions[tag]}"' if tag in versions else tag} if tag else {}

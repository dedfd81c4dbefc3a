"""Decides whose each book of the old file is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby

from accounts.models import User

from .old_file import OldBook, OldFileError
from .report import Problem, Row
from .user_mover import UserMover
from .values import Value, text_of

# Name and author, which distinguish the books of one owner.
Title = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Consecutive books of one owner. `titles` are those that the owner has in the file so far."""

    owner: int
    books: Iterable[OldBook]
    # What the report says about each book; None if the old file names the owner.
    given_to: str | None = None
    titles: set[Title] = field(default_factory=set)

    def note_owner(self, row: Row, old: OldBook) -> None:
        """Report that the old file does not name the owner of a book."""
        if self.given_to is not None:
            row.note(Problem.OWNER_MISSING, "user_id", was=old.user_id, done=self.given_to)


class BookOwners:
    """Finds the owners of books. `name` is a user who gets the books that have no other owner.

    With `is_told` the file names no owners, so it is not reported for each book.
    """

    def __init__(self, users: UserMover, *, name: str | None, is_told: bool) -> None:
        """Raise OldFileError if there is no such user. Call it when the users are stored."""
        self._users = users
        self._is_told = is_told
        self._other = None if name is None else _user_named(name)
        # The owner may have books of their own in the file, and get those of several others.
        self._titles_of_other: set[Title] = set()
        self._seen: set[int] = set()

    def shelves(self, books: Iterable[OldBook]) -> Iterator[Shelf]:
        """Yield the books of each owner. Books with the same `user_id` must be consecutive."""
        for _, group in groupby(books, key=lambda book: text_of(book.user_id)):
            first = next(group)
            yield self._shelf(first.user_id, chain([first], group))  # noqa: B031  # goes on with it

    def _shelf(self, old_id: Value, books: Iterable[OldBook]) -> Shelf:
        owner = self._users.owner(old_id)
        if owner is not None and owner not in self._seen:
            # An id and a public_id in one column could be the same user; the second is not taken,
            # because two groups of one owner could contain the same title.
            self._seen.add(owner)
            shelf = Shelf(owner=owner, books=books)
        elif self._other is not None:
            given_to = None if self._is_told else f"given to {self._other.name!r}"
            shelf = Shelf(owner=self._other.pk, books=books, given_to=given_to)
        else:
            former = self._users.former_owner(old_id)
            given_to = f"given to {former.name!r}, an inactive account"
            shelf = Shelf(owner=former.pk, books=books, given_to=given_to)
        if self._other is not None and shelf.owner == self._other.pk:
            shelf.titles = self._titles_of_other
        return shelf


def _user_named(name: str) -> User:
    user: User | None = User.objects.named(name).first()
    if user is None:
        raise OldFileError(f"There is no user {name!r}, neither here nor in the file.")
    return user

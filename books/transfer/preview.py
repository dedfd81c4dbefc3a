"""The changes that an import is going to store, as the Django admin shows them in advance."""

import hashlib
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from books.fields import SETTABLE

from .formats import WRITTEN
from .plan import Edit, Plan
from .row_checks import Values

# A preview lists at most this many changed books, and as many new ones. The others are counted.
SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The first changes and additions of a plan, as JSON, and a digest of all of them.

    Two plans with the same digest replace the same versions of the same books by the same values,
    and add the same books.
    """

    changes: list[dict[str, Any]]
    additions: list[list[str]]
    digest: str

    @classmethod
    def of(cls, plan: Plan) -> "Preview":
        """Return the preview of a plan that is complete. Call it before the plan is stored."""
        digest = hashlib.sha256()
        edits: list[Edit] = []
        additions: list[list[str]] = []
        for edit in plan.edits():
            book = edit.book
            digest.update(f"{book.id} {book.version} {edit.before} {book.values}\n".encode())
            if len(edits) < SHOWN:
                edits.append(edit)
        for values in plan.additions():
            digest.update(f"{values}\n".encode())
            if len(additions) < SHOWN:
                additions.append(_texts(values))
        return cls(changes=_changes(edits), additions=additions, digest=digest.hexdigest())


def _changes(edits: list[Edit]) -> list[dict[str, Any]]:
    """Return for each edit the id and the owner of the book, and each value before and after."""
    owners = User.objects.in_bulk({edit.book.owner_id for edit in edits})
    return [
        {
            "id": edit.book.id,
            "owner": str(owners.get(edit.book.owner_id, "")),
            "values": list(zip(_texts(edit.before), _texts(edit.book.values), strict=True)),
        }
        for edit in edits
    ]


def _texts(values: Values) -> list[str]:
    """Return the values of a book as the API writes them; an unset one is empty."""
    return [
        "" if value is None else str(WRITTEN.get(name, str)(value))
        for name, value in zip(SETTABLE, values, strict=True)
    ]

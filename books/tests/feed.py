"""Clients of the feed of changes in tests."""

import pytest

from books.services import feed_state
from tests.client import ConformingClient
from tests.feed_copy import Copy, Get, catalogue

CHANGES = "/api/v1/books/changes"


def getter(client: ConformingClient) -> Get:
    def get(path: str) -> tuple[int, object]:
        response = client.get(f"/api/v1/{path}")
        return response.status_code, response.json()

    return get


def copy_of(client: ConformingClient, *, limit: int = 100) -> Copy:
    return Copy(getter(client), limit=limit)


def books_of(client: ConformingClient) -> dict[int, object]:
    return catalogue(getter(client))


def settle_at_once(patch: pytest.MonkeyPatch) -> None:
    """Take each committed change for settled, as if no other transaction were open.

    On PostgreSQL, the tests of other workers hold transactions of the same server open.
    """
    bound = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    patch.setitem(feed_state.BOUND, "postgresql", bound)

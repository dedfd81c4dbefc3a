"""The state of the feed of changes: its epoch, and the positions that can be read.

docs/decisions/changes.md gives the reasons.
"""

import os
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import connection

from books.models import FeedState

# Up to this position (exclusive) nothing can change any more.
#
# PostgreSQL: each transaction writes its own id as the position. It may commit after transactions
# with a higher id, but every transaction below `xmin` has ended (its manual: "Transaction ID and
# Snapshot Information Functions").
# SQLite: a transaction that writes excludes others until its end.
BOUND = {
    "postgresql": "pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    "sqlite": "coalesce((SELECT position FROM books_feedstate WHERE id = 1), 0) + 1",
}
# Where the store is: the server's identity, which its standbys share, the database and the table.
# A restored dump has another table. SQLite: the number of the file.
PLACE = {
    "postgresql": """(SELECT system_identifier FROM pg_control_system())
        || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
        || '/' || 'books_feedstate'::regclass::oid""",
    "sqlite": "%s",
}
NEWEST = """coalesce((SELECT position FROM {table} WHERE position < (SELECT bound FROM here)
    ORDER BY position DESC LIMIT 1), 0)"""

# One statement, so that the state and the deleted books are of one moment: purging moves the
# horizon before it deletes anything.
READ = f"""WITH here AS (SELECT {{place}} AS place, {{bound}} AS bound)
SELECT state.epoch, state.place, here.place, coalesce(state.horizon, 0), here.bound,
    {NEWEST.format(table="books_book")}, {NEWEST.format(table="books_tombstone")},
    gone.position, gone.book_id, gone.version, living.id
FROM here
LEFT JOIN books_feedstate AS state ON state.id = 1
LEFT JOIN (SELECT position, book_id, version FROM books_tombstone
    WHERE (position, book_id) > (%s, %s) AND position < (SELECT bound FROM here)
    ORDER BY position, book_id LIMIT %s) AS gone ON TRUE
LEFT JOIN books_book AS living ON living.id = gone.book_id
ORDER BY gone.position, gone.book_id"""  # noqa: S608  # constants

# Nobody begins an epoch that another request has begun meanwhile.
BEGIN = """INSERT INTO books_feedstate (id, epoch, place, horizon, position)
VALUES (1, %s, %s, 0, 0) ON CONFLICT (id) DO UPDATE
SET epoch = excluded.epoch, place = excluded.place, horizon = 0
WHERE books_feedstate.epoch = %s AND books_feedstate.place = %s"""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """A deleted book in the feed. It is `undone` if the book exists again."""

    position: int
    book_id: int
    version: int
    is_undone: bool


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The state of the feed at one moment, and the deletions that were asked for.

    `bound` is the first position that can still change, and `newest` the last one before it that
    something has or had.
    """

    epoch: str
    horizon: int
    bound: int
    newest: int
    deletions: list[Deletion]


def feed_read(*, after: tuple[int, int] = (0, 0), number: int = 0) -> Moment:
    """Return the state, and the first deletions after a position and id. One query.

    A new epoch begins if the store has another place than in its last epoch.
    """
    while True:
        rows = _rows(*after, number)
        epoch, place, here, horizon, bound, newest_book, newest_deletion, *_ = rows[0]
        if epoch and place == here:
            break
        epoch_begin_in(place=here, former=(epoch or "", place or ""))
    return Moment(
        epoch=epoch,
        horizon=horizon,
        bound=bound,
        newest=max(newest_book, newest_deletion, horizon),
        deletions=[
            Deletion(position=position, book_id=key, version=version, is_undone=bool(living))
            for *_, position, key, version, living in rows
            if key is not None
        ],
    )


def epoch_begin(*, former: str) -> None:
    """End all cursors of the epoch `former`, unless another epoch has begun already.

    Call it if the store may be an older state of itself: positions are then given a second time.
    """
    FeedState.objects.filter(epoch=former).update(epoch=_new_epoch(), horizon=0)


def epoch_begin_in(*, place: str, former: tuple[str, str]) -> None:
    """Begin an epoch in a place, unless the epoch and place `former` have been replaced already."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [_new_epoch(), place, *former])


def _new_epoch() -> str:
    return secrets.token_hex(8)


def _rows(position: int, key: int, number: int) -> list[Any]:
    vendor = connection.vendor
    query = READ.format(place=PLACE[vendor], bound=BOUND[vendor])
    place = [_file_number()] if vendor == "sqlite" else []
    with connection.cursor() as cursor:
        cursor.execute(query, [*place, position, key, number])
        return list(cursor.fetchall())


def _file_number() -> str:
    """Return the number of SQLite's file, which a copy of the file does not have."""
    database: Any = connection
    if database.is_in_memory_db():
        return ""
    return str(os.stat(database.settings_dict["NAME"]).st_ino)  # noqa: PTH116  # a path as text

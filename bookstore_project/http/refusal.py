"""Answers that refuse a request, as data: for DRF, for middleware, and for the server.

Neither Django nor granian is imported here: the server reads this before Django is set up.
"""

from dataclasses import dataclass

# Key in the WSGI environ of a request that a line of the server refuses. The value is a Refusal.
REFUSAL = "bookstore.refusal"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a request is answered. `wait` is in seconds, for Retry-After."""

    status: int
    code: str
    detail: str
    wait: int | None = None


class RefusedError(Exception):
    """A request that is refused, by code that knows neither the surface nor the form of answers."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


TOO_LARGE = Refusal(status=413, code="payload_too_large", detail="The request body is too large.")
# Whether the request was carried out is known from what is stored.
DATABASE_UNAVAILABLE = Refusal(
    status=503,
    code="database_unavailable",
    detail="The database is not available, or busy. Nothing was stored, unless the connection was "
    "lost at the very end. Send the request again later.",
    wait=5,
)
# On PostgreSQL, which would have others wait: see db/long_writes.py.
IMPORT_STORES = Refusal(
    status=503,
    code="busy",
    detail="An import is storing books of this account. Nothing was changed. Send the request "
    "again when the import has ended.",
    wait=5,
)
# A search can be made to compare a long text with each of thousands of books.
SEARCH_TOO_SLOW = Refusal(
    status=503,
    code="search_too_slow",
    detail="The search took too long. Search for another text, or for a part of it.",
    wait=5,
)
# Answers that are made while they are sent: see serving/streams.py and http/streams.py.
STREAMS_BUSY = Refusal(
    status=503,
    code="busy",
    detail="Too many long lists are being sent. Send the request again later.",
    wait=5,
)
# There is no room for a file that the server needs for a while.
DISK_FULL = Refusal(
    status=503,
    code="disk_full",
    detail="The server's disk is full. Nothing was stored. Send the request again later.",
    wait=30,
)
# What has to be counted is not done while nothing can be counted.
LIMITS_UNAVAILABLE = Refusal(
    status=503,
    code="limits_unavailable",
    detail="Attempts can't be counted at the moment, so that none is made. Nothing was stored. "
    "Send the request again later.",
    wait=5,
)

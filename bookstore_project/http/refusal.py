"""Responses that refuse a request, as data: for DRF, for middleware, and for the server.

Neither Django nor granian is imported here: the server imports this before Django is set up.
"""

from dataclasses import dataclass

# Key in the WSGI environ of a request that a queue of the server refuses. The value is a Refusal.
REFUSAL = "bookstore.refusal"


def gettext_noop(text: str) -> str:
    """Mark a text for makemessages, like Django's function, which can't be imported here."""
    return text


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Status, code and text of an error response. `wait` is the Retry-After, in seconds."""

    status: int
    code: str
    detail: str
    wait: int | None = None


class RefusedError(Exception):
    """Refuses the request, from code that does not know which API has to format the response."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


TOO_LARGE = Refusal(
    status=413,
    code="payload_too_large",
    detail=gettext_noop("The request body is too large."),
)
# If the connection was lost during COMMIT, only the stored rows show whether it succeeded.
DATABASE_UNAVAILABLE = Refusal(
    status=503,
    code="database_unavailable",
    detail=gettext_noop(
        "The database is not available, or busy. Nothing was stored, unless the connection was "
        "lost at the very end. Send the request again later."
    ),
    wait=5,
)
# On PostgreSQL, where other writes would wait for the locks of the import: see db/long_writes.py.
IMPORT_STORES = Refusal(
    status=503,
    code="busy",
    detail=gettext_noop(
        "An import is storing books of this account. Nothing was changed. Send the request "
        "again when the import has ended."
    ),
    wait=5,
)
# A crafted search can compare a long text with each of thousands of books.
SEARCH_TOO_SLOW = Refusal(
    status=503,
    code="search_too_slow",
    detail=gettext_noop("The search took too long. Search for another text, or for a part of it."),
    wait=5,
)
# Streamed responses: see serving/streams.py and http/streams.py.
STREAMS_BUSY = Refusal(
    status=503,
    code="busy",
    detail=gettext_noop("Too many long lists are being sent. Send the request again later."),
    wait=5,
)
# The server has no disk space for a temporary file.
DISK_FULL = Refusal(
    status=503,
    code="disk_full",
    detail=gettext_noop(
        "The server's disk is full. Nothing was stored. Send the request again later."
    ),
    wait=30,
)
# The keys of FACTOR_KEYS are missing, or not those that encrypted the secret: only the operator can
# mend it. The log says which. See docs/second-factor.md.
SECOND_FACTOR_UNAVAILABLE = Refusal(
    status=503,
    code="second_factor_unavailable",
    detail=gettext_noop(
        "Authenticator apps can't be used on this server at the moment. Use a recovery code if "
        "you have one, or ask the operator."
    ),
    wait=300,
)
# Browsers have no passkeys at PUBLIC_URL: it is an IP address, or has no TLS. See docs/passkeys.md.
PASSKEYS_UNAVAILABLE = Refusal(
    status=503,
    code="passkeys_unavailable",
    detail=gettext_noop(
        "Passkeys can't be used on this server: browsers have them only at a host name with HTTPS."
    ),
    wait=300,
)
# Requests with a rate limit are refused while the counters of the limits can't be reached.
LIMITS_UNAVAILABLE = Refusal(
    status=503,
    code="limits_unavailable",
    detail=gettext_noop(
        "Attempts can't be counted at the moment, so that none is made. Nothing was stored. "
        "Send the request again later."
    ),
    wait=5,
)

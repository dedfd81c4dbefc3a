"""What a reader of the OpenAPI document sees first: the introduction and the groups of routes."""

from typing import Any

INTRODUCTION = """\
A catalogue of books that every registered user can read, and in which everyone keeps records of
their own.

**To begin:** make an account (`POST /api/v1/auth/register`), log in (`POST /api/v1/auth/token`,
with a JSON body or HTTP Basic), and send the `access` token with every further request. It is good
for 45 minutes; `POST /api/v1/auth/token/refresh` gives the next one.

**The token** goes into either header. Two that differ are refused.

    Authorization: Bearer <access>
    x-access-tokens: <access>

**Errors** below `/api/v1/` are problem details (RFC 9457, `application/problem+json`). Programs
match on `code`, which is stable; `detail` is for people; `errors` names each field or parameter
that is wrong. Every response carries an `X-Request-Id`, the one you sent or a new one, which stands
in whatever the server logs about the request. 503 says that the database is away or busy, that
attempts can't be counted (`limits_unavailable`: nobody logs in or registers until they can), that
too many passwords are being checked or files imported (`busy`), or that there is no room for the
file that you import (`disk_full`): send the request again after the seconds in `Retry-After`; with
an `Idempotency-Key`, or `If-Match`, nothing is done twice.

**Without a token** a body has at most 16 KiB (413), and a request counts against the limits of its
address before its body is read. An answer lists at most 20 errors, and says if there are others. A
request that a page of another site makes a browser send to a route open to anyone is a 403
`cross_site`. A query or a form with bytes that are not UTF-8 is a 400.

**Lists** come in pages of `limit` rows (20, at most 100). Follow `next` until it is null; a page is
not shifted by rows that others add meanwhile. `count=true` also counts all rows that match. Without
`ordering`, books come in the order in which they were added.

**Nothing is lost:** every answer with one book has an `ETag`, which names that version of it. A
change with `If-Match` goes on only if the book still has that ETag; otherwise it is a 412 with the
book as it is now in `current`. Without `If-Match`, a change goes on top of what is stored. A read
with `If-None-Match` is a 304 as long as nobody has changed the book. Every change and deletion is
recorded (`GET /api/v1/books/{id}/history`) and can be undone (`POST /api/v1/books/{id}/restore`);
`GET /api/v1/books/deleted` lists what was deleted.

**Sent again:** `POST /api/v1/books` takes an `Idempotency-Key` that you make up. If the answer was
lost, send the same request with the same key within 24 hours: nothing is done twice, and you get
the first answer, with `Idempotency-Replayed: true`. A refusal is not kept.

**Nothing is passed over:** a parameter or a member that a route does not know, that stands twice,
or that can't be set is a 400 with the nearest name that there is. A record may be sent back as it
was read: members that can't be set may hold what is stored.

**A forgotten password** is replaced with a token that `POST /api/v1/auth/password-reset` has mailed
to your address. The address itself is changed with `POST /api/v1/users/me/email`, and counts once a
token that was mailed to it is sent back.

A path answers the same with and without a slash at its end. The routes under *tutorial* keep the
wire contract of a small Flask application for clients that were written for it.
"""

TAGS = [
    {
        "name": "auth",
        "description": "Make an account; get, renew and check tokens; "
        "set a forgotten password anew.",
    },
    {"name": "sessions", "description": "See where you are logged in, and log out there."},
    {"name": "users", "description": "Your own account; and, for admins, everybody's."},
    {
        "name": "books",
        "description": "The catalogue: every registered user reads it, and the owner of a record "
        "or an admin changes it.",
    },
    {
        "name": "tutorial",
        "description": "The Flask tutorial's routes. Success is always 200, and an error is one "
        "`message`. New clients use the routes above.",
    },
    {"name": "health", "description": "Probes for whoever runs the service."},
    {"name": "root", "description": "The routes to begin with, as links."},
]

# Operations refer to these by name.
HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "The id of this request in the server's log.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~+/=-]{1,128}$"},
        "example": "5f0c6bd4e9f14f2c8e1b7a3f1d2c4b6a",
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 9110 section 11.6.1), and for a token that was "
        "refused also why (RFC 6750 section 3).",
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer realm="bookstore"',
    },
    "Retry-After": {
        "description": "The seconds after which to send the request again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "example": "5",
    },
}

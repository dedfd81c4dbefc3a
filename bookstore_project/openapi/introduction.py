"""The introduction of the OpenAPI document, its tags, and its shared header fields."""

from typing import Any

INTRODUCTION = """\
A catalogue of books that every registered user can read, and in which every user keeps records of
their own.

**To begin:** create an account (`POST /api/v1/auth/register`), sign in (`POST /api/v1/auth/token`,
with a JSON body or HTTP Basic), and send the `access` token with every further request. It expires
after 45 minutes; `POST /api/v1/auth/token/refresh` returns the next one.

**A second factor** is each user's choice. Such an account is answered 401 `second_factor_required`
with a `ticket`, and `POST /api/v1/auth/token/second-factor` takes the ticket with a code of the
authenticator app, a recovery code, or the answer of a passkey. In a browser, a passkey also signs
in alone: `POST /api/v1/auth/passkey`.

**The token** goes into either header. A request with two different tokens is refused.

    Authorization: Bearer <access>
    x-access-tokens: <access>

**A program that runs without you**, such as a nightly job, sends an API token instead, which you
make with `POST /api/v1/users/me/tokens`. It reaches `/api/v1/books` and the routes below, as far as
its scopes allow.

**Browser apps** on another origin can use every route if the operator allows their origin (CORS).
On the same site, an app signs in with `"refresh_in": "cookie"`: no script can then read the refresh
token. `POST /api/v1/auth/token/refresh` and `POST /api/v1/auth/logout` use that cookie only with
the header `X-Refresh-Cookie: 1` and from an allowed origin; otherwise they answer 403.

**Errors** below `/api/v1/` are problem details (RFC 9457, `application/problem+json`). Programs
match on `code`, which is stable; `detail` is for people; `errors` names each field or parameter
that is wrong. Every response has an `X-Request-Id`, the one you sent or a new one, which is part of
every log line about the request. 503 means that the database is unavailable or busy, that attempts
can't be counted (`limits_unavailable`: no client can sign in or register until they can), that too
many passwords are being checked or files imported (`busy`), or that there is no room for the file
that you import (`disk_full`). Send the request again after the seconds in `Retry-After`; with an
`Idempotency-Key` or `If-Match` nothing is done twice.

**Without a token** a body has at most 16 KiB (413), and a request counts against the limits of its
address before its body is read. A response lists at most 20 errors, and says if there are others.
A request to a route open to anyone that a page of another site makes a browser send is a 403
`cross_site`. A query or a form with bytes that are not UTF-8 is a 400.

**Lists** have pages of `limit` rows (20, at most 100). Follow `next` until it is null; rows that
others add meanwhile do not shift a page. `count=true` also counts all matching rows. Without
`ordering`, books are listed in the order in which they were added, or in that of the time that
`created_since` or `updated_since` is about. A filter that may be repeated finds any of its values.

**Nothing is lost:** every response with one book has an `ETag`, which names that version of it. A
change with `If-Match` succeeds only if the book still has that ETag; otherwise it is a 412 with the
stored book in `current`. Without `If-Match`, a change overwrites the stored version. A read with
`If-None-Match` is a 304 until the book is changed. Every change and deletion is recorded
(`GET /api/v1/books/{id}/history`) and can be undone (`POST /api/v1/books/{id}/restore`);
`GET /api/v1/books/deleted` lists deleted books.

**A copy of the catalogue** follows `GET /api/v1/books/changes`: first every book, then, with the
`cursor` of the answer before, what was created, changed and deleted since.

**Sent again:** `POST /api/v1/books` accepts an `Idempotency-Key` that you choose. If the response
was lost, send the same request with the same key within 24 hours: nothing is done twice, and you
get the first response, with `Idempotency-Replayed: true`. Refusals are not stored.

**Nothing is ignored:** a parameter or a member that is unknown, that occurs twice, or that can't be
set is a 400 with the closest known name. A record may be sent back as it was read: read-only
members may have their stored values.

**A forgotten password** is replaced with a token that `POST /api/v1/auth/password-reset` mails to
your address. Change the address itself with `POST /api/v1/users/me/email`; the new one is used once
you send back a token that was mailed to it.

A path is the same with and without a trailing slash. The routes under *tutorial* keep the wire
contract of a small Flask application for clients that were written for it.
"""

TAGS = [
    {
        "name": "auth",
        "description": "Create an account; get, renew and check tokens; replace a forgotten "
        "password.",
    },
    {"name": "sessions", "description": "List where you are signed in, and sign out there."},
    {
        "name": "second-factor",
        "description": "Protect your account with an authenticator app and recovery codes.",
    },
    {"name": "users", "description": "Your own account and, for admins, all accounts."},
    {
        "name": "books",
        "description": "The catalogue: every registered user reads it, and the owner of a record, "
        "an editor or an admin changes it.",
    },
    {
        "name": "tutorial",
        "description": "The Flask tutorial's routes. Success is always 200, and an error is one "
        "`message`. New clients use the routes above.",
    },
    {"name": "health", "description": "Probes for the operator of the service."},
    {"name": "root", "description": "Links to the first routes."},
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
        "description": "How to authenticate (RFC 9110 section 11.6.1), and why a token was refused "
        "(RFC 6750 section 3).",
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer realm="bookstore"',
    },
    "RateLimit": {
        "description": "The uses that are left of each limit (`r`), and the seconds until they are "
        "given again (`t`): draft-ietf-httpapi-ratelimit-headers-10.",
        "schema": {"type": "string"},
        "example": '"login";r=9;t=42',
    },
    "RateLimit-Policy": {
        "description": "The quota (`q`) of each limit in a window of seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"login";q=10;w=60',
    },
    "Retry-After": {
        "description": "The seconds after which to send the request again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "example": "5",
    },
    "Link": {
        "description": "The addresses of the next and the previous page (RFC 8288), as `next` and "
        "`previous` of the body. Left out where both are very long.",
        "schema": {"type": "string"},
        "example": '<http://127.0.0.1:8000/api/v1/books?cursor=WyJp...&limit=20>; rel="next"',
    },
    "PageETag": {
        "description": "Identifies the content of this page, for If-None-Match.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
        "example": '"8e03978e40d543ddbc936894a57f9324"',
    },
    "Accept-Patch": {
        "description": "The media types that PATCH takes (RFC 5789 section 3.1).",
        "required": True,
        "schema": {"type": "string"},
        "example": "application/merge-patch+json, application/json",
    },
}

"""The permissions: route x method x actor -> exact status. This table is the specification.

A cell is the status of the response to the request in REQUESTS (or an empty one). `stranger` has
no credentials, `other` is a plain user who owns nothing, `owner` owns the book in question, and
`editor` and `admin` have the flags of these names. A method that a route lacks is listed with its
405 (or the 401 or 403 that takes precedence).
"""

ACTORS = ("stranger", "other", "owner", "editor", "admin")

PUBLIC_READ = (200, 200, 200, 200, 200)
NOT_ALLOWED = (405, 405, 405, 405, 405)
REDIRECT = (302, 302, 302, 302, 302)
NOT_FOUND = (404, 404, 404, 404, 404)
SIGNED_IN_NOT_ALLOWED = (401, 405, 405, 405, 405)
ADMIN_NOT_ALLOWED = (401, 403, 403, 403, 405)

# fmt: off
MATRIX: dict[str, dict[str, tuple[int, int, int, int, int]]] = {
    # Canonical API
    "/api/v1": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/register": {
        "POST": (201, 201, 201, 201, 201),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/token": {
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/token/refresh": {
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/token/second-factor": {
        # The ticket is the owner's, and the code too.
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/token/verify": {
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/password-reset": {
        "POST": (202, 202, 202, 202, 202),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/password-reset/confirm": {
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/email/confirm": {
        # The token was made for the owner, and anybody may bring it.
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/email/resend": {
        "POST": (202, 202, 202, 202, 202),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/passkey": {
        # The passkey is the owner's.
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/passkey/options": {
        "POST": (200, 200, 200, 200, 200),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/v1/auth/step-up/options": {
        # Nobody here has a second factor.
        "POST": (401, 409, 409, 409, 409),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/auth/step-up": {
        # Nobody here has a second factor.
        "POST": (401, 409, 409, 409, 409),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/auth/logout": {
        "POST": (401, 204, 204, 204, 204),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/auth/sessions": {
        "GET": (401, 200, 200, 200, 200),
        "DELETE": (401, 204, 204, 204, 204),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/auth/sessions/{sid}": {
        # Only for the owner; for everybody else, also for admins, it does not exist.
        "DELETE": (401, 404, 204, 404, 404),
        "GET": SIGNED_IN_NOT_ALLOWED, "POST": SIGNED_IN_NOT_ALLOWED,
        "PUT": SIGNED_IN_NOT_ALLOWED, "PATCH": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/{public_id}/sessions": {
        "GET": (401, 403, 403, 403, 200),
        "DELETE": (401, 403, 403, 403, 204),
        "POST": ADMIN_NOT_ALLOWED, "PUT": ADMIN_NOT_ALLOWED, "PATCH": ADMIN_NOT_ALLOWED,
    },
    "/api/v1/users": {
        "GET": (401, 403, 403, 403, 200),
        # An invitation.
        "POST": (401, 403, 403, 403, 201),
        "PUT": ADMIN_NOT_ALLOWED,
        "PATCH": ADMIN_NOT_ALLOWED, "DELETE": ADMIN_NOT_ALLOWED,
    },
    "/api/v1/users/{public_id}": {
        "GET": (401, 403, 403, 403, 200),
        "PATCH": (401, 403, 403, 403, 200),
        "DELETE": (401, 403, 403, 403, 204),
        "POST": ADMIN_NOT_ALLOWED, "PUT": ADMIN_NOT_ALLOWED,
    },
    "/api/v1/users/{public_id}/deletion": {
        "POST": (401, 403, 403, 403, 204),
        "GET": ADMIN_NOT_ALLOWED, "PUT": ADMIN_NOT_ALLOWED,
        "PATCH": ADMIN_NOT_ALLOWED, "DELETE": ADMIN_NOT_ALLOWED,
    },
    "/api/v1/users/me": {
        "GET": (401, 200, 200, 200, 200),
        "PATCH": (401, 200, 200, 200, 200),
        # The admin is the last one.
        "DELETE": (401, 204, 204, 204, 409),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/deletion": {
        "POST": (401, 204, 204, 204, 409),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/export": {
        "GET": (401, 200, 200, 200, 200),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/email": {
        "POST": (401, 202, 202, 202, 202),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/email/confirm": {
        # The token was made for the owner.
        "POST": (401, 403, 204, 403, 403),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/events": {
        "GET": (401, 200, 200, 200, 200),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/factors": {
        "GET": (401, 200, 200, 200, 200),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/totp": {
        # The owner alone has an authenticator app.
        "POST": (401, 200, 409, 200, 200),
        "DELETE": (401, 404, 204, 404, 404),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/totp/confirm": {
        "POST": (401, 409, 409, 409, 409),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/passkeys": {
        "GET": (401, 200, 200, 200, 200),
        # The options were made for the owner.
        "POST": (401, 403, 201, 403, 403),
        "PUT": SIGNED_IN_NOT_ALLOWED, "PATCH": SIGNED_IN_NOT_ALLOWED,
        "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/passkeys/options": {
        "POST": (401, 200, 200, 200, 200),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/passkeys/{id}": {
        # Only for the owner; for everybody else, also for admins, it does not exist.
        "GET": (401, 404, 200, 404, 404),
        "PATCH": (401, 404, 200, 404, 404),
        "DELETE": (401, 404, 204, 404, 404),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/recovery-codes": {
        "POST": (401, 409, 200, 409, 409),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/tokens": {
        "GET": (401, 200, 200, 200, 200),
        "POST": (401, 201, 201, 201, 201),
        "PUT": SIGNED_IN_NOT_ALLOWED, "PATCH": SIGNED_IN_NOT_ALLOWED,
        "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/me/tokens/{id}": {
        # The token is other's; for everybody else, also for admins, it does not exist here.
        "GET": (401, 200, 404, 404, 404),
        "DELETE": (401, 204, 404, 404, 404),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/users/{public_id}/factors": {
        "DELETE": (401, 403, 403, 403, 204),
        "GET": ADMIN_NOT_ALLOWED, "POST": ADMIN_NOT_ALLOWED,
        "PUT": ADMIN_NOT_ALLOWED, "PATCH": ADMIN_NOT_ALLOWED,
    },
    "/api/v1/users/{public_id}/tokens": {
        "GET": (401, 403, 403, 403, 200),
        "DELETE": (401, 403, 403, 403, 204),
        # Nobody makes a token for another user.
        "POST": ADMIN_NOT_ALLOWED, "PUT": ADMIN_NOT_ALLOWED, "PATCH": ADMIN_NOT_ALLOWED,
    },
    "/api/v1/users/{public_id}/tokens/{id}": {
        "DELETE": (401, 403, 403, 403, 204),
        "GET": ADMIN_NOT_ALLOWED, "POST": ADMIN_NOT_ALLOWED,
        "PUT": ADMIN_NOT_ALLOWED, "PATCH": ADMIN_NOT_ALLOWED,
    },
    "/api/v1/users/me/password": {
        "POST": (401, 204, 204, 204, 204),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books": {
        "GET": (401, 200, 200, 200, 200),
        "POST": (401, 201, 201, 201, 201),
        "PUT": SIGNED_IN_NOT_ALLOWED, "PATCH": SIGNED_IN_NOT_ALLOWED,
        "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/batch": {
        # Of a change of the owner's book.
        "POST": (401, 403, 200, 200, 200),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/export": {
        "GET": (401, 200, 200, 200, 200),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/import": {
        "POST": (401, 200, 200, 200, 200),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/{id}": {
        "GET": (401, 200, 200, 200, 200),
        "PUT": (401, 403, 200, 200, 200),
        "PATCH": (401, 403, 200, 200, 200),
        "DELETE": (401, 403, 204, 204, 204),
        "POST": SIGNED_IN_NOT_ALLOWED,
    },
    # Everyone's own books: nobody here has one with that ISBN.
    "/api/v1/books/by-isbn/{isbn}": {
        "PUT": (401, 201, 201, 201, 201),
        "GET": SIGNED_IN_NOT_ALLOWED, "POST": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/changes": {
        "GET": (401, 200, 200, 200, 200),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/deleted": {
        "GET": (401, 200, 200, 200, 200),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/{id}/history": {
        "GET": (401, 403, 200, 200, 200),
        "POST": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/api/v1/books/{id}/restore": {
        "POST": (401, 403, 200, 200, 200),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    # The tutorial's surface
    "/register": {
        "POST": PUBLIC_READ,
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/login": {
        "POST": PUBLIC_READ,
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/users": {
        "GET": (401, 403, 403, 403, 200),
        "POST": ADMIN_NOT_ALLOWED, "PUT": ADMIN_NOT_ALLOWED,
        "PATCH": ADMIN_NOT_ALLOWED, "DELETE": ADMIN_NOT_ALLOWED,
    },
    "/book": {
        "POST": (401, 200, 200, 200, 200),
        "GET": SIGNED_IN_NOT_ALLOWED, "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/books": {
        "GET": (401, 200, 200, 200, 200),
        "POST": (401, 200, 200, 200, 200),
        "PUT": SIGNED_IN_NOT_ALLOWED,
        "PATCH": SIGNED_IN_NOT_ALLOWED, "DELETE": SIGNED_IN_NOT_ALLOWED,
    },
    "/books/{book_id}": {
        # Only the user's own books: admins edit other books on the canonical API.
        "GET": (401, 404, 200, 404, 404),
        "PUT": (401, 404, 200, 404, 404),
        "DELETE": (401, 404, 200, 404, 404),
        "POST": SIGNED_IN_NOT_ALLOWED, "PATCH": SIGNED_IN_NOT_ALLOWED,
    },
    # Keys, probes and documents
    "/.well-known/jwks.json": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/healthz": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/readyz": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/schema": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/docs": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/redoc": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    # The front page
    "/": {
        "GET": PUBLIC_READ,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/favicon.ico": {
        "GET": REDIRECT,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    # Anything else below the canonical API
    "/api/v1/{anything}": {
        "GET": NOT_FOUND, "POST": NOT_FOUND, "PUT": NOT_FOUND, "PATCH": NOT_FOUND,
        "DELETE": NOT_FOUND,
    },
    # Sign-in to the browsable API, by session
    "/api/session/login/": {
        "GET": PUBLIC_READ,
        "POST": (302, 302, 302, 302, 302),
        "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/session/passkey/": {
        # Without the answer of a passkey: back to the sign-in.
        "POST": REDIRECT,
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/session/second-factor/": {
        # Nobody here has sent a password before: back to the sign-in.
        "GET": REDIRECT, "POST": REDIRECT,
        "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/api/session/step-up/": {
        # For people in a browser: the actors' tokens sign nobody in.
        "GET": REDIRECT, "POST": REDIRECT, "PUT": REDIRECT, "PATCH": REDIRECT, "DELETE": REDIRECT,
    },
    # Pages about one's own account, in a browser: the actors' tokens sign nobody in, and none of
    # them has sent the password of an account that waits for its confirmation.
    **dict.fromkeys(
        (
            "/account/", "/account/welcome/", "/account/unconfirmed/",
            "/account/sessions/", "/account/sessions/end-others/", "/account/sessions/{sid}/end/",
            "/account/events/", "/account/password/", "/account/name/",
            "/account/email/", "/account/email/remove/",
            "/account/second-factor/", "/account/second-factor/app/",
            "/account/second-factor/app/confirm/", "/account/second-factor/app/remove/",
            "/account/recovery-codes/",
            "/account/tokens/", "/account/tokens/new/", "/account/tokens/{id}/end/",
            "/account/passkeys/", "/account/passkeys/new/", "/account/passkeys/add/",
            "/account/passkeys/{id}/name/", "/account/passkeys/{id}/remove/",
            "/account/providers/", "/account/providers/link/", "/account/providers/{id}/remove/",
            # For somebody whom a provider has just named.
            "/account/providers/register/",
            "/account/access-token/", "/account/export/", "/account/deletion/",
        ),
        dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), REDIRECT),
    ),
    # The server of the tests signs nobody in with another provider.
    "/account/providers/{provider}/begin/": {
        "POST": NOT_FOUND,
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    "/account/providers/{provider}/answer/": {
        "GET": NOT_FOUND,
        "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
    # Pages for strangers. The form that is sent is empty; without the token of a mail, the page
    # that needs one says where to get it.
    **{
        page: {
            "GET": PUBLIC_READ, "POST": PUBLIC_READ,
            "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
        }
        for page in (
            "/account/register/", "/account/forgotten-password/", "/account/reset-password/",
            "/account/invitation/", "/account/confirm-email/", "/account/confirm-email/again/",
        )
    },
    **{
        page: {
            "GET": PUBLIC_READ,
            "POST": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
        }
        for page in ("/account/forgotten-password/sent/", "/account/confirm-email/sent/")
    },
    "/.well-known/change-password": {
        # To the page, which asks for a sign-in.
        "GET": REDIRECT, "POST": REDIRECT, "PUT": REDIRECT, "PATCH": REDIRECT, "DELETE": REDIRECT,
    },
    "/api/session/logout/": {
        "POST": (302, 302, 302, 302, 302),
        "GET": NOT_ALLOWED, "PUT": NOT_ALLOWED, "PATCH": NOT_ALLOWED, "DELETE": NOT_ALLOWED,
    },
}
# fmt: on

# Requests about the account of a superuser: by a plain admin, and by another superuser. Each
# route above that names somebody else's account is here, with all that an admin may do there.
SUPERUSER_MATRIX: dict[str, dict[str, tuple[int, int]]] = {
    "/api/v1/users/{public_id}": {"GET": (200, 200), "PATCH": (403, 200), "DELETE": (403, 204)},
    "/api/v1/users/{public_id}/deletion": {"POST": (403, 204)},
    "/api/v1/users/{public_id}/sessions": {"GET": (200, 200), "DELETE": (403, 204)},
    "/api/v1/users/{public_id}/factors": {"DELETE": (403, 204)},
    "/api/v1/users/{public_id}/tokens": {"GET": (200, 200), "DELETE": (403, 204)},
    "/api/v1/users/{public_id}/tokens/{id}": {"DELETE": (403, 204)},
}
# The same on each page of the Django admin that is about one account.
SUPERUSER_PAGES: dict[str, dict[str, tuple[int, int]]] = {
    "change": {"GET": (200, 200), "POST": (403, 302)},
    "password": {"GET": (403, 200), "POST": (403, 302)},
    "history": {"GET": (200, 200)},
    "delete": {"GET": (403, 200), "POST": (403, 302)},
}
# Its actions, by name, and whether they are carried out.
SUPERUSER_ACTIONS = {
    "sign_out_everywhere": (False, True),
    # A superuser with a password is not invited: see accounts/tests/test_invitations.py.
    "invite_again": (False, False),
    "remove_factors": (False, True),
    "delete_selected": (False, True),
}

"""Each route of the URLconf: an address of it as a page, or why it gives none.

A `{name}` in an address is an attribute of the World (world.py).
"""

from dataclasses import dataclass

from .world import GUARDED, READER


@dataclass(frozen=True, kw_only=True)
class Page:
    """An address, who opens it, and the status of the response."""

    address: str
    actor: str = READER
    status: int = 200


@dataclass(frozen=True, kw_only=True)
class NoPage:
    """An address that a browser may open, where nothing of ours is to be read."""

    address: str
    why: str
    actor: str = READER


def _only_form(address: str, actor: str = READER) -> Page:
    """Return a page of the browsable API for a route without GET: its forms alone."""
    return Page(address=address, actor=actor, status=405)


def _admin(address: str, *, status: int = 200) -> Page:
    return Page(address=f"/admin/{address}", actor="admin", status=status)


def _no_admin(address: str, why: str) -> NoPage:
    return NoPage(address=f"/admin/{address}", why=why, actor="admin")


V1 = "/api/v1"
USER = f"{V1}/users/{{user}}"

API: dict[str, Page | NoPage] = {
    V1: Page(address=V1),
    f"{V1}/books": Page(address=f"{V1}/books"),
    f"{V1}/books/{{id}}": Page(address=f"{V1}/books/{{book}}"),
    f"{V1}/books/{{id}}/history": Page(address=f"{V1}/books/{{book}}/history"),
    f"{V1}/books/{{id}}/restore": _only_form(f"{V1}/books/{{book}}/restore"),
    f"{V1}/books/batch": _only_form(f"{V1}/books/batch"),
    f"{V1}/books/by-isbn/{{isbn}}": _only_form(f"{V1}/books/by-isbn/9780141439549"),
    f"{V1}/books/changes": Page(address=f"{V1}/books/changes?limit=2"),
    f"{V1}/books/deleted": Page(address=f"{V1}/books/deleted"),
    f"{V1}/books/export": NoPage(address=f"{V1}/books/export", why="a file"),
    f"{V1}/books/import": _only_form(f"{V1}/books/import"),
    f"{V1}/users/me/export": NoPage(address=f"{V1}/users/me/export", why="a file"),
    f"{V1}/auth/register": _only_form(f"{V1}/auth/register", "stranger"),
    f"{V1}/auth/token": _only_form(f"{V1}/auth/token", "stranger"),
    f"{V1}/auth/token/refresh": _only_form(f"{V1}/auth/token/refresh", "stranger"),
    f"{V1}/auth/token/second-factor": _only_form(f"{V1}/auth/token/second-factor", "stranger"),
    f"{V1}/auth/token/verify": _only_form(f"{V1}/auth/token/verify", "stranger"),
    f"{V1}/auth/password-reset": _only_form(f"{V1}/auth/password-reset", "stranger"),
    f"{V1}/auth/password-reset/confirm": _only_form(
        f"{V1}/auth/password-reset/confirm", "stranger"
    ),
    f"{V1}/auth/email/confirm": _only_form(f"{V1}/auth/email/confirm", "stranger"),
    f"{V1}/auth/email/resend": _only_form(f"{V1}/auth/email/resend", "stranger"),
    f"{V1}/auth/passkey": _only_form(f"{V1}/auth/passkey", "stranger"),
    f"{V1}/auth/passkey/options": _only_form(f"{V1}/auth/passkey/options", "stranger"),
    f"{V1}/auth/step-up/options": _only_form(f"{V1}/auth/step-up/options", GUARDED),
    f"{V1}/auth/step-up": _only_form(f"{V1}/auth/step-up", GUARDED),
    f"{V1}/auth/logout": _only_form(f"{V1}/auth/logout"),
    f"{V1}/auth/sessions": Page(address=f"{V1}/auth/sessions"),
    f"{V1}/auth/sessions/{{sid}}": _only_form(f"{V1}/auth/sessions/{{session}}"),
    f"{V1}/users/{{public_id}}/sessions": Page(address=f"{USER}/sessions", actor="admin"),
    f"{V1}/users/{{public_id}}/tokens": Page(address=f"{USER}/tokens", actor="admin"),
    f"{V1}/users/{{public_id}}/tokens/{{id}}": _only_form(f"{USER}/tokens/{{token}}", "admin"),
    f"{V1}/users/{{public_id}}/factors": _only_form(f"{USER}/factors", "admin"),
    f"{V1}/users/{{public_id}}/deletion": _only_form(f"{USER}/deletion", "admin"),
    f"{V1}/users/{{public_id}}": Page(address=USER, actor="admin"),
    f"{V1}/users": Page(address=f"{V1}/users", actor="admin"),
    f"{V1}/users/me/deletion": _only_form(f"{V1}/users/me/deletion"),
    f"{V1}/users/me/tokens": Page(address=f"{V1}/users/me/tokens"),
    f"{V1}/users/me/tokens/{{id}}": Page(address=f"{V1}/users/me/tokens/{{token}}"),
    f"{V1}/users/me/password": _only_form(f"{V1}/users/me/password"),
    f"{V1}/users/me/email": _only_form(f"{V1}/users/me/email"),
    f"{V1}/users/me/email/confirm": _only_form(f"{V1}/users/me/email/confirm"),
    f"{V1}/users/me/factors": Page(address=f"{V1}/users/me/factors", actor=GUARDED),
    f"{V1}/users/me/totp": _only_form(f"{V1}/users/me/totp"),
    f"{V1}/users/me/totp/confirm": _only_form(f"{V1}/users/me/totp/confirm"),
    f"{V1}/users/me/passkeys": Page(address=f"{V1}/users/me/passkeys"),
    f"{V1}/users/me/passkeys/options": _only_form(f"{V1}/users/me/passkeys/options"),
    f"{V1}/users/me/passkeys/{{id}}": Page(
        address=f"{V1}/users/me/passkeys/{{passkey}}", actor=GUARDED
    ),
    f"{V1}/users/me/recovery-codes": _only_form(f"{V1}/users/me/recovery-codes", GUARDED),
    f"{V1}/users/me/events": Page(address=f"{V1}/users/me/events"),
    f"{V1}/users/me": Page(address=f"{V1}/users/me"),
    f"{V1}/{{anything}}": Page(address=f"{V1}/nothing", status=404),
}

SITE: dict[str, Page | NoPage] = {
    "/": Page(address="/", actor="stranger"),
    "/favicon.ico": NoPage(address="/favicon.ico", why="a redirect to the icon"),
    "/healthz": NoPage(address="/healthz", why="JSON for probes"),
    "/readyz": NoPage(address="/readyz", why="JSON for probes"),
    "/.well-known/jwks.json": NoPage(address="/.well-known/jwks.json", why="JSON"),
    "/api/schema": NoPage(address="/api/schema", why="a file"),
    "/api/docs": Page(address="/api/docs", actor="stranger"),
    "/api/redoc": Page(address="/api/redoc", actor="stranger"),
    "/api/session/login/": Page(address="/api/session/login/", actor="stranger"),
    "/api/session/logout/": NoPage(
        address="/api/session/logout/", why="POST alone", actor="stranger"
    ),
    "/api/session/passkey/": NoPage(
        address="/api/session/passkey/", why="POST alone", actor="stranger"
    ),
    "/api/session/second-factor/": NoPage(
        address="/api/session/second-factor/", why="after a password: see states.py"
    ),
    "/api/session/step-up/": Page(address="/api/session/step-up/", actor=GUARDED),
    "/.well-known/change-password": NoPage(
        address="/.well-known/change-password", why="leads to the page"
    ),
}

ACCOUNT: dict[str, Page | NoPage] = {
    "": Page(address="/account/"),
    "sessions/": Page(address="/account/sessions/"),
    "sessions/end-others/": Page(address="/account/sessions/end-others/"),
    "sessions/{sid}/end/": Page(address="/account/sessions/{session}/end/"),
    "events/": Page(address="/account/events/"),
    "password/": Page(address="/account/password/"),
    "name/": Page(address="/account/name/"),
    "email/": Page(address="/account/email/"),
    "email/remove/": Page(address="/account/email/remove/"),
    "second-factor/": Page(address="/account/second-factor/"),
    "second-factor/app/": Page(address="/account/second-factor/app/"),
    "second-factor/app/confirm/": NoPage(
        address="/account/second-factor/app/confirm/", why="after another page: see states.py"
    ),
    "second-factor/app/remove/": Page(address="/account/second-factor/app/remove/", actor=GUARDED),
    "passkeys/": Page(address="/account/passkeys/", actor=GUARDED),
    "passkeys/new/": Page(address="/account/passkeys/new/"),
    "passkeys/add/": NoPage(
        address="/account/passkeys/add/", why="after another page: see states.py"
    ),
    "passkeys/{id}/name/": Page(address="/account/passkeys/{passkey}/name/", actor=GUARDED),
    "passkeys/{id}/remove/": Page(address="/account/passkeys/{passkey}/remove/", actor=GUARDED),
    "providers/": Page(address="/account/providers/"),
    # The pages after a provider's answer are looked at in test_providers.py.
    "providers/link/": NoPage(address="/account/providers/link/", why="after a provider's answer"),
    "providers/register/": NoPage(
        address="/account/providers/register/", why="after a provider's answer", actor="stranger"
    ),
    "providers/{id}/remove/": NoPage(
        address="/account/providers/00000000-0000-4000-8000-000000000000/remove/",
        why="of a linked provider",
    ),
    "providers/{provider}/begin/": NoPage(
        address="/account/providers/acme/begin/", why="POST alone", actor="stranger"
    ),
    "providers/{provider}/answer/": NoPage(
        address="/account/providers/acme/answer/", why="leads on", actor="stranger"
    ),
    "recovery-codes/": Page(address="/account/recovery-codes/", actor=GUARDED),
    "tokens/": Page(address="/account/tokens/"),
    "tokens/new/": Page(address="/account/tokens/new/"),
    "tokens/{id}/end/": Page(address="/account/tokens/{token}/end/"),
    "access-token/": Page(address="/account/access-token/"),
    "export/": Page(address="/account/export/"),
    "deletion/": Page(address="/account/deletion/"),
    "register/": Page(address="/account/register/", actor="stranger"),
    "welcome/": Page(address="/account/welcome/"),
    "unconfirmed/": NoPage(address="/account/unconfirmed/", why="after a password: see states.py"),
    "forgotten-password/": Page(address="/account/forgotten-password/", actor="stranger"),
    "forgotten-password/sent/": Page(address="/account/forgotten-password/sent/", actor="stranger"),
    # Without the token of a mail, these three say where to get one. With it: see states.py.
    "reset-password/": Page(address="/account/reset-password/", actor="stranger"),
    "invitation/": Page(address="/account/invitation/", actor="stranger"),
    "confirm-email/": Page(address="/account/confirm-email/", actor="stranger"),
    "confirm-email/again/": Page(address="/account/confirm-email/again/", actor="stranger"),
    "confirm-email/sent/": Page(address="/account/confirm-email/sent/", actor="stranger"),
}

TUTORIAL: dict[str, Page | NoPage] = {
    f"/{route}": NoPage(address=f"/{route.format(book_id=1)}", why="JSON of the tutorial")
    for route in ("register", "login", "users", "book", "books", "books/{book_id}")
}

CATCH_ALL = "leads to the change page"
ADMIN: dict[str, Page | NoPage] = {
    "": _admin(""),
    "login/": Page(address="/admin/login/", actor="stranger"),
    "logout/": _no_admin("logout/", "POST alone"),
    "password_change/": _no_admin("password_change/", "leads to the page of the API"),
    "password_change/done/": _admin("password_change/done/"),
    "autocomplete/": _no_admin("autocomplete/", "JSON"),
    "jsi18n/": _no_admin("jsi18n/", "a script"),
    "r/{content_type_id}/{object_id}/": _no_admin("r/1/1/", "no model has an address of its own"),
    "{app_label}/": _admin("books/"),
    "{url}{anything}": _no_admin("nothing", "404"),
    "accounts/apitoken/": _admin("accounts/apitoken/"),
    "accounts/apitoken/add/": _no_admin("accounts/apitoken/add/", "403"),
    "accounts/apitoken/{object_id}/change/": _admin("accounts/apitoken/{token_pk}/change/"),
    "accounts/apitoken/{object_id}/delete/": _no_admin(
        "accounts/apitoken/{token_pk}/delete/", "403"
    ),
    "accounts/apitoken/{object_id}/history/": _no_admin(
        "accounts/apitoken/{token_pk}/history/", "404"
    ),
    "accounts/apitoken/{object_id}/{anything}": _no_admin(
        "accounts/apitoken/{token_pk}/", CATCH_ALL
    ),
    "accounts/authevent/": _admin("accounts/authevent/"),
    "accounts/authevent/add/": _no_admin("accounts/authevent/add/", "403"),
    "accounts/authevent/{object_id}/change/": _admin("accounts/authevent/{event_pk}/change/"),
    "accounts/authevent/{object_id}/delete/": _no_admin(
        "accounts/authevent/{event_pk}/delete/", "403"
    ),
    "accounts/authevent/{object_id}/history/": _no_admin(
        "accounts/authevent/{event_pk}/history/", "404"
    ),
    "accounts/authevent/{object_id}/{anything}": _no_admin(
        "accounts/authevent/{event_pk}/", CATCH_ALL
    ),
    "accounts/user/": _admin("accounts/user/"),
    "accounts/user/add/": _admin("accounts/user/add/"),
    "accounts/user/{id}/password/": _admin("accounts/user/{user_pk}/password/"),
    "accounts/user/{object_id}/change/": _admin("accounts/user/{user_pk}/change/"),
    "accounts/user/{object_id}/delete/": _admin("accounts/user/{user_pk}/delete/"),
    "accounts/user/{object_id}/history/": _admin("accounts/user/{user_pk}/history/"),
    "accounts/user/{object_id}/{anything}": _no_admin("accounts/user/{user_pk}/", CATCH_ALL),
    "books/book/": _admin("books/book/"),
    "books/book/add/": _admin("books/book/add/"),
    "books/book/import/": _admin("books/book/import/"),
    "books/book/import/{import_id}/": _no_admin(
        "books/book/import/0/", "nothing without a file: see states.py"
    ),
    "books/book/{book_id}/restore/": _no_admin("books/book/{book}/restore/", "POST alone"),
    "books/book/{object_id}/change/": _admin("books/book/{book}/change/"),
    "books/book/{object_id}/delete/": _admin("books/book/{book}/delete/"),
    "books/book/{object_id}/history/": _admin("books/book/{book}/history/"),
    "books/book/{object_id}/{anything}": _no_admin("books/book/{book}/", CATCH_ALL),
    "books/book/isbn/": _no_admin("books/book/isbn/?isbn=9780141439549", "leads to the book"),
    "books/book/undo/": _no_admin("books/book/undo/", "POST alone"),
    "books/deletedbook/": _admin("books/deletedbook/"),
    "books/deletedbook/add/": _no_admin("books/deletedbook/add/", "403"),
    "books/deletedbook/{object_id}/change/": _no_admin(
        "books/deletedbook/{deletion_pk}/change/", "leads to the history"
    ),
    "books/deletedbook/{object_id}/delete/": _no_admin(
        "books/deletedbook/{deletion_pk}/delete/", "403"
    ),
    "books/deletedbook/{object_id}/history/": _no_admin(
        "books/deletedbook/{deletion_pk}/history/", "404"
    ),
    "books/deletedbook/{object_id}/{anything}": _no_admin(
        "books/deletedbook/{deletion_pk}/", CATCH_ALL
    ),
    "books/bookchange/": _admin("books/bookchange/"),
    "books/bookchange/add/": _no_admin("books/bookchange/add/", "403"),
    "books/bookchange/{object_id}/change/": _admin("books/bookchange/{change_pk}/change/"),
    "books/bookchange/{object_id}/delete/": _no_admin(
        "books/bookchange/{change_pk}/delete/", "403"
    ),
    "books/bookchange/{object_id}/history/": _no_admin(
        "books/bookchange/{change_pk}/history/", "404"
    ),
    "books/bookchange/{object_id}/{anything}": _no_admin(
        "books/bookchange/{change_pk}/", CATCH_ALL
    ),
}

ROUTES: dict[str, Page | NoPage] = {
    **API,
    **SITE,
    **{f"/account/{route}": entry for route, entry in ACCOUNT.items()},
    **TUTORIAL,
    **{f"/admin/{route}": entry for route, entry in ADMIN.items()},
}
PAGES = {route: entry for route, entry in ROUTES.items() if isinstance(entry, Page)}
NO_PAGES = {route: entry for route, entry in ROUTES.items() if isinstance(entry, NoPage)}

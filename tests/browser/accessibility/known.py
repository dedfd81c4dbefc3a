"""The faults that are known: rules by page. Only Swagger UI's and ReDoc's own may stay.

A fault that is gone from its page fails the test, until it is removed here.
"""

# bookstore_project/templates/rest_framework/
BROWSABLE = {
    "color-contrast",
    "html-has-lang",
    "landmark-main-is-top-level",
    "landmark-no-duplicate-main",
    "link-in-text-block",
    "one-main",
    "print",
    "region",
    "skip-link",
}
# the templates of the admin
ADMIN: set[str] = set()
# base.html, pages.css
PAGES: set[str] = set()

KNOWN: dict[str, set[str]] = {
    "/api/v1": BROWSABLE | {"button-name", "focus"},
    "/api/v1/auth/email/confirm": BROWSABLE | {"motion"},
    "/api/v1/auth/email/resend": BROWSABLE | {"motion"},
    "/api/v1/auth/logout": BROWSABLE | {"motion"},
    "/api/v1/auth/password-reset": BROWSABLE | {"motion"},
    "/api/v1/auth/password-reset/confirm": BROWSABLE | {"motion"},
    "/api/v1/auth/register": BROWSABLE | {"motion"},
    "/api/v1/auth/sessions": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/auth/sessions/{sid}": BROWSABLE | {"motion"},
    "/api/v1/auth/step-up": BROWSABLE | {"motion"},
    "/api/v1/auth/token": BROWSABLE | {"motion", "select-name"},
    "/api/v1/auth/token/refresh": BROWSABLE | {"motion"},
    "/api/v1/auth/token/second-factor": BROWSABLE | {"motion", "select-name"},
    "/api/v1/auth/token/verify": BROWSABLE | {"motion"},
    "/api/v1/books": BROWSABLE | {"button-name", "focus", "motion"},
    "/api/v1/books/batch": BROWSABLE | {"motion"},
    "/api/v1/books/by-isbn/{isbn}": BROWSABLE | {"motion"},
    "/api/v1/books/changes": BROWSABLE | {"button-name", "focus", "scrollable-region-focusable"},
    "/api/v1/books/deleted": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/books/import": BROWSABLE | {"label", "motion", "select-name"},
    "/api/v1/books/{id}": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/books/{id}/history": BROWSABLE
    | {"button-name", "focus", "scrollable-region-focusable"},
    "/api/v1/books/{id}/restore": BROWSABLE | {"motion"},
    "/api/v1/users": BROWSABLE | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/users/me": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/users/me/deletion": BROWSABLE | {"motion"},
    "/api/v1/users/me/email": BROWSABLE | {"motion"},
    "/api/v1/users/me/email/confirm": BROWSABLE | {"motion"},
    "/api/v1/users/me/events": BROWSABLE | {"button-name", "focus", "scrollable-region-focusable"},
    "/api/v1/users/me/factors": BROWSABLE | {"button-name", "focus", "scrollable-region-focusable"},
    "/api/v1/users/me/password": BROWSABLE | {"motion"},
    "/api/v1/users/me/recovery-codes": BROWSABLE | {"motion"},
    "/api/v1/users/me/tokens": BROWSABLE
    | {"button-name", "focus", "label", "motion", "scrollable-region-focusable", "select-name"},
    "/api/v1/users/me/tokens/{id}": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/users/me/totp": BROWSABLE | {"motion"},
    "/api/v1/users/me/totp/confirm": BROWSABLE | {"motion"},
    "/api/v1/users/{public_id}": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/users/{public_id}/deletion": BROWSABLE | {"motion"},
    "/api/v1/users/{public_id}/factors": BROWSABLE | {"motion"},
    "/api/v1/users/{public_id}/sessions": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/users/{public_id}/tokens": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "/api/v1/users/{public_id}/tokens/{id}": BROWSABLE | {"motion"},
    "/api/v1/{anything}": BROWSABLE | {"scrollable-region-focusable"},
    "a book was added in the api": BROWSABLE | {"button-name", "focus", "motion"},
    "a deleted book of the api": BROWSABLE
    | {"button-name", "focus", "motion", "scrollable-region-focusable"},
    "a page of the api that one may not see": BROWSABLE
    | {"button-name", "focus", "scrollable-region-focusable"},
    "a wrong book in the api": BROWSABLE
    | {"button-name", "errors", "focus", "motion", "scrollable-region-focusable"},
    "books without a sign in": BROWSABLE | {"button-name", "focus", "scrollable-region-focusable"},
    "/": PAGES | {"print", "scrollable-region-focusable"},
    "/api/session/login/": PAGES | {"print"},
    "a wrong password": PAGES | {"print"},
    "the front page of someone signed in": PAGES | {"scrollable-region-focusable"},
    # Swagger UI and ReDoc.
    "/api/docs": {
        "color-contrast in #swagger-ui",
        "focus",
        "heading-order in #swagger-ui",
        "motion",
        "nested-interactive in #swagger-ui",
        "print",
        "region",
        "region in #swagger-ui",
        "select-name in #swagger-ui",
        "skip-link",
    },
    "/api/redoc": {
        "color-contrast in redoc",
        "focus",
        "heading-order in redoc",
        "landmark-one-main",
        "motion",
        "one-main",
        "print",
        "region",
        "region in redoc",
        "skip-link",
    },
}

# Titles that several pages have.
KNOWN_TITLES: dict[str, set[str]] = {}

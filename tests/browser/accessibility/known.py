"""The faults that are known: rules by page. Only Swagger UI's and ReDoc's own may stay.

A fault that is gone from its page fails the test, until it is removed here.
"""

# the templates of the admin
ADMIN: set[str] = set()
# base.html, pages.css
PAGES: set[str] = set()

KNOWN: dict[str, set[str]] = {
    "/admin/accounts/apitoken/": ADMIN | {"label-title-only"},
    "/admin/accounts/authevent/": ADMIN | {"label-title-only"},
    "/admin/accounts/user/": ADMIN | {"label-title-only", "link-in-text-block"},
    "/admin/books/book/": ADMIN | {"label-title-only"},
    "/admin/books/book/{object_id}/history/": ADMIN | {"empty-table-header"},
    "/admin/books/bookchange/": ADMIN | {"label-title-only"},
    "a search of the admin that finds nothing": ADMIN | {"label-title-only", "link-in-text-block"},
    "/": PAGES | {"print", "scrollable-region-focusable"},
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

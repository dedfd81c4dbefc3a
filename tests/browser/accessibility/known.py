"""The faults that are known: rules by page. Only Swagger UI's and ReDoc's own may stay.

A fault that is gone from its page fails the test, until it is removed here.
"""

# Rules by page (a route or a state).
KNOWN: dict[str, set[str]] = {
    # The block of code, at 390 px.
    "/": {"scrollable-region-focusable"},
    "the front page of someone signed in": {"scrollable-region-focusable"},
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

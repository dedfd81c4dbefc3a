"""The faults that are known: rules by page. Only Swagger UI's and ReDoc's own may stay.

A fault that is gone from its page fails the test, until it is removed here.
"""

# Rules by page (a route or a state).
KNOWN: dict[str, set[str]] = {
    "/api/docs": {
        "heading-order in #swagger-ui",
        "nested-interactive in #swagger-ui",
        # Its rows are buttons.
        "print",
        "region in #swagger-ui",
    },
    "/api/redoc": {"heading-order in redoc", "print"},
}

# Titles that several pages have.
KNOWN_TITLES: dict[str, set[str]] = {}

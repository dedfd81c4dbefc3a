"""The faults that are known: rules by page. They are Swagger UI's and ReDoc's own.

A fault that is gone from its page fails the test, until it is removed here.
"""

# Rules by page (a route or a state), and the element of the program in whose markup they are.
KNOWN: dict[str, set[str]] = {
    "/api/docs": {
        # The sections of operations are <h3>, without an <h2> above them.
        "heading-order in #swagger-ui",
        # An operation is a button in an element with a role of its own.
        "nested-interactive in #swagger-ui",
        # The heading of an operation is that button.
        "print in #swagger-ui",
        # Its <main> has the operations alone.
        "region in #swagger-ui",
    },
    "/api/redoc": {
        # Below an operation (<h2>) there are <h5>.
        "heading-order in redoc",
        # Responses and schemas are unfolded by buttons, which are their headings.
        "print in redoc",
    },
}

# Titles that several pages have.
KNOWN_TITLES: dict[str, set[str]] = {}

"""The formula guard: stops spreadsheets from running a text in a CSV file as a formula.

Some spreadsheets split the lines of a file with commas elsewhere: at semicolons (where the decimal
sign is a comma), tabs or bars. Quotes around a cell then no longer begin the cell and have no
effect, and a line break inside the cell ends the row. Therefore a sign is guarded wherever such a
spreadsheet would begin a cell (OWASP, "CSV Injection"). An import removes the guard again.
"""

import re

# Includes full-width signs, which spreadsheets with an East Asian keyboard treat alike.
SIGNS = "=+\\-@\t\r＝＋－＠"
SEPARATORS = ";|\t\r\n"
# Another program may treat quotes before a sign as those of the cell and remove them.
FORMULA = rf"['\"]*[{SIGNS}]"

FIRST = re.compile(FORMULA)
LATER = re.compile(f"[{SEPARATORS}]{FORMULA}")

BEGINNING = rf"(?:\A|(?<=[{SEPARATORS}]))"
UNGUARDED = re.compile(f"{BEGINNING}(?={FORMULA})")
GUARDED = re.compile(f"{BEGINNING}'(?={FORMULA})")


def guarded(text: str) -> str:
    """Return `text` with one more apostrophe before each part that could run as a formula.

    A part that already begins with apostrophes gets one more too, so that unguarded() can restore
    the text.
    """
    return UNGUARDED.sub("'", text) if _has_formula(text) else text


def unguarded(cell: str) -> str:
    """Return the text from which guarded() made the cell."""
    return GUARDED.sub("", cell) if _has_formula(cell) else cell


def _has_formula(text: str) -> bool:
    """Return whether there is anything to guard, in a quarter of the time of the patterns above."""
    return FIRST.match(text) is not None or LATER.search(text) is not None

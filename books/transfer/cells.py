"""Cells that a spreadsheet would run as a formula, made harmless and read back as they were."""

import re

# Full-width signs too: a spreadsheet with an East Asian keyboard takes them for the others.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def guarded(text: str) -> str:
    """Return `text` so that no spreadsheet runs it: with an apostrophe more in front.

    A text that has apostrophes there already gets one too, so that each is read back as it was.
    """
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` made a cell of."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell

"""Makes members of a book from the cells of a row, or from the values of a JSON object."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from books.fields import REQUIRED, TEXT_LENGTH

from .columns import Columns, Source
from .dialects.cells import NotTakenError, Style, text_of
from .findings import Findings
from .formula_guard import unguarded

# Characters of the longest text that a converter looks at: no column stores a quarter of it.
LONGEST = 4 * TEXT_LENGTH


class Mapper:
    """Reads rows with the columns of one header.

    A value that a book can't have is left out and noted. In our own format, an empty cell unsets
    the member. In any other file it does not: who wrote it may not know what is stored here.
    """

    def __init__(
        self, columns: Columns, style: Style, findings: Findings, *, unguards: bool = True
    ) -> None:
        self.columns = columns
        self._style = style
        # Whether texts have the formula guard of an export.
        self._unguards = unguards and columns.is_ours
        self._findings = findings
        self._keeps_empty = columns.is_ours
        self._members = list(columns.sources.items())
        findings.dialect = findings.dialect or columns.name
        findings.take(columns.taken)
        findings.leave(columns.left)

    def members(self, line: int, cells: Sequence[Any]) -> dict[str, Any]:
        """Return the members of a row. A cell is a text, or a value that is no text."""
        found: dict[str, Any] = {}
        for member, sources in self._members:
            refused: list[tuple[Source, NotTakenError, str]] = []
            for source in sources:
                cell = cells[source.place]
                if isinstance(cell, str):
                    if not (text := cell.strip()):
                        continue
                    try:
                        cell = self._converted(source, text)
                    except NotTakenError as error:
                        refused.append((source, error, text))
                        continue
                if cell != "":
                    found[member] = cell
                    break
            else:
                self._without_value(line, member, found, refused)
        return found

    def _converted(self, source: Source, text: str) -> Any:
        """Return the value of a text. Raises NotTakenError.

        A text from which the formula guard was removed begins like a formula and is none.
        """
        plain = unguarded(text) if self._unguards else text
        is_unguarded = plain != text and source.convert is text_of
        # No value is that long: it is refused as it is, before a pattern is matched with it.
        if is_unguarded or len(plain) > LONGEST:
            return plain
        return source.convert(plain, self._style)

    def _without_value(
        self,
        line: int,
        member: str,
        found: dict[str, Any],
        refused: list[tuple[Source, NotTakenError, str]],
    ) -> None:
        """Say what a member is that no column of a row gives."""
        for source, error, text in refused:
            if error.instead is not None:
                found[member] = error.instead
                return
            self._findings.note(line, column=source.header, member=member, reason=error, value=text)
        if member in REQUIRED:
            found[member] = ""
        elif self._keeps_empty and not refused:
            found[member] = None


def cell_of(value: Any, *, flattens: bool) -> Any:
    """Return a JSON value as the text of a cell, or as it is, for the row checks to refuse.

    The texts of a list are joined by commas. With `flattens`, so are the values of an object, in
    which LibraryThing has its ISBNs.
    """
    if value is None:
        return ""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return str(value)
    parts = list(value.values()) if flattens and isinstance(value, dict) else value
    if isinstance(parts, list):
        texts = [cell_of(part, flattens=False) for part in parts]
        if all(isinstance(text, str) for text in texts):
            return ", ".join(text for text in texts if text)
    return value

"""What an import found in a file: its dialect, its columns, and values that a book can't have."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from .dialects.cells import NotTakenError
from .errors import RowError

# Names of columns, kinds of notes, and lines of one note that a report lists. A client chooses the
# names, so that there may be many.
MAXIMUM_COLUMNS = 200
MAXIMUM_NOTES = 200
MAXIMUM_LINES = 10
# Characters of a name or a value that a report repeats.
MAXIMUM_TEXT = 100


@dataclass(kw_only=True)
class Note:
    """Values of one column that were left unset for one reason."""

    column: str
    pointer: str
    code: str
    detail: str
    # The first value, the number of rows, and the lines of the first of them.
    example: str
    rows: int = 0
    lines: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        member = self.pointer.removeprefix("#/")
        rows = f"{self.rows:,} row{'s' if self.rows > 1 else ''}"
        return (
            f"{self.column}: {member} left unset in {rows}, first in line {self.lines[0]} "
            f"({self.example!r}): {self.detail} ({self.code})"
        )

    def data(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(kw_only=True)
class Findings:
    """Grows while a file is read, with bounded memory."""

    # The name of the dialect; empty until the header was read.
    dialect: str = ""
    # The member that each column gives, and the columns that were left out.
    columns: dict[str, list[str]] = field(default_factory=dict)
    left: dict[str, None] = field(default_factory=dict)
    _notes: dict[tuple[str, str, str], Note] = field(default_factory=dict)
    # The notes of rows, if somebody wants them by row.
    by_line: dict[int, list[dict[str, str]]] | None = None

    def take(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note that a column gives a member."""
        for column, member in pairs:
            name = column[:MAXIMUM_TEXT]
            if name in self.columns or len(self.columns) < MAXIMUM_COLUMNS:
                members = self.columns.setdefault(name, [])
                if member not in members:
                    members.append(member)

    def leave(self, columns: Iterable[str]) -> None:
        """Note that columns were left out."""
        for column in columns:
            if len(self.left) < MAXIMUM_COLUMNS:
                self.left[column[:MAXIMUM_TEXT]] = None

    def named(self, error: RowError) -> RowError:
        """Return an error of a row with the columns that gave the member."""
        member = error.pointer.removeprefix("#/")
        columns = [column for column, members in self.columns.items() if member in members]
        if not columns or member in columns:
            return error
        return replace(error, column=" or ".join(columns)[:MAXIMUM_TEXT])

    def note(
        self, line: int, *, column: str, member: str, reason: NotTakenError, value: str
    ) -> None:
        """Note that a row's value was left unset."""
        key = (column[:MAXIMUM_TEXT], member, reason.code)
        if key not in self._notes and len(self._notes) == MAXIMUM_NOTES:
            return
        note = self._notes.setdefault(
            key,
            Note(
                column=key[0],
                pointer=f"#/{member}",
                code=reason.code,
                detail=reason.detail,
                example=_encodable(value[:MAXIMUM_TEXT]),
            ),
        )
        note.rows += 1
        if len(note.lines) < MAXIMUM_LINES:
            note.lines.append(line)
        if self.by_line is not None:
            told = {name: getattr(note, name) for name in ("column", "pointer", "code", "detail")}
            self.by_line.setdefault(line, []).append(told)

    @property
    def notes(self) -> list[Note]:
        return list(self._notes.values())

    def data(self) -> dict[str, Any]:
        """Return the findings as JSON members of a report."""
        return {
            "dialect": self.dialect or None,
            "columns": [
                {"column": column, "member": member}
                for column, members in self.columns.items()
                for member in members
            ],
            "left_out": list(self.left),
            "notes": [note.data() for note in self.notes],
        }


def _encodable(text: str) -> str:
    """Return a text with half surrogate pairs escaped: JSON files may have some, UTF-8 has none."""
    return text.encode("utf-8", "backslashreplace").decode()

"""The report of values that could not be imported unchanged, and of their replacements."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from bookstore_project.private_file import draft_beside

from .values import Value, text_of


class Problem(StrEnum):
    """Why a value was not imported unchanged. docs/moving-in.md has the rule for each."""

    PUBLIC_ID_MISSING = "public_id_missing"
    PUBLIC_ID_INVALID = "public_id_invalid"
    PUBLIC_ID_DUPLICATE = "public_id_duplicate"
    PUBLIC_ID_RESPELLED = "public_id_respelled"
    NAME_MISSING = "name_missing"
    NAME_INVALID = "name_invalid"
    NAME_TOO_LONG = "name_too_long"
    NAME_TAKEN = "name_taken"
    PASSWORD_UNKNOWN = "password_unknown"  # noqa: S105  # the name of a problem
    EMAIL_INVALID = "email_invalid"
    EMAIL_TAKEN = "email_taken"
    ADMIN_INVALID = "admin_invalid"
    ROLE_UNKNOWN = "role_unknown"
    OWNER_MISSING = "owner_missing"
    TEXT_MISSING = "text_missing"
    TEXT_INVALID = "text_invalid"
    TEXT_TOO_LONG = "text_too_long"
    TITLE_DUPLICATE = "title_duplicate"
    PRICE_INVALID = "price_invalid"
    PRICE_CURRENCY = "price_currency"
    PRICE_ROUNDED = "price_rounded"
    ISBN_INVALID = "isbn_invalid"
    DATE_INVALID = "date_invalid"
    ID_INVALID = "id_invalid"
    ID_TAKEN = "id_taken"
    BOOK_DIFFERS = "book_differs"
    ABSENT = "absent"
    NOT_IMPORTED = "not_imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line of the report. `was` is the whole old value as text."""

    table: str
    id: int | str | None
    field: str
    problem: Problem
    was: str | None
    done: str

    def __str__(self) -> str:
        row = "" if self.id is None else f" {self.id}"
        was = "" if self.was is None else f", was {self.was!r}"
        return f"{self.table}{row}, {self.field}: {self.problem}{was}; {self.done}"


@dataclass(slots=True, kw_only=True)
class Row:
    """A row of the old file, and the notes about it."""

    table: str
    id: Value
    notes: list[Note] = field(default_factory=list)

    def note(self, problem: Problem, field: str, *, was: Value, done: str) -> None:
        row_id = self.id if isinstance(self.id, int) else text_of(self.id)
        self.notes.append(
            Note(
                table=self.table,
                id=row_id,
                field=field,
                problem=problem,
                was=text_of(was),
                done=done,
            )
        )


class Report:
    """Counts, and notes in an unnamed file on disk, which disappears with the process."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.already_here: Counter[str] = Counter()
        self.notes = 0
        self._spool = tempfile.TemporaryFile("w+", encoding="ascii")  # noqa: SIM115  # close()

    def close(self) -> None:
        self._spool.close()

    def add(self, row: Row) -> None:
        for note in row.notes:
            self._spool.write(f"{json.dumps(asdict(note))}\n")
            self.notes += 1

    def lines(self) -> Iterator[str]:
        """Yield each note as a line for people."""
        return (str(Note(**json.loads(line))) for line in self._json_lines())

    def save(self, path: Path) -> None:
        """Write the notes atomically to a file that only its owner can read, one JSON per line."""
        with draft_beside(path) as (file, draft):
            file.writelines(self._json_lines())
            file.flush()
            draft.replace(path)

    def _json_lines(self) -> Iterator[str]:
        self._spool.seek(0)
        return iter(self._spool)

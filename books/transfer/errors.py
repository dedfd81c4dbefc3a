"""Errors of a file, of a row in it, and of a whole import."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RowError:
    """Why a row was refused. `pointer` (RFC 6901) names the member; `#` is the whole row.

    `column` is the header of the file's column that gave the member, if the file calls it
    otherwise.
    """

    line: int
    pointer: str
    code: str
    detail: str
    column: str | None = None

    def __str__(self) -> str:
        where = self.column or self.pointer.removeprefix("#/").removeprefix("#")
        return f"line {self.line}{where and f', {where}'}: {self.detail} ({self.code})"


class FileError(Exception):
    """The rest of a file can't be read, so nothing of it is imported.

    `rows` are the reasons, if a header has several, and `row` is the first of them.
    """

    def __init__(self, *, line: int, code: str, detail: str, pointer: str = "#") -> None:
        super().__init__(detail)
        self.row = RowError(line=line, pointer=pointer, code=code, detail=detail)
        self.rows = [self.row]

    @classmethod
    def of(cls, rows: "list[RowError]") -> "FileError":
        """Return an error with several reasons."""
        first = rows[0]
        error = cls(line=first.line, code=first.code, detail=first.detail, pointer=first.pointer)
        error.rows = rows
        return error


class TooLargeError(Exception):
    """A file has, or expands to, more bytes than the import reads."""


class RunningError(Exception):
    """Another import of the user is running. `wait` is the seconds until the next attempt."""

    def __init__(self, *, wait: int) -> None:
        super().__init__("Another import for this user is running.")
        self.wait = wait


class LeaseLostError(Exception):
    """An import did not renew its lease in time, and another import of the user replaced it."""


class TooSlowError(Exception):
    """An import exceeded its time budget. Nothing of it is stored."""

    def __init__(self) -> None:
        super().__init__("The import took too long.")


class BusyError(Exception):
    """An import spent its time budget in the queue behind other imports."""

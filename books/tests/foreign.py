"""Files of other programs, and what their readers make of them."""

import io
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from books.transfer.errors import FileError, RowError
from books.transfer.findings import Findings
from books.transfer.options import FileOptions
from books.transfer.readers.kinds import FileKind
from books.transfer.readers.opening import Reading, opened

FILES = Path(__file__).parent / "foreign_files"


class Read(NamedTuple):
    """The rows of a file, with the members of books, and what was found in it."""

    rows: list[tuple[int, Any]]
    findings: Findings

    @property
    def books(self) -> list[dict[str, Any]]:
        assert not [row for _, row in self.rows if isinstance(row, RowError)]
        return [row for _, row in self.rows]

    @property
    def notes(self) -> list[tuple[str, str, str, list[int]]]:
        return [(n.column, n.pointer, n.code, n.lines) for n in self.findings.notes]


def read(
    content: bytes | str,
    kind: FileKind | None = None,
    maximum_rows: int | None = None,
    **options: Any,
) -> Read:
    """Read a file. Raises FileError."""
    findings = Findings()
    reading = Reading(
        options=FileOptions.read(options),
        findings=findings,
        maximum=10**8,
        maximum_rows=maximum_rows,
    )
    data = content.encode() if isinstance(content, str) else content
    return Read(list(opened(io.BytesIO(data), kind, reading).rows), findings)


def refusals(content: bytes | str, kind: FileKind | None = None, **options: Any) -> list[RowError]:
    """Return why a file can't be read to its end."""
    with pytest.raises(FileError) as refused:
        read(content, kind, **options)
    return refused.value.rows


def refusal(content: bytes | str, kind: FileKind | None = None, **options: Any) -> RowError:
    [error] = refusals(content, kind, **options)
    return error

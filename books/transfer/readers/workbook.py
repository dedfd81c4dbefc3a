"""Reads a sheet of an Excel workbook (.xlsx, ECMA-376), by a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from books.transfer.columns import Columns, columns_of, require_columns
from books.transfer.dialects.cells import EITHER
from books.transfer.dialects.general import DATES
from books.transfer.errors import FileError, RowError, TooLargeError
from books.transfer.findings import Findings
from books.transfer.lines import IN_PARTS, MAXIMUM_ROW, too_many_rows
from books.transfer.mapping import Mapper
from books.transfer.option_names import option
from books.transfer.options import IGNORE, FileOptions
from bookstore_project.api.suggestions import did_you_mean

from .rows import Row, style_of
from .workbook_bounds import workbook_error

ROOT = Path(__file__).resolve().parents[3]
CALL = "import sys; from books.transfer.readers.workbook_process import main; main(sys.argv[1:])"
PROGRAM = [sys.executable, "-c", CALL]
# Bytes of memory for the process: so many, more for larger files, and never more than the last.
LEAST, PER_BYTE, MOST = 768 * 2**20, 16, 4 * 2**30
# Bytes of a line of the process: JSON has up to six for each byte of a row.
LONGEST = 6 * MAXIMUM_ROW

# A row: its number, and its cells. A date or a time is a list with its text.
Cells = Sequence[str | list[str]]


class Workbook:
    """The rows of one sheet. `number` is the number of the last row, as Excel shows it."""

    def __init__(
        self,
        file: IO[bytes],
        *,
        options: FileOptions,
        maximum: int,
        maximum_rows: int | None = None,
    ) -> None:
        self._file = file
        self._options = options
        self._maximum = maximum
        self._maximum_rows = maximum_rows
        self.number = 1

    def error(self, code: str, detail: str) -> FileError:
        return FileError(line=self.number, code=code, detail=detail)

    def rows(self, findings: Findings) -> Iterator[Row]:
        """Yield the rows below the header, which is the first row with a text.

        Raises FileError and TooLargeError.
        """
        with _reading(self._file, self._options.sheet, self._maximum) as lines:
            rows = self._filled(lines)
            header = [_text(cell) for cell in next(rows, [])]
            columns = columns_of(header, self._options)
            require_columns(header, columns, self._options, line=self.number)
            mapper = Mapper(columns, style_of(self._options, EITHER), findings)
            unnamed = [place for place, name in enumerate(header) if not name.strip()]
            if self._options.ignores_unknown:
                unnamed = []
            for row in rows:
                error = _unnamed(self.number, row, unnamed) or _date_as_text(
                    self.number, row, columns
                )
                yield (
                    self.number,
                    error or mapper.members(self.number, [_text(cell) for cell in row]),
                )

    def _filled(self, lines: Iterator[Any]) -> Iterator[Cells]:
        """Yield the rows that are not empty. Raises FileError (`too_many_rows`)."""
        first = None
        for self.number, row in lines:
            first = self.number if first is None else first
            if self._maximum_rows is not None and self.number - first > self._maximum_rows:
                raise self.error("too_many_rows", too_many_rows(self._maximum_rows, IN_PARTS))
            yield row


@contextmanager
def _reading(file: IO[bytes], sheet: str | None, maximum: int) -> Iterator[Iterator[Any]]:
    """Yield the rows that the process reads, and end it after the block."""
    memory = min(LEAST + PER_BYTE * maximum, MOST)
    arguments = [str(memory), str(maximum), *([] if sheet is None else [sheet])]
    with TemporaryFile() as copy:
        copyfileobj(file, copy)
        copy.seek(0)
        # Nothing of the server's environment, which has secrets.
        process = subprocess.Popen(  # noqa: S603  # our own program
            [*PROGRAM, *arguments],
            stdin=copy,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"PYTHONIOENCODING": "utf-8"},
        )
    with process:
        try:
            yield _lines(process)
        finally:
            process.kill()


def _lines(process: "subprocess.Popen[bytes]") -> Iterator[Any]:
    """Yield the rows. Raises FileError if the process could not read the workbook, or died."""
    out: Any = process.stdout
    while line := out.readline(LONGEST):
        if not line.endswith(b"\n"):
            detail = _("A row has at most %(maximum)s bytes.") % {"maximum": f"{MAXIMUM_ROW:,}"}
            raise FileError(line=1, code="row_too_long", detail=detail)
        value = json.loads(line)
        if isinstance(value, dict):
            raise _refusal(value)
        yield value
    if process.wait():
        raise workbook_error(
            _(
                "The workbook can't be read: it is damaged, or it needs too much memory or time. "
                "Save it again as .xlsx, or as CSV."
            )
        )


def _refusal(said: dict[str, Any]) -> Exception:
    """Return the error that the process told."""
    if "too_large" in said:
        return TooLargeError(said["too_large"])
    hint = did_you_mean(said["sheets"][0], said["sheets"][1:]) if said["sheets"] else ""
    return FileError(line=1, code=said["code"], detail=f"{_(said['detail'])}{hint}")


def _text(cell: str | list[str]) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _unnamed(line: int, row: Cells, unnamed: Sequence[int]) -> RowError | None:
    place = next((place for place in unnamed if row[place] != ""), None)
    if place is None:
        return None
    text = _(
        "Column %(place)s has no name in the header, but this row has a value in it. Name the "
        "column, or leave it out with %(option)s."
    )
    detail = text % {"place": place + 1, "option": option("unknown", IGNORE)}
    return RowError(line=line, pointer="#", code="unnamed_column", detail=detail)


def _date_as_text(line: int, row: Cells, columns: Columns) -> RowError | None:
    """Return an error for a date where a text belongs: Excel makes dates of `May 68` or `1/2`."""
    for place, cell in enumerate(row):
        if isinstance(cell, list):
            for member, source in columns.at(place):
                if member not in DATES:
                    return RowError(
                        line=line,
                        pointer=f"#/{member}",
                        code="invalid",
                        detail=str(A_DATE),
                        column=source.header,
                    )
    return None


A_DATE = gettext_lazy("The cell is a date. Format it as text in the workbook, and type it again.")

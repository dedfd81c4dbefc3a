"""Reads the rows of a file: CSV with a header, or NDJSON."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from books.fields import FIELDS, MEMBERS, REQUIRED, Kind
from bookstore_project.api.parsers import strict_json
from bookstore_project.api.suggestions import did_you_mean

from .errors import FileError, RowError
from .formats import CSV, NDJSON
from .formula_guard import unguarded
from .lines import Lines

# The first line of a row, and its members or the error of the whole row.
Row = tuple[int, dict[str, Any] | RowError]

# The answer repeats at most this many characters of an unknown column.
MAXIMUM_NAME = 100
# Columns whose values are numbers or booleans in JSON.
WITHOUT_QUOTES = tuple(field.name for field in FIELDS if field.kind in (Kind.INTEGER, Kind.BOOLEAN))
# Separators of columns in files of other programs.
SEPARATORS = re.compile(r"[;\t|]")


def csv_rows(lines: Lines) -> Iterator[Row]:
    """Yield the rows after the header. Raises FileError if the file is not CSV (RFC 4180)."""
    reader = csv.reader(lines, strict=True)
    header = _next(reader, lines)
    columns = _columns(header or [])
    while True:
        line = lines.begin_row()
        cells = _next(reader, lines)
        if cells is None:
            return
        if len(cells) != len(columns):
            if any(cells):
                yield line, _wrong_number(line, len(cells), len(columns))
            continue
        if any(cells):
            yield line, _members(zip(columns, cells, strict=True))


def _next(reader: Iterator[list[str]], lines: Lines) -> list[str] | None:
    line = lines.number + 1
    try:
        return next(reader, None)
    except csv.Error as error:
        detail = f"The row is not CSV: {error}. Quote a cell that contains quotes, and double them."
        raise lines.error("invalid_csv", detail, line=line) from error


def _members(cells: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the members. An empty cell is null, or an empty text in a required column."""
    members = {
        column: unguarded(cell) if cell or column in REQUIRED else None for column, cell in cells
    }
    for column in WITHOUT_QUOTES:
        if members.get(column) is not None:
            members[column] = _value(members[column])
    return members


def _value(cell: Any) -> Any:
    """Return the number or boolean in a cell, or any other text unchanged."""
    try:
        return strict_json(cell)
    except ValueError:
        return cell


def _columns(header: list[str]) -> list[str]:
    """Return the names of the columns. Raises FileError for an unknown, missing or repeated one."""
    columns = [cell.strip() for cell in header]
    for column in columns:
        if column not in MEMBERS:
            if len(columns) == 1 and SEPARATORS.search(column):
                raise _column_error(column, "unknown_column", "Put commas between the columns.")
            hint = did_you_mean(column, set(MEMBERS).difference(columns))
            raise _column_error(column, "unknown_column", f"There is no such column.{hint}")
        if columns.count(column) > 1:
            raise _column_error(column, "duplicate_column", "The column occurs twice.")
    for column in REQUIRED:
        if column not in columns:
            detail = "The column is missing. The first line must name the columns."
            raise _column_error(column, "missing_column", detail)
    return columns


def _column_error(column: str, code: str, detail: str) -> FileError:
    return FileError(line=1, pointer=f"#/{column[:MAXIMUM_NAME]}", code=code, detail=detail)


def _wrong_number(line: int, found: int, wanted: int) -> RowError:
    detail = f"The row has {found} cells, but the header has {wanted}."
    return RowError(line=line, pointer="#", code="wrong_number_of_cells", detail=detail)


def ndjson_rows(lines: Lines) -> Iterator[Row]:
    """Yield an object for each line that is not blank."""
    while True:
        line = lines.begin_row()
        text = next(lines, None)
        if text is None:
            return
        if not text.isspace():
            yield line, _object(line, text)


def _object(line: int, text: str) -> dict[str, Any] | RowError:
    try:
        value = strict_json(text)
    except ValueError as error:
        detail = f"The line is not valid JSON: {error}"
        return RowError(line=line, pointer="#", code="parse_error", detail=detail)
    if isinstance(value, dict):
        return value
    detail = "Give a JSON object on each line."
    return RowError(line=line, pointer="#", code="not_an_object", detail=detail)


READERS: dict[str, Callable[[Lines], Iterator[Row]]] = {
    CSV.name: csv_rows,
    NDJSON.name: ndjson_rows,
}

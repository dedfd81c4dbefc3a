"""Reads tables in text files: CSV (RFC 4180) with commas, semicolons or tabs."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from books.fields import FIELDS, REQUIRED, Kind
from books.transfer.columns import Columns, columns_of, require_columns
from books.transfer.dialects.cells import COMMA, EITHER, POINT, own_isbn_of
from books.transfer.dialects.dialect import heading
from books.transfer.dialects.general import OWN, USUAL
from books.transfer.errors import FileError, RowError
from books.transfer.findings import Findings
from books.transfer.formula_guard import unguarded
from books.transfer.lines import Lines
from books.transfer.mapping import Mapper
from books.transfer.option_names import option
from books.transfer.options import IGNORE, PLAIN, FileOptions
from bookstore_project.api.parsers import strict_json

from .rows import Row, style_of

# Columns whose values are numbers or booleans in JSON.
WITHOUT_QUOTES = tuple(field.name for field in FIELDS if field.kind in (Kind.INTEGER, Kind.BOOLEAN))

# The delimiters, and the decimal sign of prices in a file that has them.
DECIMALS = {",": POINT, ";": COMMA, "\t": EITHER}
# The line with which Excel says what delimits the cells.
SEP = re.compile('"?sep=([,;\t|])"?[,;\t ]*[\r\n]*', re.IGNORECASE)

# A wrapped ISBN, or one that a program wrote as a floating-point number.
WRAPPED = re.compile(r"[=\[]|[0-9]+\.0\Z", re.ASCII)

Make = Callable[[int, Sequence[str]], dict[str, Any]]


def csv_rows(
    lines: Lines, options: FileOptions = PLAIN, findings: Findings | None = None
) -> Iterator[Row]:
    """Yield the rows after the header. Raises FileError if the file is not CSV."""
    table = _Table(lines, options)
    columns = columns_of(table.header, options)
    _require_delimiter(table, columns)
    require_columns(table.header, columns, options, line=table.line)
    yield from table.rows(columns, options, findings or Findings())


class _Table:
    """The header of a table, and the rest of its file."""

    def __init__(self, lines: Lines, options: FileOptions) -> None:
        self._lines = lines
        first = _first(lines)
        self.line = max(lines.number, 1)
        sep = SEP.fullmatch(first)
        if sep is not None:
            first = _first(lines)
            self.line = lines.number
        self.delimiter = sep[1] if sep else _delimiter(first)
        self._is_quoted = self._has_quotes(first, options)
        self._reader = self._cells(chain([first], lines))
        self.header = (_next(self._reader, lines) if first else None) or []

    def _has_quotes(self, first: str, options: FileOptions) -> bool:
        names = first.rstrip("\r\n").split(self.delimiter)
        dialect = columns_of(names, options).dialect
        return '"' in first or dialect is None or dialect.is_quoted or self.delimiter != "\t"

    def _cells(self, lines: Iterator[str]) -> Iterator[list[str]]:
        if self._is_quoted:
            return csv.reader(lines, delimiter=self.delimiter, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)

    def rows(self, columns: Columns, options: FileOptions, findings: Findings) -> Iterator[Row]:
        make = self._maker(columns, options, findings)
        shape = _Shape(self.header, ignores_unnamed=options.ignores_unknown)
        lines, reader, width = self._lines, self._reader, shape.plain_width
        while True:
            line = lines.begin_row()
            cells = _next(reader, lines)
            if cells is None:
                return
            if any(cells):
                error = None if len(cells) == width else shape.error(line, cells)
                yield line, error or make(line, cells)

    def _maker(self, columns: Columns, options: FileOptions, findings: Findings) -> Make:
        decimal = DECIMALS.get(self.delimiter, EITHER)
        mapper = Mapper(columns, style_of(options, decimal), findings)
        is_plain = decimal == POINT and not options.columns and not options.date_format
        if columns.is_ours and is_plain and not columns.left:
            names = [OWN[heading(cell)] for cell in self.header if cell.strip()]
            if len(names) == _named(self.header):
                return partial(_own, names)
        return mapper.members


def _first(lines: Lines) -> str:
    """Return the first line that has cells with a text; an empty text if there is none."""
    return next((line for line in lines if line.strip(" \t\r\n,;")), "")


def _delimiter(first: str) -> str:
    """Return the delimiter under which the header has most known names, or else most cells."""

    def weight(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            cells = []
        keys = {heading(cell) for cell in cells}
        return len(keys & OWN.keys()) + len(keys & USUAL.keys()), len(cells)

    return max(DECIMALS, key=weight)


def _require_delimiter(table: _Table, columns: Columns) -> None:
    """Raise FileError with a hint if the header is one cell with delimiters of another kind."""
    if len(table.header) == 1 and columns.unknown and "|" in table.header[0]:
        raise FileError(
            line=table.line,
            pointer=f"#/{table.header[0][:100]}",
            code="unknown_column",
            detail=_("Put commas, semicolons or tabs between the columns."),
        )


def _next(reader: Iterator[list[str]], lines: Lines) -> list[str] | None:
    line = lines.number + 1
    try:
        return next(reader, None)
    except csv.Error as error:
        text = _(
            "The row is not CSV: %(error)s. Quote a cell that contains quotes, and double them."
        )
        detail = text % {"error": error}
        raise lines.error("invalid_csv", detail, line=line) from error


def _named(header: Sequence[str]) -> int:
    """Return the number of columns up to the last one with a name."""
    named = [place for place, cell in enumerate(header) if cell.strip()]
    return named[-1] + 1 if named else 0


def _own(names: Sequence[str], line: int, cells: Sequence[str]) -> dict[str, Any]:
    """Return the members of our own format: an empty cell is null, or "" in a required column."""
    members = {
        column: unguarded(cell) if cell or column in REQUIRED else None
        for column, cell in zip(names, cells, strict=False)
    }
    isbn = members.get("isbn")
    if isbn and WRAPPED.match(isbn):
        members["isbn"] = own_isbn_of(isbn)
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


class _Shape:
    """How many cells a row may have, and which of them must be empty.

    Spreadsheets end rows in empty cells, also where the header has no name for them.
    """

    def __init__(self, header: Sequence[str], *, ignores_unnamed: bool) -> None:
        self._header = header
        self._named = _named(header)
        self._ignores_unnamed = ignores_unnamed
        has_all_names = all(cell.strip() for cell in header)
        # A row with this many cells needs no look at any of them.
        self.plain_width = len(header) if has_all_names else -1

    def error(self, line: int, cells: Sequence[str]) -> RowError | None:
        """Return why the cells do not fit the header, or None if they do."""
        if len(cells) < self._named or any(cells[len(self._header) :]):
            text = _("The row has %(cells)s cells, but the header has %(named)s.")
            detail = text % {"cells": len(cells), "named": self._named}
            return RowError(line=line, pointer="#", code="wrong_number_of_cells", detail=detail)
        pairs = enumerate(zip(cells, self._header, strict=False), 1)
        unnamed = [place for place, (cell, name) in pairs if cell.strip() and not name.strip()]
        if not unnamed or self._ignores_unnamed:
            return None
        text = _(
            "Column %(place)s has no name in the header, but this row has a value in it. Name the "
            "column, or leave it out with %(option)s."
        )
        detail = text % {"place": unnamed[0], "option": option("unknown", IGNORE)}
        return RowError(line=line, pointer="#", code="unnamed_column", detail=detail)

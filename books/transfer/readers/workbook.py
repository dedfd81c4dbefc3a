"""Reads a sheet of an Excel workbook (.xlsx, ECMA-376)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from books.transfer.columns import Columns, columns_of, require_columns
from books.transfer.dialects.cells import EITHER
from books.transfer.dialects.general import DATES
from books.transfer.errors import FileError, RowError
from books.transfer.findings import Findings
from books.transfer.lines import IN_PARTS, too_many_rows
from books.transfer.mapping import Mapper
from books.transfer.options import FileOptions
from bookstore_project.api.suggestions import did_you_mean

from .rows import Row, style_of
from .workbook_bounds import bounded, workbook_error


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
        self._sheet = _opened(bounded(file, maximum=maximum), options.sheet)
        self._options = options
        self._maximum_rows = maximum_rows
        self.number = 1

    def error(self, code: str, detail: str) -> FileError:
        return FileError(line=self.number, code=code, detail=detail)

    def rows(self, findings: Findings) -> Iterator[Row]:
        """Yield the rows below the header, which is the first row with a text."""
        rows = self._filled()
        header = [_text(cell) for cell in next(rows, [])]
        columns = columns_of(header, self._options)
        require_columns(header, columns, self._options, line=self.number)
        mapper = Mapper(columns, style_of(self._options, EITHER), findings)
        unnamed = [place for place, name in enumerate(header) if not name.strip()]
        if self._options.ignores_unknown:
            unnamed = []
        for row in rows:
            error = _unnamed(self.number, row, unnamed) or _date_as_text(self.number, row, columns)
            yield (
                self.number,
                error or mapper.members(self.number, [_text(cell) for cell in row]),
            )

    def _filled(self) -> Iterator[Sequence[Any]]:
        """Yield the rows that are not empty, and count them. Raises FileError (`too_many_rows`)."""
        counted = -1
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            self.number = number
            is_filled = any(cell != "" for cell in row)
            counted += is_filled or counted >= 0
            if self._maximum_rows is not None and counted > self._maximum_rows:
                raise self.error("too_many_rows", too_many_rows(self._maximum_rows, IN_PARTS))
            if is_filled:
                yield row


def _opened(content: IO[bytes], name: str | None) -> CalamineSheet:
    try:
        return _sheet(CalamineWorkbook.from_filelike(content), name)
    except BaseException as error:
        # A defect in Rust raises PanicException, which is no Exception and has no public name.
        if isinstance(error, (CalamineError, ValueError, OSError)) or _is_panic(error):
            raise workbook_error("The workbook can't be read. Save it again as .xlsx.") from error
        raise


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


def _sheet(workbook: CalamineWorkbook, name: str | None) -> CalamineSheet:
    sheets = [each.name for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    if name is None and sheets:
        return workbook.get_sheet_by_name(sheets[0])
    if name in sheets:
        return workbook.get_sheet_by_name(name)
    hint = did_you_mean(name or "", sheets)
    raise FileError(line=1, code="unknown_sheet", detail=f"The workbook has no such sheet.{hint}")


def _text(cell: Any) -> str:
    """Return the text of a cell, as a person would have typed it.

    A workbook has numbers with 15 significant digits, and a date without a time as midnight.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _unnamed(line: int, row: Sequence[Any], unnamed: Sequence[int]) -> RowError | None:
    place = next((place for place in unnamed if row[place] != ""), None)
    if place is None:
        return None
    detail = f"Column {place + 1} has no name, but this row has a value in it. Name the column."
    return RowError(line=line, pointer="#", code="unnamed_column", detail=detail)


def _date_as_text(line: int, row: Sequence[Any], columns: Columns) -> RowError | None:
    """Return an error for a date where a text belongs: Excel makes dates of `May 68` or `1/2`."""
    for place, cell in enumerate(row):
        if isinstance(cell, (date, time, timedelta)):
            for member, source in columns.at(place):
                if member not in DATES:
                    return RowError(
                        line=line,
                        pointer=f"#/{member}",
                        code="invalid",
                        detail=A_DATE,
                        column=source.header,
                    )
    return None


A_DATE = "The cell is a date. Format it as text in the workbook, and type it again."

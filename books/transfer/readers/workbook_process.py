"""The program that reads a sheet of a workbook, in a process of its own: see main().

It reads the workbook from its standard input, and writes a JSON line for each row with a value: the
number of the row, and its cells as texts; a date or a time is a list with its text. The reader of
workbooks asks for as much memory as a file tells it to, and aborts its process if there is no more.
Here it aborts this one, which has bounds of memory and of processor time, and never holds up the
threads of the server. It loads neither Django nor the settings.
"""

import json
import resource
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from books.transfer.errors import FileError, TooLargeError

from .workbook_bounds import bounded, gettext_noop, workbook_error

# Seconds of processor time: more than a workbook within the bounds takes.
SECONDS = 30


def limit(memory: int) -> None:
    """Bound the memory and the processor time of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    # An abort needs no image of the memory on the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def write_rows(file: IO[bytes], out: IO[str], *, maximum: int, name: str | None) -> None:
    """Write the rows of a sheet, or the error that keeps it from being read."""
    try:
        sheet = _opened(bounded(file, maximum=maximum), name)
        for number, row in enumerate(sheet.iter_rows(), 1):
            if any(cell != "" for cell in row):
                _write(out, [number, [_cell(cell) for cell in row]])
    except TooLargeError as error:
        _write(out, {"too_large": str(error)})
    except FileError as error:
        _write(out, {"code": error.row.code, "detail": error.row.detail, "sheets": error.args[1:]})


def _write(out: IO[str], value: object) -> None:
    out.write(f"{json.dumps(value)}\n")


def _opened(content: IO[bytes], name: str | None) -> CalamineSheet:
    try:
        return _sheet(CalamineWorkbook.from_filelike(content), name)
    except (CalamineError, ValueError, OSError) as error:
        raise workbook_error(
            gettext_noop("The workbook can't be read. Save it again as .xlsx.")
        ) from error


def _sheet(workbook: CalamineWorkbook, name: str | None) -> CalamineSheet:
    sheets = [each.name for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    if name is None and sheets:
        return workbook.get_sheet_by_name(sheets[0])
    if name in sheets:
        return workbook.get_sheet_by_name(name)
    error = FileError(
        line=1, code="unknown_sheet", detail=gettext_noop("The workbook has no such sheet.")
    )
    # The name that was asked for, and those that there are, for a hint.
    error.args = (*error.args, name or "", *sheets)
    raise error


def _cell(cell: Any) -> str | list[str]:
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
        return [cell.date().isoformat()]
    if isinstance(cell, date):
        return [cell.isoformat()]
    return [str(cell)] if isinstance(cell, (time, timedelta)) else str(cell)


def main(arguments: Sequence[str]) -> None:
    """Read the workbook in standard input, with so many bytes of memory and of text at most."""
    memory, maximum, *name = arguments
    limit(int(memory))
    write_rows(sys.stdin.buffer, sys.stdout, maximum=int(maximum), name=name[0] if name else None)

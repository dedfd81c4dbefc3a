"""Reads NDJSON: one JSON object per line."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from books.transfer.errors import RowError
from books.transfer.findings import Findings
from books.transfer.lines import Lines
from books.transfer.options import PLAIN, FileOptions
from bookstore_project.api.parsers import strict_json

from .json_objects import Objects
from .rows import Row


def ndjson_rows(
    lines: Lines, options: FileOptions = PLAIN, findings: Findings | None = None
) -> Iterator[Row]:
    """Yield the members of a book for each line that is not blank."""
    objects = Objects(options, findings or Findings())
    while True:
        line = lines.begin_row()
        text = next(lines, None)
        if text is None:
            return
        if not text.isspace():
            yield line, _row(line, text, objects)


def _row(line: int, text: str, objects: Objects) -> dict[str, Any] | RowError:
    try:
        value = strict_json(text)
    except ValueError as error:
        detail = _("The line is not valid JSON: %(error)s") % {"error": error}
        return RowError(line=line, pointer="#", code="parse_error", detail=detail)
    return objects.row(line, value)

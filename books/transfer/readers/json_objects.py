"""Makes the members of a book from a JSON object, whose members may have other names."""

from typing import Any

from django.utils.translation import gettext as _

from books.fields import MEMBERS
from books.transfer.columns import Columns, columns_of
from books.transfer.dialects.cells import EITHER
from books.transfer.dialects.dialect import heading
from books.transfer.dialects.general import OWN
from books.transfer.errors import RowError
from books.transfer.findings import Findings
from books.transfer.mapping import Mapper, cell_of
from books.transfer.options import FileOptions

from .rows import style_of

NAMES = frozenset(MEMBERS)
# Sets of names that are remembered. The objects of a file mostly have the same names.
REMEMBERED = 100

Keys = tuple[str, ...]


class Objects:
    """Reads the objects of one file."""

    def __init__(self, options: FileOptions, findings: Findings) -> None:
        self._options = options
        self._findings = findings
        self._is_plain = not options.columns and not options.date_format
        self._known: set[Keys] = set()
        self._mappers: dict[Keys, Mapper] = {}

    def row(self, line: int, value: Any) -> dict[str, Any] | RowError:
        """Return the members that a JSON value gives, or the error of the row."""
        if not isinstance(value, dict):
            detail = _("Give a JSON object for each book.")
            return RowError(line=line, pointer="#", code="not_an_object", detail=detail)
        if self._is_plain and NAMES.issuperset(value):
            keys = tuple(value)
            if keys not in self._known:
                self._mapper(keys)
            return value
        return self._members(line, value)

    def _mapper(self, keys: Keys) -> Mapper:
        mapper = self._mappers.get(keys)
        if mapper is None:
            columns = columns_of(keys, self._options)
            style = style_of(self._options, EITHER)
            mapper = Mapper(columns, style, self._findings, unguards=False)
            if len(self._mappers) < REMEMBERED:
                self._mappers[keys] = mapper
                self._known.add(keys)
        return mapper

    def _members(self, line: int, value: dict[str, Any]) -> dict[str, Any]:
        keys = tuple(value)
        mapper = self._mapper(keys)
        columns = mapper.columns
        # The row checks name the members that nobody knows, with what they may have meant.
        unknown = {key: value[key] for key in keys if key.strip() in columns.unknown}
        if columns.is_ours and self._is_plain:
            return {**_renamed(columns, keys, value), **unknown}
        flattens = columns.dialect is not None
        cells = [cell_of(each, flattens=flattens) for each in value.values()]
        return {**mapper.members(line, cells), **unknown}


def _renamed(columns: Columns, keys: Keys, value: dict[str, Any]) -> dict[str, Any]:
    """Return the members that have our names in another case, unchanged."""
    known = {OWN[heading(key)]: value[key] for key in keys if heading(key) in OWN}
    return {member: each for member, each in known.items() if member in columns.sources}

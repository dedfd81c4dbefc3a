"""Checks rows by the rules of the serializer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError as ColumnError
from django.db.models import BigAutoField
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from books.api.serializers import MAXIMUM_VERSION, BookSerializer
from books.fields import FIELDS, MEMBERS, REQUIRED, SETTABLE, Kind
from books.values.currency import price_decimals, require_currency
from books.values.publication import normalize_publication
from books.values.texts import normalize_text
from bookstore_project.api.error_list import field_errors
from bookstore_project.api.fields import FULL_DATE

from .errors import RowError

# Values in the order of SETTABLE; ABSENT for a column that the file or the object does not have.
Values = tuple[Any, ...]
ABSENT: Any = object()
UNSET = (None, ABSENT)

# The fields that the editions of a book have in common.
TITLE = (SETTABLE.index("name"), SETTABLE.index("author"))
title_of: Callable[[Values], tuple[str, str]] = itemgetter(*TITLE)
# Name, author and ISBN: what distinguishes the books of one owner.
Edition = tuple[str, str, str | None]
edition_of: Callable[[Values], Edition] = itemgetter(*TITLE, SETTABLE.index("isbn"))

NAMES = frozenset(MEMBERS)
# Members that can't be set. Some identify a book or its version; imports ignore the others.
IDENTITY = frozenset(MEMBERS).difference(SETTABLE)

WHOLE = re.compile("[0-9]{1,19}", re.ASCII)
PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?", re.ASCII)
# 979-0 is the prefix of printed music, which the serializer refuses.
ISBN = re.compile("97(8[0-9]|9[1-9])[0-9]{9}", re.ASCII)
# Characters that the serializer refuses in a text.
REFUSED = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True, kw_only=True)
class Checked:
    """A row that the serializer accepts."""

    line: int
    id: int | None
    created_at: datetime | None
    version: int | None
    values: Values

    @property
    def title(self) -> tuple[str, str]:
        return title_of(self.values)


def checked(
    line: int, members: Mapping[str, Any], repeated: Mapping[str, Any] = MappingProxyType({})
) -> Checked | list[RowError]:
    """Return the checked row, or its errors.

    `repeated` are values that the row's book has, and that are not checked: see repeated_values.py.
    """
    try:
        _check_currency(members.get("currency"))
        return Checked(
            line=line,
            id=_whole(members.get("id"), "id", BigAutoField.MAX_BIGINT),
            created_at=_time(members.get("created_at")),
            version=_whole(members.get("version"), "version", MAXIMUM_VERSION),
            values=_plain_values(members) or _serialized(members, repeated),
        )
    except ValidationError as error:
        return [
            RowError(line=line, **found)
            for found in field_errors(error.get_full_details(), member="pointer")
        ]


def _check_currency(named: Any) -> None:
    """Raise ValidationError if a row names another currency than the store's."""
    try:
        require_currency(named)
    except ColumnError as error:
        raise ValidationError({"currency": error.message}, code=error.code) from error


def _whole(value: Any, column: str, maximum: int) -> int | None:
    """Return a whole number, which CSV has as a text. Raises ValidationError."""
    if value is None:
        return None
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is int and 1 <= value <= maximum:
        return value
    text = _("This is not the %(column)s of a book. Leave the column empty, or leave it out.")
    detail = text % {"column": column}
    raise ValidationError({column: detail}, code="invalid")


def _time(value: Any) -> datetime | None:
    """Return the time of an export's text. Raises ValidationError."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        time = None
    if time is not None and time.tzinfo is not None:
        return time
    detail = _("This is not a time from an export. Leave the column empty, or leave it out.")
    raise ValidationError({"created_at": detail}, code="invalid")


def _plain_values(members: Mapping[str, Any]) -> Values | None:
    """Return the values of a row in its simplest valid form, in a tenth of the serializer's time.

    None leaves the row to the serializer, which may accept it or explain its errors.
    """
    if not NAMES.issuperset(members):
        return None
    values = []
    for name, read, column, unset in READ:
        value = members.get(name, ABSENT)
        if value not in unset:
            value = read(value, column)
            if value is None:
                return None
        values.append(value)
    return tuple(values)


# Each of these returns the value that a book stores, or None to leave it to the serializer.


def _text(value: Any, column: Any) -> str | None:
    if type(value) is not str:
        return None
    text = normalize_text(value)
    return text if 0 < len(text) <= column.max_length and not REFUSED.search(text) else None


def _price(value: Any, column: Any) -> Decimal | None:
    if type(value) is not str or not PRICE.fullmatch(value):
        return None
    price = Decimal(value)
    return price if price_decimals() or not price % 1 else None


def _isbn(value: Any, column: Any) -> str | None:
    if type(value) is not str or not ISBN.fullmatch(value):
        return None
    digits = value.encode()
    # The weights are 1 and 3 in turn. The codes are 48 too high, but 25 * 48 is a multiple of 10.
    weighed: int = sum(digits[::2]) + 3 * sum(digits[1::2])
    return value if weighed % 10 == 0 else None


def _day(value: Any, column: Any) -> date | None:
    if type(value) is not str or FULL_DATE.fullmatch(value) is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _period(value: Any, column: Any) -> str | None:
    if type(value) is not str:
        return None
    try:
        return normalize_publication(value)
    except ColumnError:
        return None


def _other(value: Any, column: Any) -> Any:
    """Return a value that its column accepts unchanged, or None."""
    try:
        cleaned = column.clean(value, None)
    except (ColumnError, TypeError):
        return None
    return value if type(cleaned) is type(value) and value != "" else None


PLAIN: dict[Kind, Callable[[Any, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.ISBN: _isbn,
    Kind.PRICE: _price,
    Kind.DATE: _day,
    Kind.PERIOD: _period,
}
# For each field: its name, its reader, its column, and the values that leave it unset.
READ = [
    (field.name, PLAIN.get(field.kind, _other), field.column, UNSET if field.column.null else ())
    for field in FIELDS
]


def _serialized(members: Mapping[str, Any], repeated: Mapping[str, Any]) -> Values:
    """Return the values of a row as the serializer reads them. Raises ValidationError."""
    unread = IDENTITY.union(repeated)
    data = {name: value for name, value in members.items() if name not in unread}
    # A name or an author that is repeated may be lacking in the data; any other is checked first.
    serializer = BookSerializer(data=data, partial=not repeated.keys().isdisjoint(REQUIRED))
    serializer.is_valid(raise_exception=True)
    values = {**serializer.validated_data, **repeated}
    return tuple(values.get(column, ABSENT) for column in SETTABLE)

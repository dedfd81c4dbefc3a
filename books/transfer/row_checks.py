"""Rows checked by the rules of the serializer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.core.exceptions import ValidationError as ColumnError
from rest_framework.exceptions import ValidationError

from books.api.serializers import MAXIMUM_VERSION, BookSerializer
from books.fields import FIELDS, MEMBERS, SETTABLE, Kind
from bookstore_project.api.error_list import field_errors
from bookstore_project.api.fields import FULL_DATE

from .errors import RowError

# The values of SETTABLE; ABSENT for a column that the file or the object does not have.
Values = tuple[Any, ...]
ABSENT: Any = object()
UNSET = (None, ABSENT)

# What tells one book of an owner's from another.
TITLE = (SETTABLE.index("name"), SETTABLE.index("author"))
title_of: Callable[[Values], tuple[str, str]] = itemgetter(*TITLE)

NAMES = frozenset(MEMBERS)
# What says which book a row is of, and what it was; the rest of what can't be set says nothing.
IDENTITY = frozenset(MEMBERS).difference(SETTABLE)

MAXIMUM_ID = 2**63 - 1
WHOLE = re.compile("[0-9]{1,19}", re.ASCII)
PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?", re.ASCII)
ISBN = re.compile("97[89][0-9]{10}", re.ASCII)
# What the serializer refuses inside a text.
REFUSED = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True, kw_only=True)
class Checked:
    """A row that the serializer would take."""

    line: int
    id: int | None
    created_at: datetime | None
    version: int | None
    values: Values

    @property
    def title(self) -> tuple[str, str]:
        return title_of(self.values)


def checked(line: int, members: Mapping[str, Any]) -> Checked | list[RowError]:
    """Return a row that can be stored, or what is wrong with it."""
    try:
        return Checked(
            line=line,
            id=_whole(members.get("id"), "id", MAXIMUM_ID),
            created_at=_time(members.get("created_at")),
            version=_whole(members.get("version"), "version", MAXIMUM_VERSION),
            values=_plain_values(members) or _serialized(members),
        )
    except ValidationError as error:
        return [
            RowError(line=line, **found)
            for found in field_errors(error.get_full_details(), member="pointer")
        ]


def _whole(value: Any, column: str, maximum: int) -> int | None:
    """Return a whole number: CSV has it as a text. Raises ValidationError."""
    if value is None:
        return None
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is int and 1 <= value <= maximum:
        return value
    detail = f"This is no {column} of a book. Leave the column empty, or out."
    raise ValidationError({column: detail}, code="invalid")


def _time(value: Any) -> datetime | None:
    """Return a time as it was exported. Raises ValidationError."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        time = None
    if time is not None and time.tzinfo is not None:
        return time
    detail = "This is not the time as it was exported. Leave the column empty, or out."
    raise ValidationError({"created_at": detail}, code="invalid")


def _plain_values(members: Mapping[str, Any]) -> Values | None:
    """Return the values of a row that is plainly valid, in a tenth of the serializer's time.

    None leaves it to the serializer, which alone says what is wrong.
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


# Each returns a value as a book holds it, and None for what is not plainly valid.


def _text(value: Any, column: Any) -> str | None:
    if type(value) is not str:
        return None
    text = value.strip()
    return text if 0 < len(text) <= column.max_length and not REFUSED.search(text) else None


def _price(value: Any, column: Any) -> Decimal | None:
    return Decimal(value) if type(value) is str and PRICE.fullmatch(value) else None


def _isbn(value: Any, column: Any) -> str | None:
    if type(value) is not str or not ISBN.fullmatch(value):
        return None
    digits = value.encode()
    # Weights 1 and 3 in turn; of the digits' codes, the 48 times 25 is a multiple of ten.
    weighed: int = sum(digits[::2]) + 3 * sum(digits[1::2])
    return value if weighed % 10 == 0 else None


def _day(value: Any, column: Any) -> date | None:
    if type(value) is not str or FULL_DATE.fullmatch(value) is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _other(value: Any, column: Any) -> Any:
    """Return a value that its column would not change."""
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
}
# Of each field: its name, what reads it, its column, and what leaves it unset.
READ = [
    (field.name, PLAIN.get(field.kind, _other), field.column, UNSET if field.column.null else ())
    for field in FIELDS
]


def _serialized(members: Mapping[str, Any]) -> Values:
    """Return the values of a row as the serializer takes them. Raises ValidationError."""
    data = {name: value for name, value in members.items() if name not in IDENTITY}
    serializer = BookSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    return tuple(serializer.validated_data.get(column, ABSENT) for column in SETTABLE)

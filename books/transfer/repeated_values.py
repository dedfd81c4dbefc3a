"""Values that an exported row repeats, of a book that was stored under other rules.

Rules change: with another currency, prices lose their decimals; a text with nothing visible, or an
ISMN in place of an ISBN, is no longer accepted. A book keeps such a value until it is edited, and a
row that repeats it does not edit it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import BigAutoField

from books.fields import SETTABLE
from books.models import Book
from books.values.currency import store_currency

from .errors import RowError
from .formats import WRITTEN, time_text
from .readers.rows import Row
from .row_checks import PRICE, WHOLE, Checked, checked

Result = Checked | list[RowError]


def check_again(rows: Sequence[Row], results: Sequence[Result]) -> list[Result]:
    """Return the results of rows, without the refusals of values that are stored just so.

    One query reads the books of the refused rows. It is not made if no such row has the `id` and
    the `created_at` of an export.
    """
    refused = [
        members
        for (_, members), result in zip(rows, results, strict=True)
        if isinstance(result, list) and not isinstance(members, RowError)
    ]
    exported = [members for members in refused if _is_exported(members)]
    if not exported:
        return list(results)
    stored = _stored(exported)
    return [
        _again(row, result, stored) if isinstance(result, list) else result
        for row, result in zip(rows, results, strict=True)
    ]


def _is_exported(members: Mapping[str, Any]) -> bool:
    key = str(members.get("id"))
    has_id = WHOLE.fullmatch(key) is not None and int(key) <= BigAutoField.MAX_BIGINT
    return has_id and isinstance(members.get("created_at"), str)


def _stored(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], dict[str, Any]]:
    """Return the values of the books of rows, by id and time of creation."""
    keys = {int(members["id"]) for members in rows}
    found = Book.objects.filter(pk__in=keys).values("id", "created_at", *SETTABLE)
    return {(each["id"], time_text(each["created_at"])): each for each in found}


def _again(
    row: Row, errors: list[RowError], stored: Mapping[tuple[int, str], Mapping[str, Any]]
) -> Result:
    line, members = row
    if isinstance(members, RowError) or not _is_exported(members):
        return errors
    refused = {error.pointer.removeprefix("#/") for error in errors}
    book = stored.get((int(members["id"]), members["created_at"]))
    repeated = _elsewhere(members) if book is None else _here(members, book)
    kept = {name: value for name, value in repeated.items() if name in refused}
    return checked(line, members, kept) if kept else errors


def _here(members: Mapping[str, Any], book: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a stored book that its row repeats."""
    return {name: book[name] for name in SETTABLE if _is_written(name, book[name], members)}


def _elsewhere(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the price of a book that is not here, if its row is from a store of this currency.

    So the export of a store comes into an empty one. The other values are checked.
    """
    price, currency = members.get("price"), members.get("currency")
    if currency != store_currency() or not isinstance(price, str) or not PRICE.fullmatch(price):
        return {}
    return {"price": Decimal(price)}


def _is_written(name: str, value: Any, members: Mapping[str, Any]) -> bool:
    """Return whether an export writes a value as the row has it. A reader may have trimmed it."""
    cell = members.get(name)
    if value is None or not isinstance(cell, str):
        return False
    return bool(WRITTEN.get(name, str)(value).strip() == cell.strip())

"""The short way of an import to the values of kinds that no field has at present."""

from datetime import date
from typing import Any

import pytest

from books.fields import Kind
from books.transfer.row_checks import PLAIN


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (Kind.DATE, "2001-02-28", date(2001, 2, 28)),
        (Kind.DATE, "2001-02-30", None),
        (Kind.DATE, "2001", None),
        (Kind.DATE, 2001, None),
        (Kind.PERIOD, "2001", "2001"),
        (Kind.PERIOD, "c2001", None),
        (Kind.PERIOD, 2001, None),
    ],
)
def test_a_value_is_read_or_left_to_the_serializer(kind: Kind, value: Any, read: Any) -> None:
    assert PLAIN[kind](value, None) == read

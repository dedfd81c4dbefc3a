"""Records for JSON, made from database columns without DRF's fields.

DRF asks each field of a serializer for the value of each record. Where the value of a field depends
on one column only, its conversion is looked up once for the class and applied column by column. A
serializer that has any other field is left to DRF.

Plain twin: ModelSerializer.to_representation() of DRF, on model instances.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler
from rest_framework import serializers

from .presentations import Present, presentation_of


@dataclass(frozen=True, kw_only=True)
class Column:
    """One JSON member of a record: the model column it is read from, and its formatting.

    A member with a `constant` is read from no column: it returns the value of all records.

    `present` formats a value; None means the value goes into the JSON unchanged. `takes_raw` is
    true if `present` also accepts the value as the database driver returns it, before Django's
    converters. `is_parsed` marks dates and times: SQLite's driver would turn their text into
    objects. `unset` is shown for NULL.
    """

    name: str
    path: tuple[str, ...]
    present: Present | None
    takes_raw: bool
    is_parsed: bool
    unset: Any = None
    constant: Callable[[], Any] | None = None


class Unparsed(Func):
    """A column without the conversion of SQLite's driver, which parses dates and times."""

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)


class Columns:
    """The columns of all members of a serializer's records."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.names = [column.name for column in columns]
        self.constants = [
            (index, column.constant) for index, column in enumerate(columns) if column.constant
        ]
        columns = [column for column in columns if column.constant is None]
        self.lookups = ["__".join(column.path) for column in columns]
        self.selected = [
            Unparsed(lookup) if column.is_parsed else lookup
            for lookup, column in zip(self.lookups, columns, strict=True)
        ]
        self.values_of = attrgetter(*(".".join(column.path) for column in columns))
        self.takes_raw = all(column.takes_raw for column in columns)
        self.presented = [
            (index, column.present) for index, column in enumerate(columns) if column.present
        ]
        self.unset = [
            (index, column.unset)
            for index, column in enumerate(columns)
            if column.unset is not None
        ]
        self._beside: dict[tuple[str, ...], Columns] = {}

    def beside(self, lookups: tuple[str, ...]) -> "Columns":
        """Return the same columns; those of `lookups` that are none of them are last in a row.

        A page needs the columns that order it, which may be no members.
        """
        if all(lookup in self.lookups for lookup in lookups):
            return self
        if lookups not in self._beside:
            added = [lookup for lookup in lookups if lookup not in self.lookups]
            more = copy(self)
            more.lookups = [*self.lookups, *added]
            more.selected = [*self.selected, *added]
            self._beside[lookups] = more
        return self._beside[lookups]

    def record(self, instance: models.Model) -> dict[str, Any]:
        """Return the JSON members of an instance."""
        return self.records([self.values_of(instance)])[0]

    def records(self, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """Return the JSON members of rows of `lookups`."""
        names, columns = self.names, list(zip(*rows, strict=True))
        if not columns:
            return []
        for index, present in self.presented:
            columns[index] = tuple(
                [None if value is None else present(value) for value in columns[index]]
            )
        for index, unset in self.unset:
            columns[index] = tuple([unset if v is None else v for v in columns[index]])
        for index, constant in self.constants:
            columns.insert(index, (constant(),) * len(rows))
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def columns_of(serializer_class: type[serializers.ModelSerializer[Any]]) -> Columns | None:
    """Return the columns of the serializer's records, or None if DRF has to render them."""
    return _columns_of(serializer_class) if settings.FAST_PATH else None


@cache
def _columns_of(serializer_class: type[serializers.ModelSerializer[Any]]) -> Columns | None:
    fields = serializer_class().fields.values()
    columns = [_column(field, serializer_class.Meta.model) for field in fields]
    shown = [column for field, column in zip(fields, columns, strict=True) if not field.write_only]
    found = [column for column in shown if column is not None]
    return Columns(found) if len(found) == len(shown) > 1 else None


class ColumnsMixin(serializers.ModelSerializer[Any]):
    """A serializer that renders records from columns if the result is the same as DRF's."""

    def to_representation(self, instance: Any) -> Any:
        columns = columns_of(type(self))
        if columns is not None and isinstance(instance, self.Meta.model):
            return columns.record(instance)
        return super().to_representation(instance)

    @classmethod
    def many_init(cls, instance: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return a serializer for a list; rows of the columns need no list serializer of DRF."""
        columns = columns_of(cls)
        if columns is None or not isinstance(instance, list) or not all(map(_is_row, instance)):
            return super().many_init(instance, *args, **kwargs)
        return RowsOfColumns(columns, instance)


class RowsOfColumns:
    """The part of a list serializer's interface that views use: `many` and `data`."""

    many = True

    def __init__(self, columns: Columns, rows: list[tuple[Any, ...]]) -> None:
        self.data = columns.records(rows)


def _is_row(record: Any) -> bool:
    # A named tuple is no row of columns.
    return type(record) is tuple


def _column(field: Any, model: type[models.Model]) -> Column | None:
    if hasattr(field, "constant"):
        return Column(
            name=field.field_name,
            path=(),
            present=None,
            takes_raw=True,
            is_parsed=False,
            constant=field.constant,
        )
    source = _source(field, model)
    if source is None:
        return None
    known = presentation_of(field, source)
    present, takes_raw = known or (field.to_representation, getattr(field, "takes_raw", False))
    return Column(
        name=field.field_name,
        path=tuple(field.source_attrs),
        present=present,
        takes_raw=takes_raw,
        is_parsed=isinstance(source, models.DateField | models.DateTimeField),
        unset=getattr(field, "unset_value", None),
    )


def _source(field: Any, model: type[models.Model]) -> Any:
    """Return the model field that a serializer field reads, or None if it does more than that."""
    is_value = type(field).get_attribute is serializers.Field.get_attribute
    if isinstance(field, serializers.BaseSerializer) or not is_value or not field.source_attrs:
        return None
    source: Any = None
    try:
        for step in field.source_attrs:
            if source is not None and source.null:
                return None
            source = (source.related_model if source else model)._meta.get_field(step)
    except (FieldDoesNotExist, AttributeError):
        return None
    return source if getattr(source, "concrete", False) and not source.is_relation else None

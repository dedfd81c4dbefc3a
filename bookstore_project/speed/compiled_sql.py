"""Querysets that are compiled to SQL once for a process, and run with the values of each request.

Compiling a queryset costs Django several times what a small query costs the database.

Plain twin: the queryset itself (CompiledQuery calls `make` with the values; Shape.of returns None).
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators

from .driver_queries import fetch_all

ModelT = TypeVar("ModelT", bound=Model)


class Parameter(Expression):
    """A placeholder in a queryset for a value of `field` that is given when the statement runs."""

    def __init__(self, name: str, field: Any) -> None:
        # The values of a foreign key have the type of the key that it refers to.
        target: Field[Any, Any] = getattr(field, "target_field", field)
        super().__init__(output_field=target)
        self.name = name
        self.target = target

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def prepared(self, values: Mapping[str, Any], connection: Any) -> Any:
        """Return its value, converted for the database driver."""
        return self.target.get_db_prep_value(values[self.name], connection=connection)


class CompiledQuery(Generic[ModelT]):
    """A queryset that is compiled once, and run with the values of each call.

    Args:
        make: returns the queryset; its keyword arguments are the values.
        fields: for each value, the model field that it is compared with.
    """

    def __init__(
        self, make: Callable[..., QuerySet[ModelT, Any]], **fields: "Field[Any, Any]"
    ) -> None:
        self._make = make
        self._fields = fields

    def __call__(self, **values: Any) -> list[Any]:
        """Return the results of the queryset: instances of its model, or tuples of columns."""
        if not settings.FAST_PATH:
            return list(self._make(**values))
        return self.statement.results(values)

    @cached_property
    def statement(self) -> "Statement[ModelT]":
        parameters = {name: Parameter(name, field) for name, field in self._fields.items()}
        return Statement(self._make(**parameters))


class Statement(Generic[ModelT]):
    """The SQL of a queryset of columns in which each value is a constant or a Parameter.

    Threads share it, and each runs it on its own connection.
    """

    def __init__(self, queryset: QuerySet[ModelT, Any]) -> None:
        self.alias = queryset.db
        self.is_of_models = not queryset.query.values_select
        compiler = queryset.query.get_compiler(queryset.db)
        self.sql, self.parameters = compiler.as_sql()
        select: Any = compiler.select
        converters = compiler.get_converters([column for column, _, _ in select])
        self.converters: dict[int, Any] = converters
        if self.is_of_models:
            self.model: type[ModelT] = compiler.klass_info["model"]
            places: list[int] = compiler.klass_info["select_fields"]
            # The model's own columns come first, and those of related models after them.
            self.number = len(places)
            self.attributes = [select[place][0].target.attname for place in places]
            self.related = get_related_populators(compiler.klass_info, select, self.alias)  # type: ignore[call-arg]  # the stub is of Django 6

    def rows(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows as the driver returns them."""
        return self._rows(values, connections[self.alias])

    def converted(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows with their values converted to the types of the model fields."""
        connection = connections[self.alias]
        rows = self._rows(values, connection)
        return [self._converted(row, connection) for row in rows] if self.converters else rows

    def value(self, row: tuple[Any, ...], place: int) -> Any:
        """Return one value of a row, converted to the type of the model field."""
        functions, expression = self.converters.get(place, ((), None))
        value = row[place]
        for function in functions:
            value = function(value, expression, connections[self.alias])
        return value

    def results(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the results of the queryset: tuples of its columns, or instances of its model."""
        return self.instances(values) if self.is_of_models else self.converted(values)

    def instances(self, values: Mapping[str, Any]) -> list[ModelT]:
        """Return the rows as instances of the model, with the models of select_related()."""
        return [self._instance(row) for row in self.converted(values)]

    def _instance(self, row: tuple[Any, ...]) -> ModelT:
        """Return an instance, created as in Django's ModelIterable."""
        instance = self.model.from_db(self.alias, self.attributes, row[: self.number])
        for related in self.related:
            related.populate(row, instance)
        return instance

    def _rows(self, values: Mapping[str, Any], connection: Any) -> list[tuple[Any, ...]]:
        parameters = [
            value.prepared(values, connection) if isinstance(value, Parameter) else value
            for value in self.parameters
        ]
        return fetch_all(connection, self.sql, parameters)

    def _converted(self, row: tuple[Any, ...], connection: Any) -> tuple[Any, ...]:
        values = list(row)
        for place, (functions, expression) in self.converters.items():
            value = values[place]
            for function in functions:
                value = function(value, expression, connection)
            values[place] = value
        return tuple(values)

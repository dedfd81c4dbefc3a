"""Querysets compiled to SQL once for a process, and run with other values each time.

To make the SQL of a queryset costs Django several times what a small query costs the database.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators

ModelT = TypeVar("ModelT", bound=Model)


class Parameter(Expression):
    """Stands in a queryset for a value of `field` that is given when the statement runs."""

    def __init__(self, name: str, field: Any) -> None:
        # Of a foreign key, the values are those of the key that it refers to.
        target: Field[Any, Any] = getattr(field, "target_field", field)
        super().__init__(output_field=target)
        self.name = name
        self.target = target

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def prepared(self, values: Mapping[str, Any], connection: Any) -> Any:
        """Return its value as the driver takes it."""
        return self.target.get_db_prep_value(values[self.name], connection=connection)


class Statement(Generic[ModelT]):
    """The SQL of a queryset of columns in which each value is a constant or a Parameter.

    It keeps no connection: threads share it, and each runs it on its own.
    """

    def __init__(self, queryset: QuerySet[ModelT, Any]) -> None:
        self.alias = queryset.db
        self.is_of_models = not queryset.query.values_select
        compiler = queryset.query.get_compiler(queryset.db)
        self.sql, self.parameters = compiler.as_sql()
        select: Any = compiler.select
        self.converters = compiler.get_converters([column for column, _, _ in select])
        self._shape_instances(compiler.klass_info, select)

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the rows as the driver gives them."""
        connection = connections[self.alias]
        parameters = [
            value.prepared(values, connection) if isinstance(value, Parameter) else value
            for value in self.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            rows: list[Any] = cursor.fetchall()
        return rows

    def converted(self, rows: Sequence[Any]) -> list[Any]:
        """Return rows with their values as the fields of the model have them."""
        if not self.converters or not rows:
            return list(rows)
        connection = connections[self.alias]
        columns = list(zip(*rows, strict=True))
        for index, (functions, expression) in self.converters.items():
            for function in functions:
                columns[index] = tuple(
                    [function(value, expression, connection) for value in columns[index]]
                )
        return list(zip(*columns, strict=True))

    def results(self, values: Mapping[str, Any]) -> list[Any]:
        """Return what the queryset gave: tuples of its columns, or instances of its model."""
        return self.instances(values) if self.is_of_models else self.converted(self.rows(values))

    def instances(self, values: Mapping[str, Any]) -> list[ModelT]:
        """Return the rows as instances of the model, with those that select_related() names."""
        return [self._instance(row) for row in self.converted(self.rows(values))]

    def _shape_instances(self, klass_info: Any, select: Any) -> None:
        self.model: type[ModelT] = klass_info["model"]
        places = klass_info["select_fields"]
        self.own = slice(places[0], places[-1] + 1)
        self.attributes = [column.target.attname for column, _, _ in select[self.own]]
        self.related = get_related_populators(  # type: ignore[call-arg]  # a later Django's stubs
            klass_info, select, self.alias
        )

    def _instance(self, row: tuple[Any, ...]) -> ModelT:
        instance = self.model.from_db(self.alias, self.attributes, row[self.own])
        for related in self.related:
            related.populate(row, instance)
        return instance

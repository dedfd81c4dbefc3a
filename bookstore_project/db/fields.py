"""Model fields that both apps use."""

from collections.abc import Callable
from typing import Any

from django.db import models


class PlainInMigrations(models.Field[Any, Any]):
    """A field that migrations record as Django's own, so that they import none of our code."""

    plain_class = "django.db.models.CharField"

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, self.plain_class, args, kwargs


class CodePoints(PlainInMigrations):
    """A text column that both engines compare by code points, whatever the database's locale.

    SQLite always does so. PostgreSQL does so with the collation "C", a name that SQLite does not
    know: keep_code_points() sets it after each migration, since migrations are the same for both.
    """

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class DerivedCharField(PlainInMigrations, models.CharField[Any, Any]):
    """A column whose value is computed from another field whenever a row is written.

    Arguments:
        source: the name of the field it derives from.
        derive: computes the column's value from the source's.

    `pre_save` runs in save() and bulk_create(). QuerySet.update() and bulk_update() of the source
    field do not call it and must set this column too.
    """

    def __init__(
        self,
        *args: Any,
        source: str = "",
        derive: Callable[[Any], Any] = str,
        **kwargs: Any,
    ) -> None:
        self.source = source
        self.derive = derive
        super().__init__(*args, **{"editable": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.derive(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value

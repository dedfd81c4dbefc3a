"""The tables of the export of an account, which each app names, read in chunks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from django.apps import apps
from django.db.models import Model, QuerySet

from accounts.models import User

# Rows that one query reads.
CHUNK = 500

Record = Mapping[str, Any]


class Table(Protocol):
    """A table of the export: the name of its files, its model, and the members of its records."""

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> type[Model]: ...
    @property
    def heading(self) -> tuple[str, ...]: ...

    def chunks(self, user: User) -> Iterator[list[Record]]:
        """Yield the records about a user, some at a time."""


def tables() -> list[Table]:
    """Return the tables of all apps."""
    return [table for module in _modules() for table in module.TABLES]


def not_exported() -> dict[str, str]:
    """Return the models without a table, each with the reason."""
    return {label: reason for module in _modules() for label, reason in module.NOT_EXPORTED.items()}


def _modules() -> Iterator[Any]:
    """Yield the module that the configuration of each app names in `personal_data`."""
    for config in apps.get_app_configs():
        if name := getattr(config, "personal_data", ""):
            yield import_module(name)


def _unchanged(user: User, record: Record) -> Record:
    return record


@dataclass(frozen=True, kw_only=True)
class Section:
    """A table of the export.

    Attributes:
        name: the name of its files.
        model: whose rows it has.
        rows: returns the rows that are about a user.
        order: unique columns that an index reads in order, so that each chunk begins after the
            last one.
        columns: the columns that are exported.
        left_out: the other columns, each with the reason.
        shown: makes the exported record of a user's row, whose members `members` names.
    """

    name: str
    model: type[Model]
    rows: Callable[[User], QuerySet[Any]]
    order: tuple[str, ...]
    columns: tuple[str, ...]
    left_out: Mapping[str, str]
    members: tuple[str, ...] = ()
    shown: Callable[[User, Record], Record] = field(default=_unchanged)

    @property
    def heading(self) -> tuple[str, ...]:
        """The names of the members of each record."""
        return self.members or self.columns

    def chunks(self, user: User) -> Iterator[list[Record]]:
        """Yield the records about a user, some at a time, with no transaction in between."""
        columns = tuple(dict.fromkeys((*self.columns, *self.order)))
        rows, last = self.rows(user).order_by(*self.order), None
        while chunk := list(_after(rows, self.order, last).values(*columns)[:CHUNK]):
            yield [self.shown(user, {name: row[name] for name in self.columns}) for row in chunk]
            if len(chunk) < CHUNK:
                return
            last = chunk[-1]


def _after(rows: QuerySet[Any], order: tuple[str, ...], last: Record | None) -> QuerySet[Any]:
    """Return the rows behind `last`. The first column alone bounds the scan of the index."""
    if last is None:
        return rows
    first, *rest = order
    if not rest:
        return rows.filter(**{f"{first}__gt": last[first]})
    seen = {f"{name}__lte": last[name] for name in rest}
    return rows.filter(**{f"{first}__gte": last[first]}).exclude(**{first: last[first], **seen})

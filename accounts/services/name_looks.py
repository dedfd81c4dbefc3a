"""Computes the columns by which names are found that look alike, where another release wrote.

`migrate` computes them after the migration that adds them, in short transactions, while the release
before goes on serving. `manage.py prune` computes them for names that it has stored since. Until
then, nobody's name is compared with such a name.
"""

import time
from typing import Any

from django.db import connections, transaction

from accounts.models import User
from accounts.models.name_look import NAME_LOOKS
from bookstore_project.db import pace

# Names of one transaction.
BATCH = 200


def name_looks_fill() -> int:
    """Compute the columns of each name that lacks them, and return the number of names."""
    last = filled = 0
    users = User.everyone.with_stale_look().order_by("pk")
    with pace.kept() as kept:
        while rows := list(users.filter(pk__gt=last).only("name", "name_key")[:BATCH]):
            started = time.monotonic()
            with transaction.atomic():
                filled += sum(name_look_fill(user) for user in rows)
            last = rows[-1].pk
            kept.give_way(time.monotonic() - started)
    return filled


def name_look_fill(user: User) -> int:
    """Store the columns of a name, unless it was changed since it was read; return 1 or 0."""
    fields: list[Any] = [User._meta.get_field(name) for name in NAME_LOOKS]
    columns = {field.name: field.derive(user.name) for field in fields}
    return User.everyone.filter(pk=user.pk, name_key=user.name_key).update(**columns)


def complete(using: str, verbosity: int = 1, **options: Any) -> None:
    """Compute what the names of a store lack, after its migration.

    Does nothing after a migration to an earlier state, where the columns are missing.
    """
    connection = connections[using]
    table = User._meta.db_table
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return
        described = connection.introspection.get_table_description(cursor, table)
    if not {field.column for field in User._meta.concrete_fields}.issubset(
        column.name for column in described
    ):
        return
    filled = name_looks_fill()
    if filled and verbosity:
        print(f"Computed the look of {filled:,} names.")  # noqa: T201  # as migrate itself does

"""Django's `check` command, including the checks that query the database."""

from pathlib import Path
from typing import Any

from django.core.management.commands import check
from django.db import Error, connections


class Command(check.Command):
    help = (
        "Checks the entire project for potential problems: the settings, and what is stored in the "
        "database, if that can be reached."
    )

    def handle(self, *app_labels: Any, **options: Any) -> None:
        """Run Django's checks; without --database, also those of every reachable database."""
        databases = options["databases"] or [alias for alias in connections if _answers(alias)]
        super().handle(*app_labels, **{**options, "databases": databases})


def _answers(alias: str) -> bool:
    connection = connections[alias]
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and connection.connection is None and not Path(name).exists():
        # Connecting would create the file.
        return False
    try:
        connection.ensure_connection()
    except Error:
        return False
    return True

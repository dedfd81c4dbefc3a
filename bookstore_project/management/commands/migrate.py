"""Django's migrate, which on PostgreSQL never blocks requests for long.

A statement that changes a table waits until every running transaction has let go of it, and all
later requests wait behind that statement. So a lock that is not free within PATIENCE is given up,
the requests go on, and the migration is tried again after a pause. What it had done until then is
rolled back; a migration that is not atomic continues where it was.
"""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connections

from bookstore_project.db.errors import is_lock_timeout

# How long a statement waits for a lock, and requests behind it.
PATIENCE = "1s"
# Seconds in which those requests are answered.
PAUSE = 1.0
# Gives up after this many attempts.
ATTEMPTS = 600


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        for _ in range(ATTEMPTS - 1):
            try:
                self._migrate(*args, **options)
            except OperationalError as error:
                if not is_lock_timeout(error):
                    raise
                self.stdout.write(" waits: another transaction uses the table. Trying again.")
                time.sleep(PAUSE)
            else:
                return
        self._migrate(*args, **options)

    def _migrate(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
        super().handle(*args, **options)

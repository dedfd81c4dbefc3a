"""Finds migrations of this code that the database lacks."""

import logging
import threading
from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from bookstore_project.db.process import in_a_hurry

logger = logging.getLogger("bookstore.serve")

# Seconds to connect: for a starting server, and for its workers, which start after it.
PATIENCE = 2.0
WORKERS_PATIENCE = 1.0
# Seconds between two checks of a worker that waits for a migration.
RECHECK = 5.0


def missing_migrations() -> list[str]:
    """Return the migrations that have a file and were not applied, as `app.name`, in order.

    The files are listed each time, so that files added since the process started count too. Two
    queries. Raises the database's own error if it is unavailable.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in _files() if (app, name) not in applied]


def wait_for_migrations() -> None:
    """Return once the database has every migration of this code; log an ERROR while it has not.

    A worker that waits here has no socket yet, so that clients reach the other workers. It does not
    exit, because granian would restart it, and stop the whole server after repeated exits. If the
    database can't be reached, the worker starts, and /readyz reports the fault.
    """
    reported: list[str] = []
    while missing := missing_if_reachable(patience=WORKERS_PATIENCE):
        if missing != reported:
            logger.error(
                "This worker does not serve: the database lacks %s. Run them: manage.py migrate",
                ", ".join(missing),
            )
            reported = missing
        threading.Event().wait(RECHECK)


def missing_if_reachable(*, patience: float = PATIENCE) -> list[str]:
    """Return missing_migrations(), or [] if there is no connection within `patience` seconds.

    A database that can't be reached now may be reachable later; /readyz reports it.
    """
    try:
        with in_a_hurry(patience):
            return missing_migrations()
    except OperationalError:
        return []
    finally:
        connection.close()


def _files() -> list[tuple[str, str]]:
    """Return app and name of each migration file of the installed apps."""
    found = []
    for config in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(config.label)
        try:
            package = import_module(module or "")
        except (ModuleNotFoundError, ValueError):
            continue  # An app without models.
        names = sorted(each.name for each in iter_modules(package.__path__))
        found += [(config.label, name) for name in names if name[0] not in "_~"]
    return found

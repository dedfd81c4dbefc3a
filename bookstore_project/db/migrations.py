"""Which migrations of this code the database lacks."""

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

# Seconds for a connection: of a server that starts, and of a worker, whose server has waited.
PATIENCE = 2.0
WORKERS_PATIENCE = 1.0
# Seconds after which a worker that waits for a migration looks again.
RECHECK = 5.0


def missing_migrations() -> list[str]:
    """Return the migrations whose files are there and that were not run, as `app.name`, in order.

    The files are listed each time, so that a process also knows of those that were put in place
    since it started. Two queries. Raises the database's own error if it can't be asked.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in _files() if (app, name) not in applied]


def wait_for_migrations() -> None:
    """Return once the database has every migration of this code; log an ERROR while it has not.

    A worker that waits here has no socket yet, so that clients reach the other workers. It does not
    exit: granian would start it again, and end the whole server if that goes on. A database that
    can't be reached is left to /readyz.
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
    """Return missing_migrations(), or nothing if the database gives no connection in `patience` s.

    A database that can't be reached now may be there later: /readyz tells.
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

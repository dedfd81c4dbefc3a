"""What you keep: book records."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate

from bookstore_project.startup import STARTUP


class BooksConfig(AppConfig):
    name = "books"

    def ready(self) -> None:
        """Check what the search needs of the database, and keep its triggers."""
        from .search import engine, triggers  # noqa: PLC0415  # both need the models

        register(engine.check_sqlite, STARTUP)
        register(engine.check_postgresql, Tags.database)
        post_migrate.connect(triggers.keep_triggers, sender=self)

    def prune(self) -> str:
        from .pruning import prune  # noqa: PLC0415  # needs the models

        return prune()

"""What you keep: book records."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate

from bookstore_project.startup import STARTUP


class BooksConfig(AppConfig):
    name = "books"

    def ready(self) -> None:
        """Check what the search needs of the database, and keep its triggers."""
        # Only now are the models there that both need.
        from .search import engine, triggers  # noqa: PLC0415

        register(engine.check_sqlite, STARTUP)
        register(engine.check_postgresql, Tags.database)
        post_migrate.connect(triggers.keep_triggers, sender=self)

    def prune(self) -> str:
        # The models are there only after the apps.
        from .pruning import prune  # noqa: PLC0415

        return prune()

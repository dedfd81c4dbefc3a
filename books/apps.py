"""What you keep: book records."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from bookstore_project.serving.startup import STARTUP


class BooksConfig(AppConfig):
    name = "books"
    # Where a file is imported: these wait in a queue of the server (serving/bulkhead.py).
    import_routes = ("/api/v1/books/import/?", "/admin/books/book/(?:process_)?import/")
    # What the `admin` flag allows in the Django admin.
    admin_permissions = ("view_book", "add_book", "change_book", "delete_book", "view_bookchange")

    def ready(self) -> None:
        """Check what the search needs of the database, keep its triggers, undo broken imports."""
        from .search import engine, triggers  # noqa: PLC0415  # both need the models
        from .transfer.journal import recover_on_connect  # noqa: PLC0415  # the same

        register(engine.check_sqlite, STARTUP)
        register(engine.check_postgresql, Tags.database)
        connection_created.connect(recover_on_connect)
        post_migrate.connect(triggers.keep_triggers, sender=self)

    def prune(self) -> str:
        from .services.pruning import prune  # noqa: PLC0415  # needs the models
        from .transfer.runs import forget_stopped  # noqa: PLC0415  # the same

        forget_stopped()
        return prune()

"""The app of book records."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from bookstore_project.serving.startup import STARTUP

UNFINISHED = "Some books lack search texts and sort keys. Run: manage.py reindex"


class BooksConfig(AppConfig):
    name = "books"
    verbose_name = _("Books")
    # Routes that import a file. Their requests have a queue of their own (serving/bulkhead.py).
    import_routes = ("/api/v1/books/import/?", "/admin/books/book/import/")
    # The tables of the export of an account.
    personal_data = "books.transfer.personal_data"
    # The permissions of an admin in the Django admin, and those of an editor.
    admin_permissions = ("view_book", "add_book", "change_book", "delete_book", "view_bookchange")
    editor_permissions = admin_permissions

    def ready(self) -> None:
        """Register the checks of the search, its triggers, and the undo of interrupted imports."""
        from .search import engine, triggers  # noqa: PLC0415  # both need the models
        from .services import feed_triggers  # noqa: PLC0415  # needs the models
        from .services.book_ids import keep_ids  # noqa: PLC0415  # the same
        from .services.upgrades import complete  # noqa: PLC0415  # needs the models
        from .transfer.journal import recover_on_connect  # noqa: PLC0415  # needs the models

        register(engine.check_sqlite, STARTUP)
        register(engine.check_postgresql, Tags.database)
        connection_created.connect(recover_on_connect)
        post_migrate.connect(triggers.keep_triggers, sender=self)
        post_migrate.connect(feed_triggers.keep_triggers, sender=self)
        post_migrate.connect(keep_ids, sender=self)
        post_migrate.connect(complete, sender=self)

    def start_background(self) -> None:
        """Run the imports of the admin in a thread of this process."""
        from .transfer import jobs  # noqa: PLC0415  # needs the models

        jobs.start()

    def unfinished_work(self) -> str:
        """Return what an operator has to do before searches and lists are complete, or nothing."""
        from .search.stale import has_stale  # noqa: PLC0415  # needs the models

        return UNFINISHED if has_stale(DEFAULT_DB_ALIAS) else ""

    def prune(self) -> str:
        from .services.pruning import prune  # noqa: PLC0415  # needs the models
        from .transfer.runs import clean_up  # noqa: PLC0415  # needs the models

        clean_up()
        return prune()

"""End all cursors of the feed of changes, after a restored backup: docs/syncing.md."""

from typing import Any

from django.core.management.base import BaseCommand

from books.services.feed_state import epoch_begin, feed_read


class Command(BaseCommand):
    help = (
        "End all cursors of GET /api/v1/books/changes, so that every client lists all books again. "
        "Run it after you have put the database back into an earlier state, before the server "
        "starts."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        epoch_begin(former=feed_read().epoch)
        self.stdout.write("All cursors have ended: clients list all books again.")

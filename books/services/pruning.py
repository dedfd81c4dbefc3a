"""Deletes expired rows of books."""

from books.models import FileImport, IdempotencyKey
from bookstore_project.db.steps import delete_in_steps

from . import feed_purging


def prune() -> str:
    keys = delete_in_steps(IdempotencyKey.objects.expired())
    files = delete_in_steps(FileImport.objects.expired())
    deletions = feed_purging.purge()
    return (
        f"Removed {files} old files of imports.\nRemoved {keys} expired idempotency keys.\n"
        f"Removed {deletions} old deletions from the feed of changes."
    )

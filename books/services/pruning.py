"""Deletes expired rows of books."""

from books.models import FileImport, IdempotencyKey
from bookstore_project.db.steps import delete_in_steps


def prune() -> str:
    keys = delete_in_steps(IdempotencyKey.objects.expired())
    files = delete_in_steps(FileImport.objects.expired())
    return f"Removed {files} old files of imports.\nRemoved {keys} expired idempotency keys."

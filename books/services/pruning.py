"""Deletes expired rows of books."""

from books.models import FileImport, IdempotencyKey


def prune() -> str:
    keys, _ = IdempotencyKey.objects.expired().delete()
    files, _ = FileImport.objects.expired().delete()
    return f"Removed {files} old files of imports.\nRemoved {keys} expired idempotency keys."

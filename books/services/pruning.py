"""Deletes expired rows of books."""

from books.models import IdempotencyKey


def prune() -> str:
    keys, _ = IdempotencyKey.objects.expired().delete()
    return f"Removed {keys} expired idempotency keys."

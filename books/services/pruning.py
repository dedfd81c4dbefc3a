"""What of books is no longer of use."""

from books.models import IdempotencyKey


def prune() -> str:
    keys, _ = IdempotencyKey.objects.expired().delete()
    return f"Removed {keys} old idempotency keys."

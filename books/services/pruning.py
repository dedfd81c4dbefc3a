"""What of books is no longer of use."""

from books.models import IdempotencyKey
from books.transfer.runs import forget_stopped


def prune() -> str:
    forget_stopped()
    keys, _ = IdempotencyKey.objects.expired().delete()
    return f"Removed {keys} old idempotency keys."

"""The canonical API of books: views, serializers, filters and idempotency keys."""

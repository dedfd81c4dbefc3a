"""What you keep: book records."""

from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "books"

    def prune(self) -> str:
        # The models are there only after the apps.
        from .pruning import prune  # noqa: PLC0415

        return prune()

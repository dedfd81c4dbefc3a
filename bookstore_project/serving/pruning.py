"""The interface of `manage.py prune`: each app deletes its own expired rows."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Prunable(Protocol):
    """The configuration of an app with rows that expire."""

    def prune(self) -> str:
        """Delete expired rows, and return a sentence with their numbers."""

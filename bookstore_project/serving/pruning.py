"""Clearing away what is no longer of use: each app knows what that is."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Prunable(Protocol):
    """The configuration of an app that `manage.py prune` has something to remove from."""

    def prune(self) -> str:
        """Remove it, and return a sentence that says how much it was."""

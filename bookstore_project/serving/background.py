"""What a server process does beside answering requests: each app knows what that is."""

from typing import Protocol, runtime_checkable

from django.apps import apps


@runtime_checkable
class WorksInBackground(Protocol):
    """The configuration of an app that has a thread in each server process."""

    def start_background(self) -> None:
        """Start it, and return at once."""


def start_background_work() -> None:
    """Start it all. For the entry points of servers: a command has no such threads."""
    for app in apps.get_app_configs():
        if isinstance(app, WorksInBackground):
            app.start_background()

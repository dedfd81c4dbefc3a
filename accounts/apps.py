"""Who you are: users, their passwords and their tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Record the logins and logouts of browsers, which Django's own views do."""
        from . import browser_events  # noqa: PLC0415  # models are there only now

        browser_events.connect()

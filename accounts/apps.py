"""Who you are: users, their passwords and their tokens."""

from django.apps import AppConfig
from django.core.checks import register

from bookstore_project.startup import STARTUP


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from .checks import check_keyring  # noqa: PLC0415  # it needs the models, ready by now

        register(check_keyring, STARTUP)

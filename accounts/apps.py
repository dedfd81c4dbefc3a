"""Who you are: users, their passwords and their tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

"""Removes the second factors of a user who has lost them, such as the only admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.origins import Origin
from accounts.services.factors import factors_remove


class Command(BaseCommand):
    help = (
        "Remove the second factors of a user who has lost them. They sign in with the password "
        "alone, all of their sessions and API tokens end, and linked providers are removed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The name of the user.")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = User.objects.named(name).first()
        if user is None:
            raise CommandError(f"There is no user {name!r}.")
        if not factors_remove(user=user, origin=Origin()):
            raise CommandError(f"The user {user.name!r} has no second factor.")
        self.stdout.write(f"Removed the second factors of {user.name}.")

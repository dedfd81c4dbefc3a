"""Deletes an account on request, with its sessions and books."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.models.freed_name import HELD_FOR
from accounts.origins import Origin
from accounts.services.deletion import deleted_users_remove, user_erase
from bookstore_project.db.long_writes import LongWriteError
from bookstore_project.errors import ConflictError


class Command(BaseCommand):
    help = (
        "Delete the account of a user, with its sessions, API tokens and books, by the same rules "
        "as DELETE /api/v1/users/me. It asks for the name again, unless --yes is given. The events "
        "of the account stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The name of the user.")
        parser.add_argument(
            "--yes",
            "--noinput",
            "--no-input",
            dest="is_confirmed",
            action="store_true",
            help="Do not ask for the name again.",
        )

    def handle(self, *args: Any, name: str, is_confirmed: bool, **options: Any) -> None:
        user = User.objects.named(name).first()
        if user is None:
            raise CommandError(f"There is no user {name!r}.")
        if not is_confirmed and not self._is_typed_again(user):
            raise CommandError("Nothing was deleted.")
        try:
            user_erase(user=user, origin=Origin())
        except ConflictError as error:
            raise CommandError(f"{error.detail} Nothing was deleted.") from error
        except (LongWriteError, User.DoesNotExist) as error:
            raise CommandError("The account has just changed. Try again.") from error
        # An account with many records is only closed until its records are removed in steps.
        deleted_users_remove()
        self.stdout.write(
            f"Deleted {user.name}. The name is reserved for {HELD_FOR.days} days, and the events "
            "stay for AUTH_EVENT_DAYS."
        )

    def _is_typed_again(self, user: User) -> bool:
        self.stdout.write(
            f"The account {user.name}, its sessions, its API tokens and its books will be deleted "
            "permanently."
        )
        try:
            typed = input("Type its name to go on: ")
        except EOFError:
            return False
        return bool(typed == user.name)

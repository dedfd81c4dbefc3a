"""Django's command that sets a user's password, by our rules about new passwords."""

from getpass import getuser
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from accounts.models import User
from accounts.origins import Origin
from accounts.services.provider_links import provider_links_end
from accounts.services.users import user_change_password

TRIES = 3


class Command(changepassword.Command):
    """Django's own stores all columns as they were before the password was typed.

    In the minutes of that, the user may have added a second factor, which would be lost, or lost a
    right, which would come back.
    """

    def handle(self, *args: Any, **options: Any) -> str:
        """Ask for a password, and store nothing but that.

        All sessions of the user end, and linked providers are removed.
        """
        name = options["username"] or getuser()
        user = User.objects.named(name).first()
        if user is None:
            raise CommandError(f"There is no user {name!r}.")
        self.stdout.write(f"Changing password for user {user.name!r}")
        password = self._asked(user)
        # No earlier, because a transaction keeps others from writing on SQLite.
        with transaction.atomic():
            stored = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
            if stored is None:
                raise CommandError("The account has just been deleted.")
            user_change_password(user=stored, password=password, origin=Origin())
            provider_links_end(stored, origin=Origin())
        return f"Password changed successfully for user {stored.name!r}"

    def _asked(self, user: User) -> str:
        """Return a valid password that was typed twice. Raises CommandError after three tries."""
        for _ in range(TRIES):
            password = self._typed("Password: ")
            if self._typed("Password (again): ") != password:
                self.stdout.write("Passwords do not match. Please try again.")
                continue
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.stderr.write("\n".join(error.messages))
            else:
                return password
        raise CommandError(f"The password was not changed after {TRIES} attempts.")

    def _typed(self, prompt: str) -> str:
        typed: str = self._get_pass(prompt)  # type: ignore[attr-defined]  # the stub lacks it
        return typed

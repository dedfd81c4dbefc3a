"""Django's command that sets a user's password, with an event for it."""

from getpass import getuser
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.db import transaction

from accounts.models import EventKind, User
from accounts.origins import Origin
from accounts.services.events import event_record


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        """Store the password and the event in one transaction. All sessions of the user end."""
        name = options["username"] or getuser()
        with transaction.atomic():
            said = super().handle(*args, **{**options, "username": name})
            user = User.objects.named(name).get()
            event_record(EventKind.PASSWORD_CHANGED, subject=user, origin=Origin())
        return said

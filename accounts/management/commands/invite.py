"""Makes an account whose user sets the password by a mail."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.identity.emails import validate_email
from accounts.identity.names import validate_name, validate_new_name
from accounts.origins import Origin
from accounts.services.invitations import user_invite
from bookstore_project.errors import ConflictError


class Command(BaseCommand):
    help = (
        "Make an account without a password, and mail a token to set one, which is valid for a "
        "week. Called again for the same name and address, it sends another mail, until the user "
        "has set a password. The mail waits for a server or for send_mail_queue."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The name to sign in with.")
        parser.add_argument("address", help="The email address of the user.")

    def handle(self, *args: Any, name: str, address: str, **options: Any) -> None:
        try:
            validate_name(name)
            validate_new_name(name)
            validate_email(address)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        try:
            user = user_invite(name=name.strip(), email=address, origin=Origin())
        except ConflictError as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        self.stdout.write(f"Invited {user.name}: a mail to {user.email} is queued.")

"""Makes an API token for a user, for set-ups without a browser."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.identity.names import validate_visible
from accounts.models import User
from accounts.models.api_token import MAXIMUM_DAYS, MAXIMUM_NAME
from accounts.origins import Origin
from accounts.services.api_tokens import NewToken, api_token_create
from bookstore_project.errors import ConflictError, SessionEndedError
from bookstore_project.http.scopes import SCOPES

NEVER = "never"


class Command(BaseCommand):
    help = (
        "Make an API token for a user, and print it: it is the only line on standard output. It "
        "can't be shown again. The user sees it in the list of their tokens and can end it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="The name of the user.")
        parser.add_argument(
            "--scope",
            required=True,
            action="append",
            choices=list(SCOPES),
            help="What the token may do; give it twice for both. Writing includes reading.",
        )
        parser.add_argument(
            "--days",
            required=True,
            type=lifetime,
            help=f"Days until it expires, 1 to {MAXIMUM_DAYS}; or {NEVER}, which needs the setting "
            "API_TOKENS_WITHOUT_EXPIRY.",
        )
        parser.add_argument(
            "--name", default="issue_token", type=label, help="The name of the token, for its user."
        )
        parser.add_argument(
            "--keep-on-sign-out",
            action="store_true",
            help="Keep the token if its user signs out everywhere.",
        )

    def handle(
        self,
        *args: Any,
        user: str,
        scope: list[str],
        days: int | None,
        name: str,
        keep_on_sign_out: bool,
        **options: Any,
    ) -> None:
        if days is None and not settings.API_TOKENS_WITHOUT_EXPIRY:
            raise CommandError("Only with API_TOKENS_WITHOUT_EXPIRY a token never expires.")
        owner = User.objects.named(user).filter(is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no active user {user!r}.")
        asked = NewToken(
            name=name,
            scopes=[each for each in SCOPES if each in scope],
            days=days,
            keep_on_sign_out=keep_on_sign_out,
        )
        try:
            row, token = api_token_create(user=owner, asked=asked, origin=Origin())
        except ConflictError as error:
            raise CommandError(f"The user has too many API tokens ({error.code}).") from error
        except SessionEndedError as error:
            raise CommandError(f"The account {user!r} has just changed. Try again.") from error
        end = f"expires {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else "never expires"
        self.stderr.write(f"Token {row.id} of {owner.name}: {row.scope}, {end}.")
        self.stdout.write(token)


def lifetime(text: str) -> int | None:
    """Return the days of a text such as 90, or None for `never`. Raises ArgumentTypeError."""
    if text == NEVER:
        return None
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= MAXIMUM_DAYS:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a number of days from 1 to {MAXIMUM_DAYS}")


def label(text: str) -> str:
    """Return a valid name of a token. Raises ArgumentTypeError."""
    try:
        validate_visible(text)
    except ValidationError as error:
        raise ArgumentTypeError(error.message) from error
    if not text.strip() or len(text) > MAXIMUM_NAME:
        raise ArgumentTypeError(f"a name has 1 to {MAXIMUM_NAME} characters")
    return text.strip()

"""Checks of the key file and of stored email addresses, before a server starts."""

import stat
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004  # its name there
from django.db import DatabaseError

from accounts.identity.emails import ENCODED_WORD, email_key

from .key import KeyringError
from .ring_watch import current_keyring


def check_keyring(**options: Any) -> list[CheckMessage]:
    """Report an unusable key ring, and a key file that every user of the machine can read."""
    try:
        current_keyring()
    except KeyringError as error:
        return [Error(str(error), hint="docs/keys.md says how keys are kept.", id="accounts.E001")]
    path = settings.JWT_KEYRING
    if path is not None and path.stat().st_mode & stat.S_IRWXO:
        return [
            Warning(
                f"Everybody on this machine can read or change the keys in {path}.",
                hint=f"chmod o= {path}",
                id="accounts.W001",
            )
        ]
    return []


def check_email_keys(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """Report addresses whose stored key follows older rules and names another domain.

    They are not corrected: only the owner of such an account knows which mailbox was meant.
    """
    try:
        unsendable: list[CheckMessage] = [
            Warning(
                f"No mail is sent to the address {email} of the account {public_id}.",
                hint="Python would read it as another address (RFC 2047). Ask the owner of the "
                "account for another one.",
                id="accounts.W003",
            )
            for alias in databases or ()
            for public_id, email in _encoded_addresses(alias)
        ]
        return unsendable + [
            Warning(
                f"The address {email} of the account {public_id} is compared as {stored}. By IDNA "
                f"2008 that is another address than {email_key(email)}.",
                hint="Ask the owner of the account whose address it is. To keep it, set it again: "
                "POST /api/v1/users/me/email; in the admin, remove it first. Mails go to the "
                "address as it is written.",
                id="accounts.W002",
            )
            for alias in databases or ()
            for public_id, email, stored in _addresses_in_other_scripts(alias)
            if email_key(email) != stored
        ]
    except DatabaseError:
        # The table or the database does not exist yet, so no address is stored.
        return []


def _encoded_addresses(alias: str) -> Iterator[tuple[Any, str]]:
    """Yield public_id and address of every address with an encoded word: see validate_email()."""
    users = apps.get_model("accounts", "User").objects.using(alias)
    found = users.filter(email__contains=ENCODED_WORD).order_by("pk")
    yield from found.values_list("public_id", "email").iterator()


def _addresses_in_other_scripts(alias: str) -> Iterator[tuple[Any, str, str | None]]:
    """Yield public_id, address and stored key of every address that is not all ASCII."""
    users = apps.get_model("accounts", "User").objects.using(alias).filter(email__regex="[^ -~]")
    yield from users.order_by("pk").values_list("public_id", "email", "email_key").iterator()

"""Makes keys for FACTOR_KEYS, and encrypts stored secrets again: see docs/second-factor.md."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import TotpFactor
from accounts.services.factor_secrets import secret_rotate
from bookstore_project.secret_key import new_factor_key


class Command(BaseCommand):
    help = "Make a key for FACTOR_KEYS, or encrypt all second factors by its first key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("generate", help="Print a new key: the only line on standard output.")
        actions.add_parser(
            "rotate",
            help="Encrypt the secrets of all authenticator apps by the first key. After that the "
            "other keys are not needed any more.",
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "generate":
            self.stdout.write(new_factor_key())
        else:
            self._rotate()

    def _rotate(self) -> None:
        if not settings.FACTOR_KEYS:
            raise CommandError("Set FACTOR_KEYS, with the new key first.")
        done, unreadable = 0, []
        for factor in TotpFactor.objects.select_related("user").order_by("pk").iterator():
            if secret_rotate(factor):
                done += 1
            else:
                unreadable.append(str(factor.user.public_id))
        self.stdout.write(f"Encrypted {done} second factors by the first key.")
        if unreadable:
            raise CommandError(
                f"No key of FACTOR_KEYS decrypts {len(unreadable)} second factors, of these "
                f"accounts: {', '.join(unreadable)}"
            )

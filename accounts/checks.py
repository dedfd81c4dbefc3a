"""What accounts needs before anything is served."""

import stat
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004  # its name there

from .keyring_watch import current_keyring
from .keys import KeyringError


def check_keyring(**options: Any) -> list[CheckMessage]:
    """Tell of keys that tokens can't be signed and verified with, and of keys for everybody."""
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

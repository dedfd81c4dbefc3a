"""What accounts needs before anything is served."""

from typing import Any

from django.core.checks import CheckMessage, Error

from .keyring_watch import current_keyring
from .keys import KeyringError


def check_keyring(**options: Any) -> list[CheckMessage]:
    """Return an error if tokens can't be signed and verified with the keys there are."""
    try:
        current_keyring()
    except KeyringError as error:
        return [Error(str(error), hint="docs/keys.md says how keys are kept.", id="accounts.E001")]
    return []

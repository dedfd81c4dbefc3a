"""Email addresses: when two are the same."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

MAXIMUM_LENGTH = 254
MAXIMUM_KEY_LENGTH = 255


def email_key(email: str | None) -> str | None:
    """Return what an email address is compared by, or None for no address."""
    return unicodedata.normalize("NFKC", email).casefold() if email else None


def validate_email(email: str) -> None:
    """Raise ValidationError unless `email` is an address whose key fits its column."""
    EmailValidator()(email)
    if len(email_key(email) or "") > MAXIMUM_KEY_LENGTH:
        raise ValidationError("The email address is too long.", code="max_length")

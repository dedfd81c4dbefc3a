"""Email addresses: which are taken, and when two are the same."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

MAXIMUM_LENGTH = 254
MAXIMUM_KEY_LENGTH = 255

# What a domain is made of once it is written as the name server has it (RFC 5890 section 2.3.2).
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


def email_key(email: str | None) -> str | None:
    """Return what an email address is compared by, or None for no address.

    Mail for two addresses of one key goes to one mailbox: the domain stands in it as it is looked
    up (IDNA, RFC 3490), whichever way it was written.
    """
    if not email:
        return None
    local, _, domain = email.rpartition("@")
    return f"{local.casefold()}@{_ascii_domain(domain) or domain.casefold()}"


def validate_email(email: str) -> None:
    """Raise ValidationError unless mail can be sent to `email`, and to nobody else by it.

    A local part in quotes can hold what a mail's header is made of, and a domain in other scripts
    what becomes of that when it is looked up.
    """
    EmailValidator()(email)
    local, _, domain = email.rpartition("@")
    if not local.isascii() or '"' in local or not _ascii_domain(domain):
        raise ValidationError("Enter a valid email address.", code="invalid")
    if len(email_key(email) or "") > MAXIMUM_KEY_LENGTH:
        raise ValidationError("The email address is too long.", code="max_length")


def _ascii_domain(domain: str) -> str | None:
    """Return a domain as it is looked up, or None if there can be no such domain."""
    try:
        name = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return name if DOMAIN.fullmatch(name) else None

"""Email addresses: which are taken, and when two are the same.

A domain in other scripts is looked up by another name, in ASCII. IDNA 2008 says by which (RFC 5891,
with the mapping of UTS 46, not the transitional one): ß, ς and the two joiners belong to the name.
Python's own codec and Django's mails follow IDNA 2003, which makes ss of ß: another domain, and
somebody else's mailbox.
"""

import re

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

MAXIMUM_LENGTH = 254
MAXIMUM_KEY_LENGTH = 255

# What a domain is made of once it is written as the name server has it (RFC 5890 section 2.3.2).
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
# Labels that begin with this are names in other scripts.
ENCODED = "xn--"


def email_key(email: str | None) -> str | None:
    """Return what an email address is compared by, or None for no address.

    Mail for two addresses of one key goes to one mailbox: the key has the domain as it is looked
    up, so that all spellings of a domain are the same.
    """
    if not email:
        return None
    local, _, domain = email.rpartition("@")
    # Not casefold() for a text that is no domain: it makes ss of ß, which could be a domain.
    return f"{local.casefold()}@{ascii_domain(domain) or domain.lower()}"


def mail_address(email: str) -> str | None:
    """Return an address as a mail is sent to it, or None if there can be no such domain.

    Its domain is in ASCII: Django would look up any other by IDNA 2003.
    """
    local, _, domain = email.rpartition("@")
    name = domain if domain.isascii() else ascii_domain(domain)
    return f"{local}@{name}" if name else None


def validate_email(email: str) -> None:
    """Raise ValidationError unless mail can be sent to `email`, and to nobody else by it.

    A local part in quotes can hold what a mail's header is made of, and a domain in other scripts
    what becomes of that when it is looked up.
    """
    local, at_sign, domain = email.rpartition("@")
    validate = EmailValidator()
    validate(f"{local}{at_sign}example.org")
    if not local.isascii() or '"' in local:
        raise ValidationError("Enter a valid email address.", code="invalid")
    name = ascii_domain(domain)
    if name is None or not validate.validate_domain_part(name):
        raise ValidationError("The part after the @ is no valid domain name.", code="invalid")
    if len(email_key(email) or "") > MAXIMUM_KEY_LENGTH:
        raise ValidationError("The email address is too long.", code="max_length")


def ascii_domain(domain: str) -> str | None:
    """Return a domain as it is looked up, or None if there can be no such domain."""
    if len(domain) > MAXIMUM_LENGTH:
        return None
    name = domain.lower()
    if not name.isascii() or ENCODED in name:
        try:
            # Label by label: the length is checked once, for the whole address.
            labels = idna.uts46_remap(domain, std3_rules=True).split(".")
            name = ".".join(idna.alabel(label).decode("ascii") for label in labels)
        except idna.IDNAError:
            return None
    return name if DOMAIN.fullmatch(name) else None

"""Email addresses: which are valid, and when two are the same.

The DNS looks up a domain in another script by an ASCII name. This module computes that name by IDNA
2008 (RFC 5891, with the non-transitional mapping of UTS 46), which keeps ß, ς and the two joiners.
Python's codec and Django's mails follow IDNA 2003, which turns ß into ss: another domain, and
somebody else's mailbox.
"""

import re

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

MAXIMUM_LENGTH = 254
MAXIMUM_KEY_LENGTH = 255

# A domain in its ASCII form, as name servers store it (RFC 5890 section 2.3.2).
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
# The prefix of a label that encodes a name in another script.
ENCODED = "xn--"
# The beginning of an encoded word (RFC 2047 section 2). Python decodes it when it writes the
# envelope of a mail, which would make another address of this one.
ENCODED_WORD = "=?"


def email_key(email: str | None) -> str | None:
    """Return the key that two spellings of one address share, or None for no address.

    Mails to two addresses with the same key reach the same mailbox: the key contains the domain in
    the ASCII form that the DNS looks up, which is the same for every spelling.
    """
    if not email:
        return None
    local, _at, domain = email.rpartition("@")
    # No casefold() for an invalid domain: it turns ß into ss, which could make it a valid one.
    return f"{local.casefold()}@{ascii_domain(domain) or domain.lower()}"


def mail_address(email: str) -> str | None:
    """Return the address to send a mail to, or None if no mail to it may be sent.

    The domain is converted to ASCII here, because Django would convert it by IDNA 2003.
    """
    local, _at, domain = email.rpartition("@")
    name = domain if domain.isascii() else ascii_domain(domain)
    return f"{local}@{name}" if name and ENCODED_WORD not in local else None


def validate_email(email: str) -> None:
    """Raise ValidationError unless a mail to `email` can be sent, and can reach only `email`.

    A quoted local part may contain the separators of a mail header, and a domain in another script
    may contain characters that turn into them when it is converted to ASCII.
    """
    local, at_sign, domain = email.rpartition("@")
    validate = EmailValidator()
    validate(f"{local}{at_sign}example.org")
    if not local.isascii() or '"' in local or ENCODED_WORD in local:
        raise ValidationError(_("Enter a valid email address."), code="invalid")
    name = ascii_domain(domain)
    if name is None or not validate.validate_domain_part(name):
        raise ValidationError(_("The part after the @ is no valid domain name."), code="invalid")
    if len(email_key(email) or "") > MAXIMUM_KEY_LENGTH:
        raise ValidationError(_("The email address is too long."), code="max_length")


def ascii_domain(domain: str) -> str | None:
    """Return a domain in the ASCII form that the DNS looks up, or None if it is impossible."""
    if len(domain) > MAXIMUM_LENGTH:
        return None
    name = domain.lower()
    if not name.isascii() or ENCODED in name:
        try:
            # Encoded label by label: the length is checked once, for the whole address.
            labels = idna.uts46_remap(domain, std3_rules=True).split(".")
            name = ".".join(idna.alabel(label).decode("ascii") for label in labels)
        except idna.IDNAError:
            return None
    return name if DOMAIN.fullmatch(name) else None

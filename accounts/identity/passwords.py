"""The form in which passwords are compared: OpaqueString (RFC 8265 section 4.2).

A keyboard may send `ü` as one character or as two, and a space in several kinds. The hash is
computed of the prepared form, so that a password logs in from every device.

A hash of an earlier release is of the password as it was typed. It is recognised by its salt: those
of Django have letters and digits alone, and those of prepared passwords begin with MARK. The mark
is in the hash itself, so that it is stored and replaced with it, also by servers of the earlier
release, which verify such a hash like any other.
"""

import re

from precis_i18n import get_profile

MARK = "."
# The mark begins the 23 bytes of the salt, which Argon2 writes in Base64: 001011 10xxxx.
OF_PREPARED = re.compile(
    r"argon2\$argon2id\$[^$]*\$[^$]*\$L[g-v][A-Za-z0-9+/]{29}\$[^$]*", re.ASCII
)

OPAQUE_STRING = get_profile("OpaqueString")


def prepared(password: str) -> str:
    """Return a password in NFC with each space as U+0020, whatever other characters it has.

    Nothing is refused: a login is compared with what is stored, and that may be from before the
    rules for new passwords.
    """
    if password.isascii():
        return password
    form: str = OPAQUE_STRING.apply_five_rules(password)
    return form


def is_opaque_string(password: str) -> bool:
    """Return whether RFC 8265 allows a new password.

    It refuses the empty text, and control, invisible and unassigned characters.
    """
    try:
        OPAQUE_STRING.enforce(password)
    except UnicodeEncodeError:
        return False
    return True


def is_of_prepared(encoded: str) -> bool:
    """Return whether a stored hash is that of a prepared password, not of a typed one."""
    return OF_PREPARED.fullmatch(encoded) is not None

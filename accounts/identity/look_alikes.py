"""The forms of a name by which look-alikes are found.

docs/decisions/look-alikes.md says which names are refused, and why others are not.
"""

import re
import unicodedata

from bookstore_project.digests import sha256_hex

from .confusables import skeleton
from .names import name_key
from .scripts import script_of

# NFKC makes an ordinary space of all others but the Ogham one, which is a visible stroke.
SPACES = re.compile(" +")


def name_spaced(name: str) -> str:
    """Return the key of a name with one space in place of several."""
    return SPACES.sub(" ", name_key(name))


def name_skeleton(name: str) -> str | None:
    """Return a digest of the look of a name; None if it has no single script.

    Names are the same in upper and lower case, so the skeleton is that of the name as it is
    written, and then in lower case. A capital I looks like an l: both are an i here.
    """
    if not script_of(name):
        return None
    plain = SPACES.sub(" ", unicodedata.normalize("NFKC", name)).strip()
    look = skeleton(skeleton(plain).casefold()).replace("l", "i")
    return sha256_hex(look)


def looks_different(name: str, other: str) -> bool:
    """Return whether two names differ in more than case and the number of spaces."""
    return (name_spaced(name), name_skeleton(name)) != (name_spaced(other), name_skeleton(other))

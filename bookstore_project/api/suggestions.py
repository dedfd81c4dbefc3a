""" "Did you mean ...?": the closest known name to a misspelled one."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _

# Characters that are compared; a longer name is not a typing error, and comparing takes time.
MAXIMUM_LENGTH = 50


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the closest known name, or with all; it begins with a space."""
    names = sorted(known)
    nearest = nearest_of(name, names)
    if nearest is not None:
        return " " + _("Did you mean `%(name)s`?") % {"name": nearest}
    listed = ", ".join(f"`{known_name}`" for known_name in names)
    return " " + _("There is %(names)s.") % {"names": listed} if names else ""


def nearest_of(name: str, known: Iterable[str]) -> str | None:
    """Return the closest known name, or None if none is close."""
    # The part after two underscores is a lookup in Django's notation.
    typed = name.lower().partition("__")[0][:MAXIMUM_LENGTH]
    return next(iter(get_close_matches(typed, sorted(known), n=1)), None)

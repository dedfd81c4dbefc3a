""" "Did you mean ...?": the closest known name to a misspelled one."""

from collections.abc import Iterable
from difflib import get_close_matches

# Characters that are compared; a longer name is not a typing error, and comparing takes time.
MAXIMUM_LENGTH = 50


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the closest known name, or with all; it begins with a space."""
    names = sorted(known)
    # The part after two underscores is a lookup in Django's notation.
    typed = name.lower().partition("__")[0][:MAXIMUM_LENGTH]
    nearest = get_close_matches(typed, names, n=1)
    if nearest:
        return f" Did you mean `{nearest[0]}`?"
    return f" There is {', '.join(f'`{known_name}`' for known_name in names)}." if names else ""

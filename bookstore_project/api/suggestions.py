"""What a client may have meant by a name that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches

# A longer name is nobody's slip of the finger, and comparing takes time.
MAXIMUM_LENGTH = 50


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the nearest name there is, or else with all; a space before it."""
    names = sorted(known)
    # What stands behind two underscores is a lookup in Django's own writing.
    typed = name.lower().partition("__")[0][:MAXIMUM_LENGTH]
    nearest = get_close_matches(typed, names, n=1)
    if nearest:
        return f" Did you mean `{nearest[0]}`?"
    return f" There is {', '.join(f'`{known_name}`' for known_name in names)}." if names else ""

"""International Standard Book Numbers (ISO 2108), stored as 13 digits."""

from django.core.exceptions import ValidationError
from stdnum import isbn
from stdnum.exceptions import ValidationError as InvalidNumberError

# An ISBN-13 with a separator after every digit; more is not worth reading.
MAXIMUM_LENGTH = 32

# What every ISBN looks like; the check digit is beyond a pattern.
PATTERN = r"^[ -]*([0-9][ -]*){9}([0-9Xx]|([0-9][ -]*){4})[ -]*$"

MESSAGE = "This is not an ISBN: give 10 or 13 digits with the right check digit."


def normalize_isbn(text: str) -> str:
    """Return an ISBN-10 or ISBN-13, with or without hyphens and spaces, as 13 digits.

    Raises ValidationError (`isbn`) if the length, the prefix or the check digit is wrong.
    """
    try:
        return isbn.validate(_compact(text), convert=True)
    except InvalidNumberError as error:
        raise ValidationError(MESSAGE, code="isbn") from error


def _compact(text: str) -> str:
    """Return the characters that count, or none if they can't be an ISBN."""
    if not text.isascii() or len(text) > MAXIMUM_LENGTH:
        return ""
    characters = text.replace("-", "").replace(" ", "")
    # python-stdnum would also take 9 digits, the older SBN.
    return characters if len(characters) in (10, 13) else ""

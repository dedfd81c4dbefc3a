"""International Standard Book Numbers (ISO 2108), stored as 13 digits."""

from django.core.exceptions import ValidationError
from stdnum import isbn
from stdnum.exceptions import ValidationError as InvalidNumberError

# An ISBN-13 with a separator after every digit is shorter. Longer texts are not parsed.
MAXIMUM_LENGTH = 32

# Matches every ISBN. A pattern can't verify the check digit.
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
    """Return the text without separators, or an empty text if it can't be an ISBN."""
    if not text.isascii() or len(text) > MAXIMUM_LENGTH:
        return ""
    characters = text.replace("-", "").replace(" ", "")
    # python-stdnum also accepts 9 digits, the older SBN.
    return characters if len(characters) in (10, 13) else ""

"""The names that users give to their API tokens: which are valid."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .names import INVISIBLE, REFUSED_CATEGORIES

MAXIMUM_LENGTH = 100


def validate_label(label: str) -> None:
    """Raise ValidationError if a name has control or invisible characters, as login names."""
    if any(
        character in INVISIBLE or unicodedata.category(character) in REFUSED_CATEGORIES
        for character in label
    ):
        raise ValidationError(
            _("A name can't contain control or invisible characters."),
            code="control_character",
        )

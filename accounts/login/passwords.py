"""A password validator for the maximum length, which Django's own validators lack."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAXIMUM_LENGTH = 1024


class MaximumLengthValidator:
    """Refuses a password of more than 1,024 characters, before anything hashes it."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAXIMUM_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("The password can have at most %(maximum)s characters.") % {
            "maximum": f"{MAXIMUM_LENGTH:,}"
        }

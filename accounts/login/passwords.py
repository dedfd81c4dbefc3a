"""Password validators that Django lacks, or that count another form of the password."""

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.identity.passwords import is_opaque_string, prepared

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


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """Counts the characters of the prepared form: a letter and its accent are one."""

    def validate(self, password: str, user: object = None) -> None:
        super().validate(prepared(password[: MAXIMUM_LENGTH + 1]))


class OpaqueStringValidator:
    """Refuses the characters that RFC 8265 keeps out of passwords.

    Nobody sees them while typing, and another device may not have them.
    """

    def validate(self, password: str, user: object = None) -> None:
        # Others refuse an empty password, and a long one.
        if password and len(password) <= MAXIMUM_LENGTH and not is_opaque_string(password):
            raise ValidationError(self.get_help_text(), code="password_characters")

    def get_help_text(self) -> str:
        return str(
            _(
                "The password can't contain control characters, invisible characters or "
                "characters that Unicode does not know."
            )
        )

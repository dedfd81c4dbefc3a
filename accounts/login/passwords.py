"""What a password may be, beside Django's own validators."""

from django.core.exceptions import ValidationError

MAXIMUM_LENGTH = 1024


class MaximumLengthValidator:
    """Refuses a password of more than 1,024 characters, before anything hashes it."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAXIMUM_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return f"The password can have at most {MAXIMUM_LENGTH:,} characters."

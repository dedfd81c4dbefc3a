"""Serializer fields for names, email addresses and passwords."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.identity.emails import MAXIMUM_LENGTH as MAXIMUM_EMAIL_LENGTH
from accounts.identity.emails import validate_email
from accounts.identity.names import MAXIMUM_LENGTH as MAXIMUM_NAME_LENGTH
from accounts.identity.names import validate_name, validate_visible
from accounts.login.passwords import MAXIMUM_LENGTH as MAXIMUM_PASSWORD_LENGTH
from accounts.models import User
from bookstore_project.api.fields import NOT_BLANK, WITHOUT_NUL, TextField

# The control characters of Unicode, and the most frequent characters that are invisible. A pattern
# of all of them would be several pages long.
CONTROLS = r"\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"


class LoginNameField(TextField):
    """The name of an account. A taken name is not a validation error but a conflict, 409."""

    request_schema = {
        "pattern": rf"^[^:@{CONTROLS}]*[^\s:@{CONTROLS}][^:@{CONTROLS}]*$",
        "description": "The name to sign in with. Upper and lower case are the same. No colon, no "
        "@, no control or invisible characters.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=MAXIMUM_NAME_LENGTH,
            validators=[validate_name],
            style={"autocomplete": "username"},
            **kwargs,
        )


class LabelField(TextField):
    """The name that a user gives to something of theirs, for themselves. It need not be unique."""

    def __init__(self, *, description: str, **kwargs: Any) -> None:
        super().__init__(validators=[validate_visible], **kwargs)
        self.request_schema = {
            "pattern": NOT_BLANK,
            "description": f"{description} It need not be unique. No control or invisible "
            "characters.",
        }


class EmailField(serializers.EmailField):
    """An email address. A taken address is not a validation error but a conflict, 409."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAXIMUM_EMAIL_LENGTH, style={"autocomplete": "email"}, **kwargs)
        # This validator includes DRF's own and replaces it.
        self.validators = [*self.validators[:-1], validate_email]


class PasswordField(TextField):
    """A password, which no response contains."""

    request_schema = {"format": "password", "pattern": WITHOUT_NUL}
    # What a browser fills in (HTML, section "Autofill").
    autocomplete = "current-password"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            write_only=True,
            trim_whitespace=False,
            max_length=MAXIMUM_PASSWORD_LENGTH,
            style={"input_type": "password", "autocomplete": self.autocomplete},
            **kwargs,
        )


class CurrentPasswordField(PasswordField):
    """The caller's own password; optional for an account with a second factor.

    Such an account proves who it is with a fresh factor (accounts/api/reauthentication.py), and the
    password is then not read.
    """

    def __init__(self, *, help_text: str = "Your current password.") -> None:
        super().__init__(
            required=False,
            help_text=f"{help_text} Required unless your account has a second factor.",
        )

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        # The OpenAPI document and the forms of the browsable API have no request.
        user = getattr(self.context.get("request"), "user", None)
        self.required = isinstance(user, User) and not user.has_factor


class NewPasswordField(PasswordField):
    """A new password. Django's validators check it, and compare it with the account."""

    autocomplete = "new-password"

    @property
    def request_schema(self) -> dict[str, Any]:  # type: ignore[override]  # follows a setting
        """Return the rules that a schema can have."""
        least = settings.PASSWORD_MIN_LENGTH
        return {
            "format": "password",
            "pattern": rf"^[^{CONTROLS}]*[^0-9{CONTROLS}][^{CONTROLS}]*$",
            "minLength": least,
            "description": f"At least {least} characters; no control or invisible characters; not "
            "a common password, not only digits, and not similar to the name or the address. "
            "Spaces of all kinds are the same, and an accent may be a character of its own.",
        }

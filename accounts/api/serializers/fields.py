"""What a login name, an email address and a password may be, as fields."""

from typing import Any

from rest_framework import serializers

from accounts.identity.emails import MAXIMUM_LENGTH as MAXIMUM_EMAIL_LENGTH
from accounts.identity.emails import validate_email
from accounts.identity.names import MAXIMUM_LENGTH as MAXIMUM_NAME_LENGTH
from accounts.identity.names import validate_name
from accounts.login.passwords import MAXIMUM_LENGTH as MAXIMUM_PASSWORD_LENGTH
from bookstore_project.api.fields import WITHOUT_NUL, TextField


class LoginNameField(TextField):
    """A login name; whether it is taken is no property of the text, that is answered 409."""

    request_schema = {
        "format": "login-name",
        "pattern": r"^[^:@\u0000]*[^\s:@\u0000][^:@\u0000]*$",
        "description": "What you log in with; upper and lower case are the same. No colon, no @, "
        "no control or invisible characters.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAXIMUM_NAME_LENGTH, validators=[validate_name], **kwargs)


class EmailField(serializers.EmailField):
    """An email address; whether it is taken is no property of the text, that is answered 409."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAXIMUM_EMAIL_LENGTH, **kwargs)
        # In place of DRF's own, which it includes.
        self.validators = [*self.validators[:-1], validate_email]


class PasswordField(TextField):
    """A password, never answered."""

    request_schema = {"format": "password", "pattern": WITHOUT_NUL}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            write_only=True,
            trim_whitespace=False,
            max_length=MAXIMUM_PASSWORD_LENGTH,
            style={"input_type": "password"},
            **kwargs,
        )


class NewPasswordField(PasswordField):
    """A password that someone chooses; Django's validators judge it, with the account at hand."""

    request_schema = {
        "format": "new-password",
        "pattern": r"^[^\u0000]*[^0-9\u0000][^\u0000]*$",
        "minLength": 8,
        "description": "At least 8 characters; not a common password, not digits alone, and not "
        "like the name or the address.",
    }

"""Form fields for names, addresses and new passwords, with the checks of the API's fields."""

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.identity.emails import MAXIMUM_LENGTH
from accounts.identity.fields import AddressFormField
from accounts.identity.names import validate_name, validate_new_name, validate_visible


class NameField(forms.CharField):
    """A login name that somebody gives an account."""

    default_validators = [validate_name]

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        defaults = {"label": _("Name"), "widget": forms.TextInput(attrs=attrs)}
        # Without max_length, which browsers take for a place to cut a name off: validate_name()
        # says what is wrong.
        super().__init__(**{**defaults, **kwargs})


class NewNameField(NameField):
    """A login name that no account has yet."""

    def run_validators(self, value: str) -> None:
        super().run_validators(value)
        # For names that have passed the other checks.
        validate_new_name(value)


class LabelField(forms.CharField):
    """The name that a user gives to something of theirs, for themselves."""

    default_validators = [validate_visible]

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(**{"label": _("Name"), "widget": widget, **kwargs})


class AddressField(AddressFormField):
    """An email address to which a mail can be sent."""

    def __init__(self, **kwargs: Any) -> None:
        defaults = {
            "label": _("Email address"),
            "widget": forms.EmailInput(attrs={"autocomplete": "email"}),
        }
        super().__init__(**{**defaults, "max_length": MAXIMUM_LENGTH, **kwargs})


class NewPasswordField(forms.CharField):
    """A new password, whose rules are said before. Its form compares it with the account."""

    def __init__(self, **kwargs: Any) -> None:
        defaults = {
            "label": _("Password"),
            "help_text": password_rules(),
            "strip": False,
            "widget": forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        }
        super().__init__(**{**defaults, **kwargs})


def _password_rules() -> str:
    """Return what AUTH_PASSWORD_VALIDATORS refuse most often; each has a message of its own."""
    return gettext(
        "At least %(least)d characters, not only digits, not a common password, and not like your "
        "name or address."
    ) % {"least": settings.PASSWORD_MIN_LENGTH}


password_rules: Any = partial(lazy(_password_rules, str))

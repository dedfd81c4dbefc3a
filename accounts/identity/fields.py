"""Model fields for login names and email addresses, with their validators."""

from typing import Any

from django import forms
from django.db import models

from bookstore_project.db.fields import PlainInMigrations

from . import emails, names


class NameField(PlainInMigrations, models.CharField[Any, Any]):
    """A login name."""

    default_validators = [names.validate_name]


class AddressFormField(forms.EmailField):
    """An email address in a form. Django's own validator knows only the domains of IDNA 2003."""

    default_validators = [emails.validate_email]


class AddressField(PlainInMigrations, models.EmailField[Any, Any]):
    """An email address."""

    plain_class = "django.db.models.EmailField"
    default_validators = [emails.validate_email]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressFormField, **kwargs})

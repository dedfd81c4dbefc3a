"""The columns of a user that have rules of their own."""

from typing import Any

from django.db import models

from bookstore_project.fields import PlainInMigrations

from . import emails, names


class NameField(PlainInMigrations, models.CharField[Any, Any]):
    """A login name."""

    default_validators = [names.validate_name]


class AddressField(PlainInMigrations, models.EmailField[Any, Any]):
    """An email address."""

    plain_class = "django.db.models.EmailField"
    default_validators = [emails.validate_email]

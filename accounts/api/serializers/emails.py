"""The JSON of a change of email address."""

from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer

from .fields import CurrentPasswordField, EmailField


class EmailChangeSerializer(Serializer):
    """The new address, or null to remove it, and the current password."""

    email = EmailField(write_only=True, allow_null=True)
    current_password = CurrentPasswordField()


class EmailConfirmSerializer(Serializer):
    """The token from the mail."""

    token = TextField(write_only=True)

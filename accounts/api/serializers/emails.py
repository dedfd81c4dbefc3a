"""Another email address."""

from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer

from .fields import EmailField, PasswordField


class EmailChangeSerializer(Serializer):
    """The address there shall be, null for none, and the password."""

    email = EmailField(write_only=True, allow_null=True)
    current_password = PasswordField()


class EmailConfirmSerializer(Serializer):
    """The token from the mail."""

    token = TextField(write_only=True)

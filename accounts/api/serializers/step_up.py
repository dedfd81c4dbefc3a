"""The JSON of a code of a second factor."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer

# Characters. A code has six digits, and a recovery code 24 characters in groups.
MAXIMUM_CODE = 100


class StepUpSerializer(Serializer):
    """A code of a second factor: one of the two."""

    code = TextField(
        required=False,
        write_only=True,
        max_length=MAXIMUM_CODE,
        help_text="The six digits that your authenticator app shows.",
    )
    recovery_code = TextField(
        required=False,
        write_only=True,
        max_length=MAXIMUM_CODE,
        help_text="In place of `code`, one of your recovery codes that you have not used.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) == 1:
            return attrs
        error = (
            ErrorDetail("Send a code or a recovery code, not both.", code="invalid")
            if attrs
            else ErrorDetail(self.fields["code"].error_messages["required"], code="required")
        )
        raise serializers.ValidationError({"code": [error]})

"""Many operations on books in one request, as JSON."""

from collections.abc import Mapping
from typing import Any

from django.db.models import BigAutoField, TextChoices
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from books.api.serializers import MAXIMUM_VERSION, BookSerializer
from bookstore_project.api.fields import IntegerField
from bookstore_project.api.strict_members import Serializer

# More is what imports are for.
MAXIMUM_OPERATIONS = 200


class Op(TextChoices):
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


# The members that each operation needs beside `op`, and those that it may not have.
NEEDED: Mapping[Op, tuple[str, ...]] = {
    Op.CREATE: ("book",),
    Op.CHANGE: ("id", "book"),
    Op.DELETE: ("id",),
}
EXCLUDED: Mapping[Op, tuple[str, ...]] = {
    Op.CREATE: ("id", "version"),
    Op.CHANGE: (),
    Op.DELETE: ("book",),
}


@extend_schema_field(BookSerializer(partial=True))
class BookMembersField(serializers.Field[Any, Any, Any, Any]):
    """The members of a book as they were sent; the operation validates them in its turn."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class OperationSerializer(Serializer):
    """One operation of a batch."""

    op = serializers.ChoiceField(choices=Op.choices, help_text="What to do.")
    id = IntegerField(
        required=False,
        min_value=1,
        max_value=BigAutoField.MAX_BIGINT,
        help_text="The id of the book to change or delete.",
    )
    version = IntegerField(
        required=False,
        min_value=1,
        max_value=MAXIMUM_VERSION + 1,
        help_text="Change or delete the book only if it still has this version.",
    )
    book = BookMembersField(
        required=False,
        help_text="The members of a new book (`create`), or those that change (`change`).",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        op = Op(attrs["op"])
        missing = {
            name: [ErrorDetail("This field is required.", code="required")]
            for name in NEEDED[op]
            if name not in attrs
        }
        excess = {
            name: [ErrorDetail(f"Leave it out: {op} has no {name}.", code="unknown_member")]
            for name in EXCLUDED[op]
            if name in attrs
        }
        if missing or excess:
            raise ValidationError({**missing, **excess})
        return attrs


class BatchSerializer(Serializer):
    """The operations of a batch, in the order in which they are done."""

    operations: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=OperationSerializer(),
        allow_empty=False,
        max_length=MAXIMUM_OPERATIONS,
        help_text=f"1 to {MAXIMUM_OPERATIONS} operations.",
    )


class OutcomeSerializer(serializers.Serializer[Any]):
    """What an operation has done."""

    status = serializers.IntegerField(
        help_text="201 created, 200 changed or unchanged, 204 deleted: as of a single request."
    )
    id = serializers.IntegerField(help_text="The id of the book.")
    version = serializers.IntegerField(
        help_text="The version of the book; of a deleted one, the version that the deletion made."
    )


# Not Outcomes: openapi-python-client would call two variables of one function `outcomes`.
class BatchOutcomesSerializer(serializers.Serializer[Any]):
    """The outcome of each operation, in their order."""

    outcomes = OutcomeSerializer(many=True)

"""Books as JSON."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from books.api.price_fields import PriceField
from books.fields import FIELDS, MEMBERS, Kind
from books.models import Book, BookChange
from books.services.books import book_create, book_update
from books.services.snapshots import Snapshot, completed
from books.values.isbn import MAXIMUM_LENGTH, PATTERN, normalize_isbn
from bookstore_project.api.fields import IntegerField, ModelSerializer, TextField
from bookstore_project.api.strict_members import Serializer
from bookstore_project.openapi.schema import ProblemSerializer

# What the column holds, less one.
MAXIMUM_VERSION = 2_147_483_646


class IsbnField(TextField):
    """Takes an ISBN-10 or -13 in any usual writing, gives 13 digits."""

    request_schema = {"format": "isbn", "pattern": PATTERN}

    def to_internal_value(self, data: Any) -> str:
        try:
            return normalize_isbn(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(get_error_detail(error)) from error


class BookSerializer(ModelSerializer[Book]):
    """A book on the canonical API. The owner is whoever made the record."""

    owner = serializers.UUIDField(
        source="owner.public_id", read_only=True, help_text="The owner's public_id."
    )
    price = PriceField(required=False, allow_null=True)
    isbn = IsbnField(
        label="ISBN",
        required=False,
        allow_null=True,
        max_length=MAXIMUM_LENGTH,
        help_text="ISBN-10 or -13, with or without hyphens; answered as 13 digits.",
    )

    class Meta:
        model = Book
        fields = MEMBERS
        read_only_fields = ("id", "created_at", "updated_at", "version")
        # A second copy is a conflict with what is stored (409), found by the service.
        validators: tuple[Any, ...] = ()

    def create(self, validated_data: dict[str, Any]) -> Book:
        return book_create(**validated_data)

    def update(self, instance: Book, validated_data: dict[str, Any]) -> Book:
        return book_update(book=instance, **validated_data)


class StaleProblemSerializer(ProblemSerializer):
    """Problem details (RFC 9457) with the record that the condition did not hold for."""

    current = BookSerializer(
        help_text="What is stored now; null if it is deleted.", allow_null=True
    )


# A text shows a value of any other kind.
IN_SNAPSHOTS: dict[Kind, type[serializers.Field[Any, Any, Any, Any]]] = {
    Kind.DATE: serializers.DateField,
    Kind.INTEGER: serializers.IntegerField,
    Kind.BOOLEAN: serializers.BooleanField,
}


class SnapshotSerializer(Serializer):
    """A book as it was."""

    owner = serializers.UUIDField(help_text="The owner's public_id.")

    def get_fields(self) -> dict[str, Any]:
        shown = {
            field.name: IN_SNAPSHOTS.get(field.kind, serializers.CharField)(
                allow_null=field.column.null
            )
            for field in FIELDS
        }
        return {**super().get_fields(), **shown}

    def to_representation(self, instance: Snapshot) -> Any:
        return super().to_representation(completed(instance))


class ChangeSerializer(ModelSerializer[BookChange]):
    """A change of a book."""

    actor = serializers.UUIDField(
        source="actor_id", allow_null=True, help_text="Who made it: their public_id."
    )
    before = SnapshotSerializer(allow_null=True, help_text="Null if the book had been deleted.")
    after = SnapshotSerializer(allow_null=True, help_text="Null if the book was deleted.")

    class Meta:
        model = BookChange
        fields = ("version", "kind", "at", "actor", "actor_name", "before", "after")
        read_only_fields = fields


class DeletedBookSerializer(ModelSerializer[BookChange]):
    """A deleted book that can be brought back."""

    id = serializers.IntegerField(source="book_id", help_text="The number that it had.")
    version = serializers.IntegerField(help_text="The version that the deletion made.")
    deleted_at = serializers.DateTimeField(source="at")
    deleted_by = serializers.UUIDField(
        source="actor_id", allow_null=True, help_text="Who deleted it: their public_id."
    )
    book = SnapshotSerializer(source="before", help_text="What it was.")

    class Meta:
        model = BookChange
        fields = ("id", "version", "deleted_at", "deleted_by", "book")
        read_only_fields = fields


class RestoreSerializer(Serializer):
    """Which version to restore."""

    version = IntegerField(
        required=False,
        min_value=1,
        max_value=MAXIMUM_VERSION,
        help_text="An earlier version; without it, the last that differs from what is stored.",
    )

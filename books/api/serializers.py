"""Books as JSON."""

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from books.api.price_fields import CurrencyField, PriceField, SnapshotPriceField
from books.api.publication_field import PublicationField
from books.api.text_fields import BookTextField, NormalizedMixin, is_as_stored
from books.fields import FIELDS, MEMBERS, Kind
from books.models import Book, BookChange
from books.services.books import book_create, book_update
from books.services.feed import FeedKind
from books.services.snapshots import Snapshot, completed
from books.values.isbn import MAXIMUM_LENGTH, normalize_isbn
from bookstore_project.api.fields import IntegerField, ModelSerializer, TextField
from bookstore_project.api.strict_members import Serializer
from bookstore_project.openapi.schema import ProblemSerializer

PRECISION = "A year, a month or a day, as precise as it is known: 1985, 1985-06 or 1985-06-01."

# The maximum of the column, less one, so that a further change still fits.
MAXIMUM_VERSION = 2_147_483_646


class UntranslatedMixin(ModelSerializer[Any]):
    """Ignores the model's texts, which DRF would translate for each request in plain mode.

    Labels and help in English are set by `extra_kwargs`.
    """

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        untitled = copy(model_field)
        untitled.verbose_name = untitled.help_text = ""
        return super().build_standard_field(field_name, untitled)


class IsbnField(NormalizedMixin, TextField):
    """Accepts an ISBN in any usual writing, and returns 13 digits."""

    # No pattern: it could say neither the dashes and digits of Unicode nor the check digit.
    request_schema: dict[str, Any] = {}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if is_as_stored(self, data):
            return text
        try:
            return normalize_isbn(text)
        except ValidationError as error:
            raise serializers.ValidationError(get_error_detail(error)) from error


class BookSerializer(UntranslatedMixin, ModelSerializer[Book]):
    """A book on the canonical API. Its owner is the user who created the record."""

    serializer_field_mapping = {
        **ModelSerializer.serializer_field_mapping,
        models.CharField: BookTextField,
    }
    owner = serializers.UUIDField(
        source="owner.public_id", read_only=True, help_text="The owner's public_id."
    )
    price = PriceField(required=False, allow_null=True)
    currency = CurrencyField()
    isbn = IsbnField(
        label="ISBN",
        required=False,
        allow_null=True,
        max_length=MAXIMUM_LENGTH,
        help_text="An ISBN-10 or ISBN-13 in any usual writing; returned as 13 digits.",
    )

    published_on = PublicationField(required=False, allow_null=True, help_text=PRECISION)

    class Meta:
        model = Book
        fields = MEMBERS
        read_only_fields = ("id", "created_at", "updated_at", "version")
        extra_kwargs = {
            "name": {"help_text": "The title."},
            "version": {"help_text": "Increases with every change."},
        }
        # A second copy is a conflict with a stored book (409), which the service detects.
        validators: tuple[Any, ...] = ()

    def create(self, validated_data: dict[str, Any]) -> Book:
        return book_create(**validated_data)

    def update(self, instance: Book, validated_data: dict[str, Any]) -> Book:
        return book_update(book=instance, **validated_data)


class IsbnBookSerializer(BookSerializer):
    """A book whose ISBN is in the path; `isbn` of the context is that one, as 13 digits."""

    isbn = IsbnField(
        label="ISBN",
        required=False,
        max_length=MAXIMUM_LENGTH,
        help_text="The ISBN of the path, in any spelling; it may be left out.",
    )

    def validate_isbn(self, isbn: str) -> str:
        if isbn != self.context["isbn"]:
            text = "This is not the ISBN of the path. Leave it out, or send the same one."
            raise serializers.ValidationError(text, code="isbn_differs")
        return isbn


class StaleProblemSerializer(ProblemSerializer):
    """Problem details (RFC 9457) with the book that did not meet the condition."""

    current = BookSerializer(help_text="The stored book; null if it was deleted.", allow_null=True)


# Values of other kinds are shown as texts.
IN_SNAPSHOTS: dict[Kind, type[serializers.Field[Any, Any, Any, Any]]] = {
    Kind.PRICE: SnapshotPriceField,
    Kind.DATE: serializers.DateField,
    Kind.INTEGER: serializers.IntegerField,
    Kind.BOOLEAN: serializers.BooleanField,
}


class SnapshotSerializer(Serializer):
    """An earlier version of a book."""

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


class ChangeSerializer(UntranslatedMixin, ModelSerializer[BookChange]):
    """A change of a book."""

    actor = serializers.UUIDField(
        source="actor_id", allow_null=True, help_text="The public_id of the user who made it."
    )
    before = SnapshotSerializer(
        allow_null=True, help_text="Null if the book did not exist before the change."
    )
    after = SnapshotSerializer(allow_null=True, help_text="Null if the change deleted the book.")

    class Meta:
        model = BookChange
        fields = ("version", "kind", "at", "actor", "actor_name", "before", "after")
        read_only_fields = fields
        extra_kwargs = {
            "version": {"help_text": "The version that this change made."},
            "kind": {"label": "Change"},
            "at": {"label": "Time"},
            "actor_name": {"label": "Done by"},
        }


class DeletedBookSerializer(ModelSerializer[BookChange]):
    """A deleted book that can be restored."""

    id = serializers.IntegerField(source="book_id", help_text="The id of the book.")
    version = serializers.IntegerField(help_text="The version that the deletion made.")
    deleted_at = serializers.DateTimeField(source="at")
    deleted_by = serializers.UUIDField(
        source="actor_id", allow_null=True, help_text="The public_id of the user who deleted it."
    )
    book = SnapshotSerializer(source="before", help_text="The book before its deletion.")

    class Meta:
        model = BookChange
        fields = ("id", "version", "deleted_at", "deleted_by", "book")
        read_only_fields = fields


class RestoreSerializer(Serializer):
    """The version to restore."""

    version = IntegerField(
        required=False,
        min_value=1,
        max_value=MAXIMUM_VERSION,
        help_text="An earlier version; by default the last one that differs from the stored book.",
    )


class FeedChangeSerializer(serializers.Serializer[Any]):
    """What happened to a book, and its latest state."""

    kind = serializers.ChoiceField(
        choices=[kind.value for kind in FeedKind],
        read_only=True,
        help_text="`created` if the book is in its first version, or listed for the first time.",
    )
    id = serializers.IntegerField(read_only=True, help_text="The id of the book.")
    version = serializers.IntegerField(
        read_only=True, help_text="The version of the book; a deletion makes a version too."
    )
    book = BookSerializer(
        read_only=True, allow_null=True, help_text="The book; null if it was deleted."
    )


class BookChangesSerializer(serializers.Serializer[Any]):
    """A page of changes."""

    results = FeedChangeSerializer(many=True, read_only=True)
    cursor = serializers.CharField(
        read_only=True, help_text="Send it as `since` to go on after these changes."
    )
    has_more = serializers.BooleanField(
        read_only=True, help_text="Whether more changes are there already: ask again at once."
    )

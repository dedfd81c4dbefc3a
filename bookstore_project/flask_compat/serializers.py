"""Serializers that rename our fields to the tutorial's members."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.api.serializers.fields import EmailField, PasswordField
from accounts.api.serializers.users import RegisterSerializer
from accounts.identity import emails, names
from accounts.models import User
from books.api.price_fields import PriceField
from books.api.text_fields import NormalizedMixin
from books.fields import TEXT_LENGTH
from books.models import Book
from books.services.books import book_create, book_update, refuse_edition
from bookstore_project.api.fields import TextField
from bookstore_project.speed.built_fields import FieldsOnceMixin
from bookstore_project.speed.records import ColumnsMixin

from . import spellings

NO_NAME = "Choose a name to sign in with. An email address is no name."
NOTHING_TO_CHANGE = "Send at least one of name, Author, Publisher and book_prize."


class TutorialRegisterSerializer(RegisterSerializer):
    """`name` and `password`; the tutorial has no email address.

    Where accounts need a confirmed one (EMAIL_VERIFICATION=required), `email` is required too.
    """

    is_lenient = True
    email = EmailField(
        required=False,
        help_text="Required where addresses must be confirmed, and ignored elsewhere.",
    )

    class Meta(RegisterSerializer.Meta):
        fields = ("name", "email", "password")

    def to_internal_value(self, data: Any) -> Any:
        data = spellings.in_the_contracts_words(data, spellings.ACCOUNT)
        if isinstance(data, dict) and "email" in data and "name" not in data:
            # The message for a missing member would leave open why the address does not do.
            raise serializers.ValidationError({"name": [ErrorDetail(NO_NAME, code="required")]})
        if isinstance(data, dict) and settings.EMAIL_VERIFICATION != "required":
            data = {name: value for name, value in data.items() if name != "email"}
        return super().to_internal_value(data)


class TutorialLoginSerializer(serializers.Serializer[dict[str, str]]):
    """A password, and one of the three names that copies of the tutorial send with it."""

    name = TextField(required=False, max_length=names.MAXIMUM_LENGTH)
    username = TextField(
        required=False, max_length=names.MAXIMUM_LENGTH, help_text="Another spelling of `name`."
    )
    email = TextField(
        required=False,
        max_length=emails.MAXIMUM_LENGTH,
        help_text="The confirmed address of the account, instead of its name.",
    )
    password = PasswordField()

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """Refuse several names, which may be those of several accounts."""
        if len({attrs[name] for name in attrs if name != "password"}) != 1:
            raise serializers.ValidationError("Send one of name, username and email.")
        return attrs


class TutorialPriceField(PriceField):
    """An integer stays an integer; any other price is a JSON number."""

    takes_raw = True

    def to_representation(  # type: ignore[override]  # the tutorial's prices are numbers
        self, value: Decimal | float
    ) -> int | float:
        whole = int(value)
        return whole if whole == value else float(value)


class TutorialTextField(NormalizedMixin):
    """A text. Numbers are accepted and converted, as the tutorial's database did."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=TEXT_LENGTH, **kwargs)


# What distinguishes two books for the clients of the tutorial.
PAIR = ("name", "author")


class TutorialPublisherField(TutorialTextField):
    """A publisher that is not set is shown as an empty text: the tutorial always had one."""

    unset_value = ""


class TutorialBookSerializer(FieldsOnceMixin, ColumnsMixin, serializers.ModelSerializer[Book]):
    """A book with the tutorial's member names, in its order."""

    name = TutorialTextField()
    Author = TutorialTextField(source="author")
    Publisher = TutorialPublisherField(source="publisher")
    book_prize = TutorialPriceField(source="price", allow_null=True, required=False)

    class Meta:
        model = Book
        fields = ("id", "name", "Author", "Publisher", "book_prize")
        read_only_fields = ("id",)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(spellings.in_the_contracts_words(data, spellings.BOOK))

    def to_representation(self, instance: Book) -> Any:
        record = super().to_representation(instance)
        return {**record, "Publisher": record["Publisher"] or ""}

    def create(self, validated_data: dict[str, Any]) -> Book:
        """Store a book. Raises ConflictError if the owner has any edition of it.

        Clients of the tutorial know a book by its name and author alone.
        """
        refuse_edition(**{name: validated_data[name] for name in ("owner", *PAIR)})
        return book_create(**validated_data)


class TutorialChangeSerializer(TutorialBookSerializer):
    """New values of a book; what is left out does not change."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError(NOTHING_TO_CHANGE)
        return attrs

    def update(self, instance: Book, validated_data: dict[str, Any]) -> Book:
        """Change a book. Raises ConflictError if its owner has any edition of its new title."""
        title = instance.name, instance.author
        name, author = (validated_data.get(name, getattr(instance, name)) for name in PAIR)
        if (name, author) != title:
            refuse_edition(owner=instance.owner, name=name, author=author)
        return book_update(book=instance, **validated_data)


class TutorialUserSerializer(serializers.ModelSerializer[User]):
    """A user, without the password hash that the tutorial showed to everybody."""

    # Declared, since DRF would translate the texts of their unique constraints for each request.
    public_id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(
        max_length=names.MAXIMUM_LENGTH,
        help_text="What you sign in with. Upper and lower case are the same.",
    )
    admin = serializers.BooleanField(help_text="May list accounts and edit every book.")

    class Meta:
        model = User
        fields = ("public_id", "name", "admin")


class MessageSerializer(serializers.Serializer[dict[str, str]]):
    message = serializers.CharField()


class TokenSerializer(serializers.Serializer[dict[str, str]]):
    token = serializers.CharField()


class UserListSerializer(serializers.Serializer[Any]):
    users = TutorialUserSerializer(many=True)


class BookListSerializer(serializers.Serializer[Any]):
    list_of_books = TutorialBookSerializer(many=True)

"""The JSON of passkeys. The members of WebAuthn have the names and the form that browsers use."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Passkey
from accounts.models.passkey import MAXIMUM_NAME
from accounts.services.passkey_answers import (
    MAXIMUM_ATTESTATION,
    MAXIMUM_AUTHENTICATOR_DATA,
    MAXIMUM_CLIENT_DATA,
    MAXIMUM_CREDENTIAL_ID,
    MAXIMUM_HANDLE,
    MAXIMUM_SIGNATURE,
    NOT_AN_ANSWER,
    MalformedAnswerError,
    answer_in,
    assertion_of,
    base64url,
    registration_of,
)
from bookstore_project.api.fields import ModelSerializer, TextField
from bookstore_project.api.strict_members import Serializer, is_from_form

from .fields import LabelField
from .tokens import LoginSerializer, RefreshInField

# Base64url without padding, of a byte or more.
PATTERN = "^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,4})$"


def _octets(maximum: int) -> dict[str, Any]:
    """Return the schema of bytes, and of at most so many."""
    return {"type": "string", "pattern": PATTERN, "maxLength": len(base64url(bytes(maximum)))}


def _answer(description: str, members: dict[str, int], others: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an answer whose `response` has these members of bytes."""
    octets = {"clientDataJSON": MAXIMUM_CLIENT_DATA, **members}
    response = {name: _octets(maximum) for name, maximum in octets.items()}
    return {
        "type": "object",
        "description": f"{description} All bytes are base64url without padding. Other members are "
        "ignored.",
        "required": ["id", "type", "response"],
        "properties": {
            "id": _octets(MAXIMUM_CREDENTIAL_ID),
            "type": {"type": "string", "enum": ["public-key"]},
            "response": {
                "type": "object",
                "required": list(response),
                "properties": {**response, **others},
                "additionalProperties": True,
            },
        },
        "additionalProperties": True,
    }


# Members whose own members a browser reads, and no client needs to know.
AN_OBJECT = {"type": "object", "additionalProperties": True}
OBJECTS = {"type": "array", "items": AN_OBJECT}


def _options(description: str, **members: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": ["challenge", "timeout", *members],
        "properties": {
            "challenge": {
                "type": "string",
                "pattern": PATTERN,
                "description": "For one use within five minutes.",
            },
            "timeout": {"type": "integer", "description": "Milliseconds."},
            **members,
        },
        "additionalProperties": True,
    }


class AnswerField(serializers.Field[Any, Any, Any, Any]):
    """The answer of an authenticator: an object, or its text in an HTML form."""

    default_error_messages = {"invalid": NOT_AN_ANSWER}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(write_only=True, **kwargs)

    def parsed(self, data: Any, parse: Callable[[Any], Any]) -> Any:
        """Return the answer as `parse` reads it. Raises ValidationError."""
        try:
            return parse(answer_in(data) if is_from_form(self) else data)
        except MalformedAnswerError:
            self.fail("invalid")


@extend_schema_field(
    _answer(
        "The passkey that `navigator.credentials.create()` has made: its `toJSON()` "
        "(RegistrationResponseJSON of WebAuthn).",
        {"attestationObject": MAXIMUM_ATTESTATION},
        {"transports": {"type": "array", "items": {"type": "string"}}},
    )
)
class RegistrationField(AnswerField):
    """The answer of an authenticator that made a passkey."""

    def to_internal_value(self, data: Any) -> Any:
        return self.parsed(data, registration_of)


@extend_schema_field(
    _answer(
        "What `navigator.credentials.get()` has answered: its `toJSON()` "
        "(AuthenticationResponseJSON of WebAuthn).",
        {"authenticatorData": MAXIMUM_AUTHENTICATOR_DATA, "signature": MAXIMUM_SIGNATURE},
        {"userHandle": {**_octets(MAXIMUM_HANDLE), "type": ["string", "null"]}},
    )
)
class AssertionField(AnswerField):
    """The answer of an authenticator that used a passkey."""

    def to_internal_value(self, data: Any) -> Any:
        return self.parsed(data, assertion_of)


class PasskeyNameField(LabelField):
    """The name that a user gives to a passkey."""

    def __init__(self, **kwargs: Any) -> None:
        place = "Where the passkey is, such as the name of a phone."
        super().__init__(description=place, max_length=MAXIMUM_NAME, **kwargs)


class PasskeySerializer(ModelSerializer[Passkey]):
    """A passkey of your account."""

    name = PasskeyNameField()

    class Meta:
        model = Passkey
        fields: tuple[str, ...] = ("id", "name", "created_at", "last_used_at", "is_backed_up")
        read_only_fields: tuple[str, ...] = ("id", "created_at", "last_used_at", "is_backed_up")
        # The model's own texts are for pages.
        extra_kwargs = {
            "last_used_at": {"help_text": "Null if it was never used."},
            "is_backed_up": {
                "help_text": "Whether the device has copied it, for example to other devices of "
                "yours. Any other is lost with its device."
            },
        }


class AddedPasskeySerializer(PasskeySerializer):
    """A new passkey, and recovery codes if it is the first factor of the account."""

    recovery_codes = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="New ones, which are shown only now, if the account had no second factor before; "
        "otherwise empty.",
    )

    class Meta(PasskeySerializer.Meta):
        fields = (*PasskeySerializer.Meta.fields, "recovery_codes")
        read_only_fields = fields


class NewPasskeySerializer(Serializer):
    """The name of a new passkey, and the answer of its authenticator."""

    name = PasskeyNameField()
    credential = RegistrationField()


@extend_schema_field(
    _options(
        "PublicKeyCredentialCreationOptionsJSON of WebAuthn, for "
        "`PublicKeyCredential.parseCreationOptionsFromJSON()`.",
        rp=AN_OBJECT,
        user=AN_OBJECT,
        pubKeyCredParams=OBJECTS,
    )
)
class CreationOptionsField(serializers.DictField):
    """What a browser needs to make a passkey."""


@extend_schema_field(
    _options(
        "PublicKeyCredentialRequestOptionsJSON of WebAuthn, for "
        "`PublicKeyCredential.parseRequestOptionsFromJSON()`.",
        rpId={"type": "string"},
        allowCredentials=OBJECTS,
    )
)
class RequestOptionsField(serializers.DictField):
    """What a browser needs to use a passkey."""


class CreationOptionsSerializer(serializers.Serializer[Any]):
    """What a browser needs to make a passkey."""

    public_key = CreationOptionsField(read_only=True)


class RequestOptionsSerializer(serializers.Serializer[Any]):
    """What a browser needs to use a passkey."""

    public_key = RequestOptionsField(read_only=True)


class SignInOptionsSerializer(Serializer):
    """Nothing for a sign-in with a passkey alone, or the ticket of a sign-in."""

    ticket = TextField(
        write_only=True,
        required=False,
        help_text="From the answer `second_factor_required`, for a passkey as its second factor.",
    )


class PasskeyLoginSerializer(LoginSerializer):
    """The answer of a passkey."""

    credential = AssertionField()
    refresh_in = RefreshInField()

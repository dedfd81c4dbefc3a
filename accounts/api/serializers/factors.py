"""The JSON of second factors, and of sign-ins that need one."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.services.factors import PASSKEY, RECOVERY_CODE, TOTP
from accounts.services.totp_codes import SIX_DIGITS
from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer
from bookstore_project.openapi.schema import ProblemSerializer

from .fields import CurrentPasswordField
from .passkeys import AssertionField
from .tokens import LoginSerializer, RefreshInField

METHODS = [TOTP, PASSKEY, RECOVERY_CODE]

# Characters; a recovery code has 27 with its hyphens.
MAXIMUM_RECOVERY_CODE = 100


class TotpCodeField(TextField):
    """A code of an authenticator app. One of another form was not tried and counts for nothing."""

    request_schema = {
        "pattern": SIX_DIGITS,
        "description": "The six digits that the authenticator app shows.",
    }

    def __init__(self, **kwargs: Any) -> None:
        six_digits = RegexValidator(SIX_DIGITS, "Give the six digits that the app shows.")
        super().__init__(
            write_only=True,
            validators=[six_digits],
            style={"autocomplete": "one-time-code"},
            **kwargs,
        )


class CurrentPasswordSerializer(Serializer):
    """The current password, or nothing."""

    current_password = CurrentPasswordField()


class TotpSetupSerializer(serializers.Serializer[Any]):
    """The secret of an authenticator app, which is shown only now."""

    otpauth_uri = serializers.CharField(
        read_only=True, help_text="For an app on the same device: it has the secret as `secret`."
    )
    qr_svg = serializers.CharField(
        read_only=True, help_text="The same as a QR code for a camera: an SVG document."
    )


class TotpCodeSerializer(Serializer):
    """A code of the authenticator app."""

    code = TotpCodeField()


class NewRecoveryCodesSerializer(serializers.Serializer[Any]):
    """New recovery codes, which are shown only now. Earlier ones are void."""

    recovery_codes = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Each works once. Keep them where the authenticator app is not.",
    )


class FactorsSerializer(serializers.Serializer[Any]):
    """The second factors of your account."""

    methods = serializers.ListField(
        child=serializers.ChoiceField(choices=METHODS),
        read_only=True,
        help_text="The ways in which a sign-in can prove a second factor; empty without one.",
    )
    totp_added_at = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When the authenticator app was added; null if there is none.",
    )
    passkeys = serializers.IntegerField(
        read_only=True, help_text="The number of passkeys; users/me/passkeys lists them."
    )
    recovery_codes_left = serializers.IntegerField(
        read_only=True, help_text="The number of recovery codes that were not used yet."
    )


class FactorCodeSerializer(Serializer):
    """One proof of a second factor: a code, or the answer of a passkey."""

    code = TotpCodeField(required=False)
    recovery_code = TextField(
        write_only=True,
        required=False,
        max_length=MAXIMUM_RECOVERY_CODE,
        help_text="One of your recovery codes, in place of `code`.",
    )
    passkey = AssertionField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a request with no proof, and one with two."""
        sent = [name for name in ("code", "recovery_code", "passkey") if name in attrs]
        if not sent:
            text = "Send this, or `recovery_code`, or `passkey`."
            raise serializers.ValidationError({"code": [ErrorDetail(text, code="required")]})
        if len(sent) > 1:
            text = f"Send either this or `{sent[0]}`."
            raise serializers.ValidationError({sent[1]: [ErrorDetail(text, code="invalid")]})
        return attrs


class SecondFactorSerializer(FactorCodeSerializer, LoginSerializer):
    """The ticket of a sign-in, and one proof of a second factor."""

    ticket = TextField(write_only=True, help_text="From the answer `second_factor_required`.")
    refresh_in = RefreshInField()


class LoginProblemSerializer(ProblemSerializer):
    """Problem details (RFC 9457) of a sign-in. The last members are there if a factor is needed."""

    ticket = serializers.CharField(
        required=False,
        help_text="With `second_factor_required`: send it to auth/token/second-factor, once.",
    )
    methods = serializers.ListField(
        child=serializers.ChoiceField(choices=METHODS),
        required=False,
        help_text="The ways in which this account can prove a second factor.",
    )
    expires_in = serializers.IntegerField(
        required=False, help_text="Seconds until `ticket` expires."
    )

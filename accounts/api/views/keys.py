"""The public keys, for whoever verifies our tokens without asking us."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import examples
from accounts.keys.ring_watch import current_keyring
from bookstore_project.api.renderers import JSONRenderer

# Seconds. A key is published for an hour before it signs (keyring.DEFAULT_LEAD): no copy may be
# older by then.
MAXIMUM_AGE = 300


class JwkSetRenderer(JSONRenderer):
    """JSON under the name of RFC 7517 section 8.5.2."""

    media_type = "application/jwk-set+json"


class JwkSerializer(serializers.Serializer[Any]):
    """A public key (RFC 7517)."""

    kty = serializers.ChoiceField(choices=["OKP", "EC", "RSA"], help_text="The kind of key.")
    kid = serializers.CharField(help_text="Its name, which stands in the header of a token.")
    alg = serializers.ChoiceField(
        choices=["EdDSA", "ES256", "RS256"], help_text="The one algorithm it is for."
    )
    use = serializers.CharField(help_text="Always `sig`.")
    crv = serializers.CharField(required=False, help_text="The curve, of OKP and EC.")
    x = serializers.CharField(required=False, help_text="Of OKP and EC.")
    y = serializers.CharField(required=False, help_text="Of EC.")
    n = serializers.CharField(required=False, help_text="Of RSA.")
    e = serializers.CharField(required=False, help_text="Of RSA.")


class JwkSetSerializer(serializers.Serializer[Any]):
    """A set of public keys (RFC 7517 section 5)."""

    keys = JwkSerializer(many=True)


@extend_schema(tags=["auth"])
class KeysView(APIView):
    """The public keys that tokens can be verified with, also those that will sign soon.

    Take the key that the token's `kid` names, and its algorithm from here, not from the token. The
    set is empty as long as tokens are signed with a shared secret, which is never in it. A token
    that verifies may still be of a session that has ended: only this server knows that.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JwkSetRenderer, JSONRenderer)

    @extend_schema(
        operation_id="jwks",
        summary="The public keys",
        responses=JwkSetSerializer,
        examples=examples.KEYS,
    )
    def get(self, request: Request) -> Response:
        keys = [key.public_jwk() for key in current_keyring().published()]
        return Response({"keys": keys}, headers={"Cache-Control": f"public, max-age={MAXIMUM_AGE}"})

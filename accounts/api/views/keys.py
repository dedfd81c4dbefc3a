"""The public keys, for services that verify tokens without a request to this server."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.examples import keys as examples
from accounts.keys.ring_watch import current_keyring
from bookstore_project.api.renderers import JSONRenderer

# Seconds. Far less than the hour between publication and first signature (ring.DEFAULT_LEAD), so
# that every cached copy contains a key before it signs.
MAXIMUM_AGE = 300


class JwkSetRenderer(JSONRenderer):
    """JSON with the media type of RFC 7517 section 8.5.2."""

    media_type = "application/jwk-set+json"


class JwkSerializer(serializers.Serializer[Any]):
    """A public key (RFC 7517)."""

    kty = serializers.ChoiceField(choices=["OKP", "EC", "RSA"], help_text="The kind of key.")
    kid = serializers.CharField(help_text="The id of the key, as in the header of a token.")
    alg = serializers.ChoiceField(
        choices=["EdDSA", "ES256", "RS256"], help_text="The only algorithm of the key."
    )
    use = serializers.CharField(help_text="Always `sig`.")
    crv = serializers.CharField(required=False, help_text="The curve of an OKP or EC key.")
    x = serializers.CharField(required=False, help_text="The x coordinate of an OKP or EC key.")
    y = serializers.CharField(required=False, help_text="The y coordinate of an EC key.")
    n = serializers.CharField(required=False, help_text="The modulus of an RSA key.")
    e = serializers.CharField(required=False, help_text="The exponent of an RSA key.")


class JwkSetSerializer(serializers.Serializer[Any]):
    """A set of public keys (RFC 7517 section 5)."""

    keys = JwkSerializer(many=True)


@extend_schema(tags=["auth"])
class KeysView(APIView):
    """The public keys that verify tokens, including keys that will sign soon.

    Use the key that the token's `kid` names, with the algorithm of the key, not of the token. The
    set is empty while tokens are signed with a shared secret, which is never published. The session
    of a token that verifies may have ended: only this server knows that.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JwkSetRenderer, JSONRenderer)

    @extend_schema(
        summary="List the public keys",
        responses=JwkSetSerializer,
        examples=examples.KEYS,
    )
    def get(self, request: Request) -> Response:
        keys = [key.public_jwk() for key in current_keyring().published()]
        return Response({"keys": keys}, headers={"Cache-Control": f"public, max-age={MAXIMUM_AGE}"})

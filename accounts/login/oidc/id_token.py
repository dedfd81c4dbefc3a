"""The check of an ID token (OpenID Connect Core 1.0 section 3.1.3.7)."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from bookstore_project.oidc_providers import OidcProvider

from .errors import AnswerRefusedError
from .metadata import keys_of

# Signatures by a private key of the provider. With `none` anybody could write the token, and with
# HS256 anybody who knows a public key that is taken for a secret (RFC 8725 section 2.1).
ALGORITHMS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
}
# Seconds that the clocks of the provider and of this server may differ.
LEEWAY = 60
# Characters of a token.
MAXIMUM_LENGTH = 20_000


def id_token_check(
    provider: OidcProvider, token: Any, *, nonce: str, access_token: str
) -> dict[str, Any]:
    """Return the claims of an ID token that the provider has made for this sign-in.

    Raises AnswerRefusedError, and ProviderUnavailableError if its keys can't be fetched.
    """
    if not isinstance(token, str) or len(token) > MAXIMUM_LENGTH:
        raise AnswerRefusedError(provider, "there is no ID token")
    try:
        decoded = _verified(provider, token)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            params={
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": access_token,
            },
        )
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise AnswerRefusedError(provider, f"ID token: {error}") from error
    return dict(claims)


def _verified(provider: OidcProvider, token: str) -> jwt.Token:
    """Return a token whose signature is right. Raises JoseError and ValueError."""
    header = jws.extract_compact(token.encode()).headers()
    key_type = ALGORITHMS[header["alg"]]
    kid = header.get("kid")

    def fitting(keys: list[Key]) -> list[Key]:
        """Return the keys of the token: one that it names, or all of the right type."""
        return [k for k in keys if k.key_type == key_type and (kid is None or k.kid == kid)]

    keys = fitting(keys_of(provider, is_known=lambda keys: bool(fitting(keys))))
    registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    refused: Exception = ValueError("no key of the provider has made it")
    for key in keys:
        try:
            return jwt.decode(token, key, registry=registry)
        except JoseError as error:
            refused = error
    raise refused

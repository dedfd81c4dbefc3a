"""RFC 8725 section by section, on the tutorial's routes: each attack gets the same 401.

docs/security.md lists the test of each section, and the sections that do not apply.
"""

import pytest

from accounts.models import User
from tests.client import ConformingClient

from .hostile_spellings import HOSTILE_SPELLINGS
from .hostile_tokens import HOSTILE_TOKENS, HostileToken, token_of, valid_claims

BOOKS = "/books"

LINES = {
    "2.1 weak signatures": ("alg none", "alg NONE, no signature", "no signature", "tampered"),
    "2.2 weak symmetric keys": ("empty key", "wrong key"),
    "2.3 encryption around a signature": ("JWE",),
    "2.4 compression": ("payload compressed",),
    "2.6 multiplicity of JSON encodings": (
        "payload in UTF-16",
        "payload in UTF-32",
        "header in UTF-16",
        "JSON serialization",
    ),
    "2.7 substitution": ("aud another service", "public_id of nobody"),
    "2.8 cross-JWT confusion": ("token_type unknown", "token_type missing"),
    "2.9 indirect attacks": ("kid a path", "kid a query", "kid an address", "jku of the signer"),
    "3.1 algorithm verification": ("alg RS256", "alg HS512, right key", "alg a list", "alg twice"),
    "3.3 every operation": ("signature with a bit flipped", "header padded", "signature padded"),
    "3.4 inputs": ("signature of zeros", "signature one octet long"),
    "3.7 UTF-8": ("payload not UTF-8", "payload with an encoded surrogate"),
    "3.8 subject": ("public_id missing", "public_id a list"),
    "3.9 audience": ("aud a list", "aud null"),
    "3.10 received claims": ("jwk of the signer", "x5u of the signer", "crit of kid"),
    "3.12 exclusive rules": ("token_type a list", "token_type null"),
}
NAMED = {hostile.name: hostile for hostile in HOSTILE_TOKENS + HOSTILE_SPELLINGS}


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(NAMED[name], id=f"{section}: {name}")
        for section, names in LINES.items()
        for name in names
    ],
)
def test_the_tutorials_surface_refuses(
    anonymous: ConformingClient, ada: User, hostile: HostileToken
) -> None:
    token = hostile.build(valid_claims(ada, "access"))
    response = anonymous.get(BOOKS, HTTP_X_ACCESS_TOKENS=token)
    assert response.status_code == 401
    assert response.json() == {"message": "token is invalid"}


def test_the_same_claims_are_accepted_otherwise(anonymous: ConformingClient, ada: User) -> None:
    token = token_of(valid_claims(ada, "access"))
    response = anonymous.get(BOOKS, HTTP_X_ACCESS_TOKENS=token)
    assert response.status_code == 200
    assert response.json() == {"list_of_books": []}


def test_a_refresh_token_is_no_access_token_there(anonymous: ConformingClient, ada: User) -> None:
    """RFC 8725 sections 2.8 and 3.12."""
    token = token_of(valid_claims(ada, "refresh"))
    response = anonymous.get(BOOKS, HTTP_X_ACCESS_TOKENS=token)
    assert response.status_code == 401
    assert response.json() == {"message": "token is invalid"}

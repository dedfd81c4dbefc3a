"""GET /.well-known/jwks.json: the public keys, for verifiers elsewhere."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.api.views.keys import MAXIMUM_AGE
from accounts.keys.ring import DEFAULT_LEAD, key_add
from accounts.models import User
from accounts.tokens.classes import AccessToken
from tests.client import ConformingClient
from tests.tools import require_module

from .rings import EARLIER, START, key, write_ring

JWKS = "/.well-known/jwks.json"
PUBLIC = ("EdDSA", "ES256", "RS256")


def kids() -> list[str]:
    response = ConformingClient().get(JWKS)
    assert response.status_code == 200
    return [jwk["kid"] for jwk in response.json()["keys"]]


def test_a_shared_secret_is_never_published(ring_path: Path, settings: Any) -> None:
    write_ring(ring_path, key("HS256"), key("EdDSA"))
    assert kids() == ["eddsa-0"]
    settings.JWT_KEYRING = None
    assert kids() == []


def test_each_key_is_published_without_its_private_part(ring_path: Path) -> None:
    write_ring(ring_path, *(key(alg) for alg in PUBLIC))
    jwks = {jwk["alg"]: jwk for jwk in ConformingClient().get(JWKS).json()["keys"]}
    assert {alg: set(jwk) for alg, jwk in jwks.items()} == {
        "EdDSA": {"kty", "kid", "alg", "use", "crv", "x"},
        "ES256": {"kty", "kid", "alg", "use", "crv", "x", "y"},
        "RS256": {"kty", "kid", "alg", "use", "n", "e"},
    }


def test_a_key_is_published_from_the_start_until_it_retires(ring_path: Path, clock: Any) -> None:
    write_ring(ring_path, key("EdDSA", 0, retire_at=START + timedelta(days=14)), key("ES256"))
    added = key_add(path=ring_path, alg="EdDSA")
    assert kids() == ["eddsa-0", "es256-0", added.kid]
    clock.move_to(START + timedelta(days=14))
    assert kids() == ["es256-0", added.kid]


def test_anyone_may_keep_a_copy_for_less_than_the_lead_of_a_new_key() -> None:
    response = ConformingClient().get(JWKS)
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert timedelta(seconds=MAXIMUM_AGE) < DEFAULT_LEAD / 2


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/jwk-set+json"),
        ("application/jwk-set+json", "application/jwk-set+json"),
        ("application/json", "application/json"),
        ("application/json, application/jwk-set+json", "application/jwk-set+json"),
    ],
)
def test_it_comes_under_both_names_of_its_type(accept: str, content_type: str) -> None:
    response = ConformingClient().get(JWKS, HTTP_ACCEPT=accept)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == content_type
    assert response.json() == {"keys": []}


def test_a_token_in_the_way_is_not_looked_at() -> None:
    response = ConformingClient().get(JWKS, HTTP_AUTHORIZATION="Bearer garbage")
    assert response.status_code == 200


# joserfc points to the new name that RFC 9864 gave EdDSA over Ed25519.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
@pytest.mark.django_db
@pytest.mark.parametrize("alg", PUBLIC)
def test_another_library_verifies_our_tokens(alg: str, ring_path: Path, ada: User) -> None:
    jose, jwk = require_module("joserfc.jwt"), require_module("joserfc.jwk")
    others = [key(each, not_before=EARLIER) for each in PUBLIC if each != alg]
    write_ring(ring_path, *others, key(alg, not_before=START))
    token = str(AccessToken.for_user(ada))
    keys = jwk.KeySet.import_key_set(ConformingClient().get(JWKS).json())

    decoded = jose.decode(token, keys, algorithms=[alg])

    assert decoded.claims["public_id"] == str(ada.public_id)
    assert decoded.header["kid"] == f"{alg.lower()}-0"
    signed, _, signature = token.rpartition(".")
    forged = f"{signed}.{'A' * len(signature)}"
    with pytest.raises(require_module("joserfc.errors").BadSignatureError):
        jose.decode(forged, keys, algorithms=[alg])

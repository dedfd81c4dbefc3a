"""Tokens whose header names a key or an algorithm that did not sign them: 401 for each."""

from pathlib import Path
from typing import Any

import jwt
import pytest

from accounts.models import User
from accounts.tokens.classes import AccessToken
from tests.client import ConformingClient

from .rings import (
    ALGORITHMS,
    forged,
    jwk,
    key,
    public_forms,
    signed_with,
    signed_with_hmac,
    write_ring,
)

pytestmark = pytest.mark.django_db

VERIFY = "/api/v1/auth/token/verify"
ME = "/api/v1/users/me"

each_algorithm = pytest.mark.parametrize("alg", ALGORITHMS)


def status(access: str) -> int:
    response = ConformingClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")
    return int(response.status_code)


def claims_for(ada: User) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        str(AccessToken.for_user(ada)), options={"verify_signature": False}
    )
    return claims


@pytest.mark.parametrize("signing", ALGORITHMS)
@pytest.mark.parametrize("named", ALGORITHMS)
@pytest.mark.parametrize("claimed", ALGORITHMS)
def test_each_key_verifies_with_its_own_algorithm_alone(
    *, signing: str, named: str, claimed: str, ada: User, ring_path: Path
) -> None:
    """Signed with one key, naming another, with the algorithm of a third: good if all agree."""
    write_ring(ring_path, *(key(alg) for alg in ALGORITHMS))
    header = {"kid": f"{named.lower()}-0", "alg": claimed}
    token = forged(claims_for(ada), header, signed_with(key(signing)))
    is_good = signing == named == claimed
    assert status(token) == (200 if is_good else 401)
    verified = ConformingClient().post(VERIFY, {"token": token})
    assert verified.status_code == (200 if is_good else 401)


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256"])
@pytest.mark.parametrize("digest", ["HS256", "HS384", "HS512"])
def test_no_form_of_a_public_key_is_an_hmac_secret(
    alg: str, digest: str, ada: User, ring_path: Path
) -> None:
    write_ring(ring_path, key("HS256"), key(alg))
    claims = claims_for(ada)
    for form, secret in public_forms(key(alg)).items():
        for kid in (key(alg).kid, key("HS256").kid):
            header = {"alg": digest, "kid": kid, "typ": "JWT"}
            sign = signed_with_hmac(secret, digest.replace("HS", "sha"))
            assert (form, status(forged(claims, header, sign))) == (form, 401)


@each_algorithm
@pytest.mark.parametrize("kid", ["missing", None, "", "another", "EDDSA-0", "eddsa-0 ", 0, ["x"]])
def test_a_token_of_a_key_that_it_does_not_name_is_401(
    *, alg: str, kid: object, ada: User, ring_path: Path
) -> None:
    write_ring(ring_path, key(alg))
    header = {"alg": alg, "typ": "JWT"} | ({} if kid == "missing" else {"kid": kid})
    assert status(forged(claims_for(ada), header, signed_with(key(alg)))) == 401


@each_algorithm
@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_a_token_that_brings_its_key_along_is_401(
    *, alg: str, member: str, ada: User, ring_path: Path
) -> None:
    """The thief's key has the name and the algorithm of ours."""
    write_ring(ring_path, key(alg))
    brought = {
        "jwk": {**jwk(alg, 1), "kid": key(alg).kid},
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/chain.pem",
        "x5c": ["MIIB"],
    }
    header = {"alg": alg, "kid": key(alg).kid, member: brought[member]}
    claims = claims_for(ada)
    assert status(forged(claims, header, signed_with(key(alg, 1)))) == 401
    # It is ignored, because the signature is ours.
    assert status(forged(claims, header, signed_with(key(alg, 0)))) == 200


@pytest.mark.parametrize("crit", [[], ["kid"], ["x"], "kid", None])
def test_a_token_with_extensions_that_must_be_understood_is_401(
    crit: object, ada: User, ring_path: Path
) -> None:
    write_ring(ring_path, key("EdDSA"))
    header = {"alg": "EdDSA", "kid": "eddsa-0", "crit": crit, "x": 1}
    assert status(forged(claims_for(ada), header, signed_with(key("EdDSA")))) == 401

"""Project Wycheproof's test vectors, against the code that verifies tokens.

No vector is one of our tokens: those with a valid signature contain a text, not claims. So a
vector counts as verified if only its payload is refused, and over HTTP each one is answered 401.
"""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError

from accounts.keys.key import Key, KeyringError
from accounts.keys.ring import Keyring
from accounts.tokens import key_backend
from accounts.tokens.key_backend import verifying_backend
from tests.client import ConformingClient

VECTORS = Path(__file__).parent / "vectors"
VERIFY = "/api/v1/auth/token/verify"

# The vectors whose expected result we don't share, each with the reason.
SAME_AS_357 = "the same to the letter as the vector 357, which is valid"
NOT_BASE64 = "a question mark is no letter of base64url (RFC 7515 section 2)"
NO_SUCH_ALGORITHM = "tokens are not signed in this way here"
SIGNATURES_OTHERWISE = {
    367: ("valid", SAME_AS_357),
    370: ("valid", SAME_AS_357),
    372: ("invalid", NOT_BASE64),
    373: ("invalid", NOT_BASE64),
}
KEYS_OTHERWISE = {
    7: (
        "valid",
        "where a key comes from is the operator's to know; `jwt_keys add` makes good ones",
    ),
    14: ("invalid", NO_SUCH_ALGORITHM),
    15: ("invalid", NO_SUCH_ALGORITHM),
}
OTHER_ALGORITHMS = {"RS384", "RS512", "PS256", "PS384", "PS512", "ES521"}


def vectors(name: str) -> list[Any]:
    document = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return [
        pytest.param(group, vector, id=f"{vector['tcId']} {vector['comment']}")
        for group in document["testGroups"]
        for vector in group["tests"]
    ]


@cache
def ring_of(jwks: str) -> Keyring:
    """Return the ring of these keys under their own names, some with letters that we refuse."""
    mine = {"kid": "vector", "not_before": "1970-01-01T00:00:00Z"}
    return Keyring(
        replace(Key.from_jwk({**jwk, **mine}), kid=jwk["kid"]) for jwk in json.loads(jwks)
    )


def verdict(token: str) -> str:
    """Return `valid` if the signature is valid, whether or not the payload is."""
    try:
        verifying_backend(token).decode(token)
    except TokenError:
        return "invalid"
    except TokenBackendError as error:
        return "valid" if "payload string" in str(error.__cause__) else "invalid"
    raise AssertionError("no vector holds claims")


def status(token: str) -> int:
    # An empty text is refused before it is parsed as a token.
    return int(ConformingClient().post(VERIFY, {"token": token or "."}).status_code)


@pytest.mark.parametrize(("group", "vector"), vectors("json_web_signature_test.json"))
def test_a_signature_is_verified_as_the_vectors_say(
    group: dict[str, Any], vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if group["private"].get("alg") in OTHER_ALGORITHMS | {None}:
        # Also the keys for encryption: a ring accepts none of these.
        with pytest.raises(KeyringError, match="must be one of"):
            ring_of(json.dumps([group["private"]]))
        return
    ring = ring_of(json.dumps([group["private"]]))
    monkeypatch.setattr(key_backend, "current_keyring", lambda: ring)
    expected, _ = SIGNATURES_OTHERWISE.get(vector["tcId"], (vector["result"], ""))
    assert verdict(vector["jws"]) == expected
    assert status(vector["jws"]) == 401


@pytest.mark.parametrize(("group", "vector"), vectors("json_web_key_test.json"))
def test_a_key_is_taken_as_the_vectors_say(
    group: dict[str, Any], vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, _ = KEYS_OTHERWISE.get(vector["tcId"], (vector["result"], ""))
    try:
        ring = ring_of(json.dumps(group["private"]["keys"]))
    except KeyringError:
        assert expected == "invalid"
        return
    monkeypatch.setattr(key_backend, "current_keyring", lambda: ring)
    assert verdict(vector["jws"]) == expected
    assert status(vector["jws"]) == 401

"""A key: which JWKs are accepted, and that its secret is not shown."""

import base64
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from accounts.keys.key import Key, KeyringError, key_generate
from accounts.keys.signatures import ALGORITHMS as SIGNATURES
from accounts.keys.signatures import DeterministicES256, DeterministicJWT

from .rings import ALGORITHMS, START, jwk, key

each_algorithm = pytest.mark.parametrize("alg", ALGORITHMS)
SECRET_MEMBERS = ("k", "d", "p", "q", "dp", "dq", "qi")


def secrets_of(members: dict[str, Any]) -> set[str]:
    return {members[name] for name in SECRET_MEMBERS if name in members}


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in jwk("EdDSA").items() if name != member}


def ec_jwk(curve: ec.EllipticCurve) -> dict[str, Any]:
    return ECAlgorithm.to_jwk(ec.generate_private_key(curve), as_dict=True)


def rsa_jwk(bits: int) -> dict[str, Any]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return RSAAlgorithm.to_jwk(private, as_dict=True)


def oct_jwk(secret: bytes) -> dict[str, Any]:
    return {"kty": "oct", "k": base64.urlsafe_b64encode(secret).rstrip(b"=").decode()}


def public_pem() -> bytes:
    pem: bytes = key("RS256").verifying.public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return pem


@each_algorithm
def test_a_key_is_the_same_after_it_was_written_and_read(alg: str) -> None:
    before = key(alg, retire_at=START + timedelta(days=1))
    after = Key.from_jwk(before.to_jwk())
    assert after.to_jwk() == before.to_jwk()
    assert (after.kid, after.alg, after.retire_at) == (before.kid, alg, before.retire_at)


@each_algorithm
def test_a_signature_is_the_same_each_time_and_for_that_algorithm(alg: str) -> None:
    signed = {
        DeterministicJWT().encode({"n": 1}, key(alg).private, algorithm=alg) for _ in range(3)
    }
    assert len(signed) == 1


@each_algorithm
def test_a_secret_is_in_no_text_about_its_key(alg: str) -> None:
    secrets = secrets_of(jwk(alg))
    assert secrets
    assert not [secret for secret in secrets if secret in repr(key(alg)) + str(key(alg))]
    assert repr(key(alg).private) not in repr(key(alg))


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256"])
def test_the_public_jwk_has_nothing_of_the_private_key(alg: str) -> None:
    public = key(alg).public_jwk()
    assert not secrets_of(public)
    assert set(public) <= {"kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"}
    assert (public["kid"], public["alg"], public["use"]) == (key(alg).kid, alg, "sig")


def test_an_hmac_key_has_no_public_jwk() -> None:
    with pytest.raises(ValueError, match="must not be published"):
        key("HS256").public_jwk()


@each_algorithm
def test_a_generated_key_is_strong_enough_to_be_read_again(alg: str) -> None:
    generated = key_generate(alg=alg, not_before=START)
    assert Key.from_jwk(generated.to_jwk()).not_before == START
    assert generated.kid.startswith(f"{alg.lower()}-20260301-")


SHORT = r"Key k is too short for \w+ \(RFC 7518 section 3\)"
NO_KEY = r"Key k is no private key for \w+"


@pytest.mark.parametrize(
    ("alg", "make", "message"),
    [
        ("HS256", lambda: oct_jwk(b"k" * 31), SHORT),
        ("HS256", lambda: oct_jwk(b""), NO_KEY),
        ("HS256", lambda: oct_jwk(public_pem()), NO_KEY),
        ("HS256", lambda: {"kty": "oct"}, NO_KEY),
        ("HS256", lambda: {"kty": "oct", "k": 7}, NO_KEY),
        ("HS256", lambda: jwk("EdDSA"), NO_KEY),
        ("RS256", lambda: rsa_jwk(1024), SHORT),
        ("RS256", lambda: key("RS256").public_jwk(), NO_KEY),
        ("RS256", lambda: {**jwk("RS256"), "d": jwk("RS256", 1)["d"]}, NO_KEY),
        ("RS256", lambda: jwk("ES256"), NO_KEY),
        ("RS256", dict, NO_KEY),
        ("ES256", lambda: ec_jwk(ec.SECP384R1()), NO_KEY),
        ("ES256", lambda: ec_jwk(ec.SECP256K1()), NO_KEY),
        ("ES256", lambda: {**jwk("ES256"), "d": jwk("ES256", 1)["d"]}, NO_KEY),
        ("ES256", lambda: {**jwk("ES256"), "x": jwk("ES256", 1)["x"]}, NO_KEY),
        ("ES256", lambda: key("ES256").public_jwk(), NO_KEY),
        (
            "EdDSA",
            lambda: OKPAlgorithm.to_jwk(ed448.Ed448PrivateKey.generate(), as_dict=True),
            NO_KEY,
        ),
        ("EdDSA", lambda: key("EdDSA").public_jwk(), NO_KEY),
        ("EdDSA", lambda: {**jwk("EdDSA"), "x": jwk("EdDSA", 1)["x"]}, NO_KEY),
        ("EdDSA", lambda: {**jwk("EdDSA"), "d": "ü"}, NO_KEY),
    ],
)
def test_what_is_no_strong_private_key_of_its_algorithm_is_refused(
    alg: str, make: Any, message: str
) -> None:
    members = {"not_before": "2026-03-01T12:00:00Z", **make(), "kid": "k", "alg": alg}
    with pytest.raises(KeyringError, match=message) as refused:
        Key.from_jwk(members)
    texts = {secret for secret in map(str, secrets_of(members)) if len(secret) > 8}
    assert not [text for text in texts if text in str(refused.value)]
    # The exception of a library may quote the key.
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (["a key"], "must be a JSON object"),
        (without("kid"), "needs a kid"),
        ({**jwk("EdDSA"), "kid": 1}, "needs a kid"),
        ({**jwk("EdDSA"), "kid": ""}, "needs a kid"),
        ({**jwk("EdDSA"), "kid": "k" * 65}, "needs a kid"),
        ({**jwk("EdDSA"), "kid": "a key\n"}, "needs a kid"),
        (without("alg"), "must be one of HS256, EdDSA, ES256, RS256"),
        ({**jwk("EdDSA"), "alg": "none"}, "must be one of"),
        ({**jwk("EdDSA"), "alg": "HS512"}, "must be one of"),
        ({**jwk("EdDSA"), "alg": ["EdDSA"]}, "must be one of"),
        (without("not_before"), "not_before of key eddsa-0 must be a time"),
        ({**jwk("EdDSA"), "not_before": 0}, "not_before of key eddsa-0 must be a time"),
        ({**jwk("EdDSA"), "not_before": "today"}, "not_before of key eddsa-0 must be a time"),
        ({**jwk("EdDSA"), "retire_at": "2026-03-01"}, "retire_at of key eddsa-0 must be a time"),
        ({**jwk("EdDSA"), "retire_at": False}, "retire_at of key eddsa-0 must be a time"),
    ],
)
def test_a_key_without_its_names_and_times_is_refused(members: Any, message: str) -> None:
    with pytest.raises(KeyringError, match=message):
        Key.from_jwk(members)


def test_a_retirement_of_null_is_none() -> None:
    assert Key.from_jwk({**jwk("EdDSA"), "retire_at": None}).retire_at is None


def test_an_openssl_that_can_not_sign_deterministically_is_not_used_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unsupported(self: DeterministicES256, msg: bytes, key: Any) -> bytes:
        raise UnsupportedAlgorithm("ECDSA with deterministic signature")

    monkeypatch.setattr(type(SIGNATURES["ES256"]), "sign", unsupported)
    with pytest.raises(KeyringError, match=r"can't sign with key es256-0 \(ES256\)"):
        key("ES256")


@given(
    payload=st.dictionaries(st.text(max_size=9), st.text(max_size=9) | st.integers(), max_size=4)
)
def test_hs256_signs_as_pyjwt_does(payload: dict[str, Any]) -> None:
    secret = b"k" * 32
    for _ in range(2):
        signed = DeterministicJWT().encode(payload, secret, algorithm="HS256")
        assert signed == jwt.encode(payload, secret, algorithm="HS256")


@pytest.mark.parametrize("secret", ["", b"", b'{"kty":"oct"}'])
def test_what_is_no_secret_is_refused_each_time(secret: Any) -> None:
    for _ in range(2):
        with pytest.raises(jwt.InvalidKeyError):
            SIGNATURES["HS256"].prepare_key(secret)

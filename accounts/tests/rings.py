"""Key rings for tests, with one key of each algorithm, generated once."""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode, base64url_encode

from accounts.keys.key import Key, key_generate, time_text
from accounts.keys.signatures import ALGORITHMS as SIGNATURES

# The start of the tests of rotation, and a time before all of their keys.
START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
EARLIER = START - timedelta(days=60)

ALGORITHMS = ("HS256", "EdDSA", "ES256", "RS256")


@cache
def jwk(alg: str, number: int = 0) -> dict[str, Any]:
    """Return the private JWK of a key that signs since EARLIER; `number` tells two apart."""
    members = key_generate(alg=alg, not_before=EARLIER).to_jwk()
    return {**members, "kid": f"{alg.lower()}-{number}"}


def key(alg: str, number: int = 0, **times: datetime) -> Key:
    texts = {member: time_text(time) for member, time in times.items()}
    return Key.from_jwk({**jwk(alg, number), **texts})


def write_ring(path: Path, *keys: Key) -> Path:
    path.write_text(json.dumps({"keys": [each.to_jwk() for each in keys]}))
    return path


def stored(path: Path) -> dict[str, dict[str, Any]]:
    """Return the JWKs in a file, by kid."""
    return {each["kid"]: each for each in json.loads(path.read_text())["keys"]}


def forged(claims: dict[str, Any], header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Return a JWS of any header and claims: libraries refuse to make most of them."""
    parts = (json.dumps(part).encode() for part in (header, claims))
    signing_input = b".".join(map(base64url_encode, parts))
    return b".".join([signing_input, base64url_encode(sign(signing_input))]).decode()


def signed_with(own: Key) -> Callable[[bytes], bytes]:
    """Return a function that signs with a key by its algorithm."""
    return lambda text: SIGNATURES[own.alg].sign(text, own.private)


def signed_with_hmac(secret: bytes, digest: str) -> Callable[[bytes], bytes]:
    return lambda text: hmac.digest(secret, text, digest)


def public_forms(own: Key) -> dict[str, bytes]:
    """Return the texts of a public key that an attacker could use as the secret of an HMAC."""
    public, jwk_ = own.verifying, own.public_jwk()
    pem: bytes = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "PEM": pem,
        "PEM without its last newline": pem.strip(),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "JWK": json.dumps(jwk_).encode(),
        "the member of the JWK": jwk_.get("x", jwk_.get("n", "")).encode(),
        "its bytes": base64url_decode(jwk_.get("x", jwk_.get("n", ""))),
    }

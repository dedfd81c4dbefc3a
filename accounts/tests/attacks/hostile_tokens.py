"""Tokens that must not be accepted, built by hand because libraries refuse to sign most."""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import User
from accounts.origins import Origin
from accounts.services.sessions import session_open

HEADER = b'{"alg":"HS256","kid":"default","typ":"JWT"}'
OTHER = "another key, of more than 32 bytes"
# Far beyond Python's recursion limit, but within the length that a stranger may send.
DEPTH = 5_000
DEEP = b"[" * DEPTH + b"]" * DEPTH
MISSING = object()

Build = Callable[[dict[str, Any]], str]


@dataclass(frozen=True, kw_only=True)
class HostileToken:
    """`build` makes the token from valid claims; `code` is the code of its refusal."""

    name: str
    build: Build
    code: str = "token_invalid"


def valid_claims(user: User, token_type: str) -> dict[str, Any]:
    """Return the claims of a token of a new session, which would be accepted."""
    now = int(time.time())
    return {
        "gen": 0,
        "sid": str(session_open(user=user, origin=Origin()).sid),
        "token_type": token_type,
        "exp": now + 600,
        "iat": now,
        "jti": uuid.uuid4().hex,
        "public_id": str(user.public_id),
    }


def signed(
    payload: bytes, *, header: bytes = HEADER, key: str | None = None, digest: str = "sha256"
) -> str:
    """Return a JWS (RFC 7515 section 7.1) of any bytes."""
    signing_key = settings.JWT_SIGNING_KEY if key is None else key
    signing_input = f"{_segment(header)}.{_segment(payload)}"
    signature = hmac.digest(signing_key.encode(), signing_input.encode(), digest)
    return f"{signing_input}.{_segment(signature)}"


def token_of(claims: dict[str, Any]) -> str:
    return signed(json.dumps(claims).encode())


def _segment(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _text(name: str, text: str) -> HostileToken:
    return HostileToken(name=name, build=lambda claims: text)


def _payload(name: str, payload: bytes) -> HostileToken:
    return HostileToken(name=name, build=lambda claims: signed(payload))


def _header(name: str, header: bytes, **options: Any) -> HostileToken:
    return HostileToken(
        name=name,
        build=lambda claims: signed(json.dumps(claims).encode(), header=header, **options),
    )


def _claim(name: str, claim: str, value: Any, code: str = "token_invalid") -> HostileToken:
    def build(claims: dict[str, Any]) -> str:
        changed = {**claims, claim: value}
        return token_of({key: kept for key, kept in changed.items() if kept is not MISSING})

    return HostileToken(name=name, build=build, code=code)


def _with_own_key(member: str) -> bytes:
    """Return a header with the key OTHER embedded in one member."""
    named = member.replace("%s", _segment(OTHER.encode()))
    return HEADER.replace(b"{", f"{{{named},".encode(), 1)


def _deep_claim(claims: dict[str, Any]) -> str:
    return signed(json.dumps(claims).encode().replace(b"{", b'{"deep": ' + DEEP + b",", 1))


def _tampered(claims: dict[str, Any]) -> str:
    header, _, signature = token_of(claims).split(".")
    other = {**claims, "jti": "another"}
    return f"{header}.{_segment(json.dumps(other).encode())}.{signature}"


def _unsigned(claims: dict[str, Any]) -> str:
    header = _segment(b'{"alg":"none","kid":"default","typ":"JWT"}')
    return f"{header}.{_segment(json.dumps(claims).encode())}."


def _without_signature(claims: dict[str, Any]) -> str:
    return token_of(claims).rpartition(".")[0]


HOSTILE_TOKENS = [
    # Not a token at all.
    _text("garbage", "garbage"),
    _text("three segments of garbage", "a.b.c"),
    _text("empty segments", ".."),
    _text("not ASCII", "ü.ü.ü"),
    _text("half a megabyte", "a" * 500_000),
    HostileToken(name="two segments", build=_without_signature),
    HostileToken(name="four segments", build=lambda claims: token_of(claims) + ".x"),
    # Not signed with our key.
    HostileToken(name="alg none", build=_unsigned),
    _header("alg none, signed", b'{"alg":"none","kid":"default"}'),
    _header("alg HS512, right key", b'{"alg":"HS512","kid":"default"}', digest="sha512"),
    _header("alg HS384, right key", b'{"alg":"HS384","kid":"default"}', digest="sha384"),
    _header("alg RS256", b'{"alg":"RS256","typ":"JWT","kid":"default"}'),
    _header("alg missing", b'{"typ":"JWT","kid":"default"}'),
    _header("alg a list", b'{"alg":["HS256"],"kid":"default"}'),
    _header("wrong key", HEADER, key=OTHER),
    _header("empty key", HEADER, key=""),
    HostileToken(name="tampered", build=_tampered),
    # A header that can't be read.
    _header("header a list", b'["HS256"]'),
    _header("header not JSON", b"{"),
    _header("header not UTF-8", b"\xff"),
    _header("header nested", b'{"alg":"HS256","kid":"default","deep":' + DEEP + b"}"),
    _header("header with kid a number", b'{"alg":"HS256","kid":1}'),
    _header("header with an unknown crit", b'{"alg":"HS256","kid":"default","crit":["x"],"x":1}'),
    # An unknown key, or one that is embedded in the token.
    _header("kid missing", b'{"alg":"HS256","typ":"JWT"}'),
    _header("kid null", b'{"alg":"HS256","kid":null}'),
    _header("kid empty", b'{"alg":"HS256","kid":""}'),
    _header("kid unknown", b'{"alg":"HS256","kid":"another"}'),
    _header("kid in capitals", b'{"alg":"HS256","kid":"DEFAULT"}'),
    _header("kid with a space", b'{"alg":"HS256","kid":"default "}'),
    _header("kid a list", b'{"alg":"HS256","kid":["default"]}'),
    _header("kid an object", b'{"alg":"HS256","kid":{"default":1}}'),
    _header("kid true", b'{"alg":"HS256","kid":true}'),
    _header("kid with NUL", b'{"alg":"HS256","kid":"default\\u0000"}'),
    _header("kid a surrogate", b'{"alg":"HS256","kid":"\\ud800"}'),
    _header("kid of 100,000 letters", b'{"alg":"HS256","kid":"' + b"k" * 100_000 + b'"}'),
    _header("kid a path", b'{"alg":"HS256","kid":"../../../dev/null"}', key=""),
    _header("kid a query", b'{"alg":"HS256","kid":"x\' UNION SELECT \'key"}', key="key"),
    _header("kid an address", b'{"alg":"HS256","kid":"https://evil.example/key"}', key=OTHER),
    _header("jwk of the signer", _with_own_key('"jwk":{"kty":"oct","k":"%s"}'), key=OTHER),
    _header("jku of the signer", _with_own_key('"jku":"https://evil.example/jwks"'), key=OTHER),
    _header("x5u of the signer", _with_own_key('"x5u":"https://evil.example/x5u"'), key=OTHER),
    _header("x5c of the signer", _with_own_key('"x5c":["%s"]'), key=OTHER),
    _header("crit of kid", b'{"alg":"HS256","kid":"default","crit":["kid"]}'),
    _header("crit empty", b'{"alg":"HS256","kid":"default","crit":[]}'),
    _header("b64 false", b'{"alg":"HS256","kid":"default","b64":false,"crit":["b64"]}'),
    # A payload that can't be read.
    _payload("payload a list", b"[]"),
    _payload("payload a string", b'"public_id"'),
    _payload("payload a number", b"1"),
    _payload("payload null", b"null"),
    _payload("payload empty", b""),
    _payload("payload not JSON", b"{"),
    _payload("payload not UTF-8", b"\xff"),
    _payload("payload nested", DEEP),
    _payload("payload an enormous number", b'{"exp":' + b"9" * 5000 + b"}"),
    HostileToken(name="payload with a nested claim", build=_deep_claim),
    # The user and the session.
    _claim("public_id missing", "public_id", MISSING),
    _claim("public_id null", "public_id", None),
    _claim("public_id a number", "public_id", 1),
    _claim("public_id a list", "public_id", ["x"]),
    _claim("public_id an object", "public_id", {"x": 1}),
    _claim("public_id nested", "public_id", {"a": [{"b": [[]]}]}),
    _claim("public_id true", "public_id", True),
    _claim("public_id empty", "public_id", ""),
    _claim("public_id not a UUID", "public_id", "ada"),
    _claim("public_id with NUL", "public_id", "a\x00"),
    _claim("public_id a surrogate", "public_id", "\ud800"),
    _claim("public_id of nobody", "public_id", str(uuid.uuid4())),
    # The times.
    _claim("exp missing", "exp", MISSING),
    _claim("exp null", "exp", None),
    _claim("exp a word", "exp", "tomorrow"),
    _claim("exp a number in a string", "exp", "99999999999"),
    _claim("exp a list", "exp", [99999999999]),
    _claim("exp an object", "exp", {}),
    _claim("exp in the year 31690708", "exp", 10**15),
    _claim("exp 1e18", "exp", 1e18),
    _claim("exp 1e30", "exp", 1e30),
    _claim("exp 10 to the 400", "exp", 10**400),
    _claim("exp Infinity", "exp", float("inf")),
    _claim("exp -Infinity", "exp", float("-inf")),
    _claim("exp NaN", "exp", float("nan")),
    _claim("exp past", "exp", 1_000_000_000, "token_expired"),
    _claim("exp past, with a fraction", "exp", 1_000_000_000.5, "token_expired"),
    _claim("exp zero", "exp", 0, "token_expired"),
    _claim("exp negative", "exp", -1, "token_expired"),
    _claim("exp -1e30", "exp", -1e30, "token_expired"),
    _claim("nbf in the future", "nbf", 99_999_999_999),
    _claim("nbf a word", "nbf", "yesterday"),
    _claim("nbf Infinity", "nbf", float("inf")),
    _claim("iat in the future", "iat", 99_999_999_999),
    _claim("iat a word", "iat", "yesterday"),
    _claim("iat Infinity", "iat", float("inf")),
    # The type of token.
    _claim("jti missing", "jti", MISSING),
    _claim("jti a number", "jti", 1),
    _claim("token_type missing", "token_type", MISSING),
    _claim("token_type unknown", "token_type", "sliding"),
    _claim("token_type a list", "token_type", ["access", "refresh"]),
    _claim("token_type null", "token_type", None),
    # The audience.
    _claim("aud another service", "aud", "https://api.example"),
    _claim("aud a list", "aud", ["bookstore", "https://api.example"]),
    _claim("aud null", "aud", None),
    _claim("aud empty", "aud", []),
]

"""Tokens with the claims of a good one in a malformed encoding, some with a valid signature."""

import codecs
import json
import zlib
from collections.abc import Callable
from typing import Any

from jwt.utils import base64url_decode, base64url_encode

from .hostile_tokens import HEADER, HostileToken, signed, token_of

Claims = dict[str, Any]


def _respelled(name: str, respell: Callable[[list[str]], list[str]]) -> HostileToken:
    """Change the three segments of a good token."""
    return HostileToken(
        name=name, build=lambda claims: ".".join(respell(token_of(claims).split(".")))
    )


def _signature(name: str, change: Callable[[bytes], bytes]) -> HostileToken:
    """Change the octets of a good signature."""

    def respell(segments: list[str]) -> list[str]:
        return [*segments[:2], base64url_encode(change(base64url_decode(segments[2]))).decode()]

    return _respelled(name, respell)


def _header(name: str, header: bytes) -> HostileToken:
    return HostileToken(name=name, build=lambda claims: signed(_json(claims), header=header))


def _payload(name: str, encode: Callable[[bytes], bytes]) -> HostileToken:
    return HostileToken(name=name, build=lambda claims: signed(encode(_json(claims))))


def _unsigned(name: str, alg: str) -> HostileToken:
    """Tokens without a signature, for libraries that compare `none` case-sensitively."""

    def build(claims: Claims) -> str:
        header = HEADER.replace(b"HS256", alg.encode())
        return signed(_json(claims), header=header).rpartition(".")[0] + "."

    return HostileToken(name=name, build=build)


def _json(claims: Claims) -> bytes:
    return json.dumps(claims).encode()


def _json_serialization(claims: Claims) -> str:
    """The JSON serialization of RFC 7515 section 7.2.2, which is not for header fields."""
    protected, payload, signature = token_of(claims).split(".")
    members = {"protected": protected, "payload": payload, "signature": signature}
    # Without a space, so that it is one token to the header's parser.
    return json.dumps(members, separators=(",", ":"))


def _encrypted(claims: Claims) -> str:
    """Five segments, like a JWE (RFC 7516) with a key of the sender's choice."""
    header = base64url_encode(b'{"alg":"dir","enc":"A256GCM","kid":"default"}').decode()
    return ".".join([header, "", *token_of(claims).split(".")])


def _zipped(claims: Claims) -> str:
    header = HEADER.replace(b"{", b'{"zip":"DEF",', 1)
    return signed(zlib.compress(_json(claims)), header=header)


def _next_letter(segment: str) -> str:
    """Change the spare bits of the last letter, which encode no octet."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) + 1]


HOSTILE_SPELLINGS = [
    *(_unsigned(f"alg {alg}, no signature", alg) for alg in ("none", "None", "NONE", "nOnE", "")),
    HostileToken(
        name="no signature", build=lambda claims: token_of(claims).rpartition(".")[0] + "."
    ),
    _signature("signature one octet short", lambda octets: octets[:-1]),
    _signature("signature one octet long", lambda octets: octets + b"\0"),
    _signature("signature of one octet", lambda octets: octets[:1]),
    _signature("signature of zeros", lambda octets: bytes(len(octets))),
    _signature(
        "signature with a bit flipped", lambda octets: octets[:-1] + bytes([octets[-1] ^ 1])
    ),
    _signature("signature twice", lambda octets: octets * 2),
    _signature("signature in hexadecimal", lambda octets: octets.hex().encode()),
    # Base64url (RFC 7515 section 2) has no padding, no other letters, and zeros for spare bits.
    _respelled("signature padded", lambda parts: [*parts[:2], parts[2] + "="]),
    _respelled("signature padded too far", lambda parts: [*parts[:2], parts[2] + "====="]),
    _respelled("signature with spare bits", lambda parts: [*parts[:2], _next_letter(parts[2])]),
    _respelled("signature with a star inside", lambda parts: [*parts[:2], f"*{parts[2]}"]),
    _respelled("signature with a plus inside", lambda parts: [*parts[:2], f"++{parts[2]}"]),
    _respelled("header padded", lambda parts: [parts[0] + "=", *parts[1:]]),
    _respelled(
        "payload with a letter beyond ASCII", lambda parts: [parts[0], "é" + parts[1], parts[2]]
    ),
    _respelled("payload empty under its signature", lambda parts: [parts[0], "", parts[2]]),
    _respelled("segments in another order", lambda parts: [parts[1], parts[0], parts[2]]),
    HostileToken(name="JSON serialization", build=_json_serialization),
    HostileToken(name="JWE", build=_encrypted),
    HostileToken(name="payload compressed", build=_zipped),
    # The last of two members with the same name counts, for the signature and for every reader.
    _header("alg twice", b'{"alg":"HS256","kid":"default","alg":"none"}'),
    _header("kid twice", b'{"alg":"HS256","kid":"default","kid":"another"}'),
    _payload("exp twice", lambda text: text[:-1] + b',"exp":1e400}'),
    _payload("token_type twice", lambda text: text[:-1] + b',"token_type":"sliding"}'),
    # RFC 8725 section 3.7: only UTF-8.
    _payload("payload in UTF-16", lambda text: text.decode().encode("utf-16-le")),
    _payload("payload in UTF-32", lambda text: text.decode().encode("utf-32-be")),
    _payload("payload with a byte order mark", lambda text: codecs.BOM_UTF8 + text),
    _payload("payload with an encoded surrogate", lambda text: text[:-1] + b',"x":"\xed\xa0\x80"}'),
    _header("header in UTF-16", HEADER.decode().encode("utf-16-le")),
    _header("header with a byte order mark", codecs.BOM_UTF8 + HEADER),
]

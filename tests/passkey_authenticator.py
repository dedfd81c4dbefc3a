"""A device with passkeys, for tests: what a browser and an authenticator do together (WebAuthn)."""

import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor

ORIGIN = "http://localhost:8000"
RP_ID = "localhost"

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40

CREATE, GET = "webauthn.create", "webauthn.get"
ES256, EDDSA, RS256 = -7, -8, -257

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(kw_only=True)
class Device:
    """A device with one passkey, at an honest browser. Each attribute can be made a lie.

    Attributes:
        origin: of the page.
        rp_id: for which the authenticator signs.
        flags: of the authenticator data.
        count: the signature counter after the last use; `steps` are added at each use.
        client: further members of the client data.
    """

    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED
    count: int = 0
    steps: int = 1
    alg: int = ES256
    client: dict[str, Any] = field(default_factory=dict)
    transports: tuple[Any, ...] = ("internal", "hybrid")
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    handle: str | None = None
    key: PrivateKey | None = None

    def create(self, options: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
        """Make the passkey, and return toJSON() of the browser, with `changed` members."""
        self.handle = options["user"]["id"]
        self.key = self.key or _new_key(self.alg)
        credential = struct.pack(">16sH", bytes(16), len(self.credential_id)) + self.credential_id
        data = self.data(ATTESTED) + credential + cbor.encode(cose_key(self.key))
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        response = {
            "clientDataJSON": self.client_data(CREATE, options["challenge"]),
            "attestationObject": cbor.encode(attestation),
            "transports": list(self.transports),
        }
        return self._answer({**response, **changed})

    def get(self, options: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
        """Use the passkey, and return toJSON() of the browser, with `changed` members."""
        self.count += self.steps
        client_data, data = self.client_data(GET, options["challenge"]), self.data()
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": data,
            "signature": self.sign(data + sha256(client_data).digest()),
            "userHandle": self.handle,
        }
        return self._answer({**response, **changed})

    @property
    def id(self) -> str:
        """The id of the passkey, as JSON and the database have it."""
        return encoded(self.credential_id)

    def client_data(self, kind: str, challenge: str) -> bytes:
        members = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**members, "crossOrigin": False, **self.client}).encode()

    def data(self, flags: int = 0) -> bytes:
        """Return the authenticator data."""
        rp_id_hash = sha256(self.rp_id.encode()).digest()
        return rp_id_hash + struct.pack(">BI", self.flags | flags, self.count)

    def sign(self, message: bytes) -> bytes:
        match self.key:
            case ec.EllipticCurvePrivateKey():
                return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
            case ed25519.Ed25519PrivateKey():
                return self.key.sign(message)
            case rsa.RSAPrivateKey():
                return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        raise AssertionError

    def _answer(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer with these members; None leaves one out."""
        members = {
            name: encoded(value) if isinstance(value, bytes) else value
            for name, value in response.items()
            if value is not None
        }
        return {
            "id": self.id,
            "rawId": self.id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": members,
        }


def cose_key(key: PrivateKey) -> dict[int, Any]:
    """Return the public key in COSE (RFC 9053, RFC 8230)."""
    match key:
        case ec.EllipticCurvePrivateKey():
            point = key.public_key().public_numbers()
            x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
            return {1: 2, 3: ES256, -1: 1, -2: x, -3: y}
        case ed25519.Ed25519PrivateKey():
            return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}
    numbers = key.public_key().public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    return {1: 3, 3: RS256, -1: modulus, -2: numbers.e.to_bytes(3, "big")}


def _new_key(alg: int) -> PrivateKey:
    if alg == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    if alg == RS256:
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())

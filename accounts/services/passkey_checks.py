"""Checks the answers of authenticators, step by step as WebAuthn Level 3 lists them.

Sections 7.1 (a new passkey) and 7.2 (a sign-in). fido2 parses CBOR, authenticator data and keys,
and verifies signatures. Attestation is not asked for, and not looked at: any authenticator will do.
"""

import json
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.utils.translation import gettext_noop
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticatorData

from .passkey_answers import (
    NOT_AN_ANSWER,
    Assertion,
    MalformedAnswerError,
    Registration,
    from_base64url,
)
from .passkey_challenges import InvalidChallengeError, Purpose, challenge_check
from .relying_party import origins, rp_id

# ES256, EdDSA and RS256 (RFC 9053, RFC 8812): those of phones, security keys and Windows.
ALGORITHMS = (-7, -8, -257)
RSA = -257
# Parameters of an RSA key (RFC 8230 section 4), and the sizes of its modulus in bits.
MODULUS, EXPONENT = -1, -2
RSA_BITS = range(2048, 4096 + 1)
MAXIMUM_EXPONENT_BYTES = 4

# `type` of the client data (WebAuthn section 5.8.1).
CREATE, GET = "webauthn.create", "webauthn.get"

# Bytes: a shorter id is not random enough (WebAuthn section 4).
LEAST_CREDENTIAL_ID = 16

# Everything that fido2 and cryptography raise for bytes of another form.
UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
    UnsupportedAlgorithm,
)

NOT_ACCEPTED = gettext_noop("The passkey was not accepted. Try another one, or another way.")
BEGIN_AGAIN = gettext_noop(
    "That took longer than five minutes, or was done before. Use the passkey again."
)
WRONG_PAGE = gettext_noop("The passkey was used on a page that is not one of this service.")
NOT_VERIFIED = gettext_noop(
    "The device did not check who you are, by a PIN or a fingerprint for example. Passkeys need "
    "that here."
)
WEAK_KEY = gettext_noop("This kind of passkey is not supported.")


class PasskeyRefusedError(Exception):
    """The answer of an authenticator is refused. `detail` tells nothing about any account."""

    def __init__(self, detail: str = NOT_ACCEPTED) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A public key that an authenticator made, in COSE, and the challenge that it has answered."""

    public_key: bytes
    data: AuthenticatorData
    challenge: bytes


def registration_check(answer: Registration, purpose: Purpose) -> NewKey:
    """Return the key of a new passkey, for a challenge of this purpose.

    Raises PasskeyRefusedError.
    """
    challenge = client_data_check(answer.client_data, kind=CREATE, purpose=purpose)
    data = authenticator_data_check(_attested(answer.attestation))
    credential = data.credential_data
    if credential is None or credential.credential_id != answer.credential_id:
        raise PasskeyRefusedError(NOT_AN_ANSWER)
    if len(answer.credential_id) < LEAST_CREDENTIAL_ID:
        raise PasskeyRefusedError(WEAK_KEY)
    _require_strong(credential.public_key)
    public_key = cbor.encode(dict(credential.public_key))
    return NewKey(public_key=public_key, data=data, challenge=challenge)


def client_data_check(raw: bytes, *, kind: str, purpose: Purpose) -> bytes:
    """Check what the browser says of the page, and return the challenge.

    Raises PasskeyRefusedError.
    """
    try:
        data = json.loads(raw.decode())
        challenge = from_base64url(data["challenge"])
        is_framed = bool(data.get("crossOrigin")) or "topOrigin" in data
        page = data["origin"]
    except (*UNREADABLE, MalformedAnswerError) as error:
        raise PasskeyRefusedError(NOT_AN_ANSWER) from error
    if data.get("type") != kind:
        raise PasskeyRefusedError(NOT_AN_ANSWER)
    # No page of this service is in a frame of another.
    if page not in origins() or is_framed:
        raise PasskeyRefusedError(WRONG_PAGE)
    try:
        challenge_check(challenge, purpose)
    except InvalidChallengeError as error:
        raise PasskeyRefusedError(BEGIN_AGAIN) from error
    return challenge


def authenticator_data_check(raw: bytes) -> AuthenticatorData:
    """Return the data of an authenticator that has verified its user for this relying party.

    Raises PasskeyRefusedError.
    """
    try:
        data = AuthenticatorData(raw)
    except UNREADABLE as error:
        raise PasskeyRefusedError(NOT_AN_ANSWER) from error
    if data.rp_id_hash != sha256(rp_id().encode()).digest():
        raise PasskeyRefusedError(WRONG_PAGE)
    if not (data.is_user_present() and data.is_user_verified()):
        raise PasskeyRefusedError(NOT_VERIFIED)
    if data.is_backed_up() and not data.is_backup_eligible():
        raise PasskeyRefusedError(NOT_AN_ANSWER)
    return data


def signature_check(answer: Assertion, public_key: bytes) -> None:
    """Raise PasskeyRefusedError unless the private key of a stored key signed the answer."""
    message = answer.authenticator_data + sha256(answer.client_data).digest()
    key = CoseKey.parse(_map_of(cbor.decode(public_key)))
    try:
        key.verify(message, answer.signature)
    except (InvalidSignature, *UNREADABLE) as error:
        raise PasskeyRefusedError from error


def _attested(attestation: bytes) -> bytes:
    """Return the authenticator data in an attestation object (WebAuthn section 6.5.4)."""
    try:
        raw = _map_of(cbor.decode(attestation)).get("authData")
    except UNREADABLE as error:
        raise PasskeyRefusedError(NOT_AN_ANSWER) from error
    # bytes(n) of a number would be so many zeros.
    if not isinstance(raw, bytes):
        raise PasskeyRefusedError(NOT_AN_ANSWER)
    return raw


def _map_of(decoded: Any) -> dict[Any, Any]:
    if not isinstance(decoded, dict):
        raise TypeError
    return decoded


def _require_strong(key: CoseKey) -> None:
    """Refuse a key of an algorithm that was not offered, that is no key, or that is slow.

    Raises PasskeyRefusedError.
    """
    try:
        is_offered = key.ALGORITHM in ALGORITHMS
        if is_offered and key.ALGORITHM == RSA:
            bits = int.from_bytes(key[MODULUS], "big").bit_length()
            is_offered = bits in RSA_BITS and len(key[EXPONENT]) <= MAXIMUM_EXPONENT_BYTES
        if is_offered:
            # Reads the key: only a valid one gets as far as comparing the signature.
            key.verify(b"", b"")
    except InvalidSignature:
        return
    except UNREADABLE as error:
        raise PasskeyRefusedError(WEAK_KEY) from error
    raise PasskeyRefusedError(WEAK_KEY)

"""What a browser needs to ask an authenticator for a passkey, as JSON (WebAuthn sections 5.4, 5.5).

The members are those of PublicKeyCredentialCreationOptionsJSON and
PublicKeyCredentialRequestOptionsJSON: PublicKeyCredential.parse…FromJSON() takes them as they are.
"""

from collections.abc import Iterable
from typing import Any

from accounts.models import Passkey, PasskeyOwner, User

from .passkey_answers import base64url
from .passkey_challenges import LIFETIME, Purpose, challenge_make
from .passkey_checks import ALGORITHMS
from .relying_party import NAME, rp_id

MILLISECONDS = int(LIFETIME.total_seconds() * 1000)
# A passkey names its user, and is used only after a PIN, a fingerprint or the like.
SELECTION = {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}


def creation_options(
    purpose: Purpose, *, owner: PasskeyOwner, passkeys: Iterable[Passkey]
) -> dict[str, Any]:
    """Return the options of a new passkey. A browser makes no second one where one of these is.

    Raises RefusedError (`passkeys_unavailable`).
    """
    return {
        "rp": {"id": rp_id(), "name": NAME},
        "user": {"id": owner.handle, "name": owner.user.name, "displayName": owner.user.name},
        "challenge": _challenge(purpose),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
        "timeout": MILLISECONDS,
        "excludeCredentials": _descriptors(passkeys),
        "authenticatorSelection": SELECTION,
        "attestation": "none",
    }


def request_options(purpose: Purpose, *, user: User | None = None) -> dict[str, Any]:
    """Return the options of the use of a passkey.

    Without a user, they are the same for everybody but for the challenge, and the browser shows
    all passkeys of this service that it finds.

    Raises RefusedError (`passkeys_unavailable`).
    """
    allowed = () if user is None else Passkey.objects.filter(user=user).order_by("created_at", "id")
    return {
        "challenge": _challenge(purpose),
        "timeout": MILLISECONDS,
        "rpId": rp_id(),
        "allowCredentials": _descriptors(allowed),
        "userVerification": "required",
    }


def _challenge(purpose: Purpose) -> str:
    return base64url(challenge_make(purpose).encode("ascii"))


def _descriptors(passkeys: Iterable[Passkey]) -> list[dict[str, Any]]:
    return [
        {
            "type": "public-key",
            "id": passkey.credential_id,
            "transports": passkey.transports.split(),
        }
        for passkey in passkeys
    ]

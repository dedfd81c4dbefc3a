"""Encrypts the secrets of authenticator apps, with the keys of FACTOR_KEYS.

A secret has to be read for each code, so that a digest of it can't be stored in its place.
"""

import logging

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from accounts.models import TotpFactor
from bookstore_project.http.refusal import SECOND_FACTOR_UNAVAILABLE, RefusedError

logger = logging.getLogger(__name__)


def secret_encrypt(secret: str) -> str:
    """Return a secret encrypted by the first key.

    Raises RefusedError (`second_factor_unavailable`) on a server without FACTOR_KEYS.
    """
    keys = _keys()
    if keys is None:
        logger.error("FACTOR_KEYS is not set, so that no second factor can be added.")
        raise RefusedError(SECOND_FACTOR_UNAVAILABLE)
    return keys.encrypt(secret.encode("ascii")).decode("ascii")


def secret_decrypt(factor: TotpFactor) -> str:
    """Return the secret of an app, by the key that encrypted it.

    Raises RefusedError (`second_factor_unavailable`) if FACTOR_KEYS does not have that key.
    """
    secret = _decrypted(factor)
    if secret is None:
        logger.error(
            "No key of FACTOR_KEYS decrypts the second factor of the account %s.",
            factor.user.public_id,
        )
        raise RefusedError(SECOND_FACTOR_UNAVAILABLE)
    return secret


def secret_rotate(factor: TotpFactor) -> bool:
    """Encrypt the secret of an app by the first key; return False if no key decrypts it.

    A secret that was replaced since `factor` was read stays as it is.
    """
    secret = _decrypted(factor)
    if secret is None:
        return False
    rows = TotpFactor.objects.filter(pk=factor.pk, secret=factor.secret)
    rows.update(secret=secret_encrypt(secret))
    return True


def _decrypted(factor: TotpFactor) -> str | None:
    keys = _keys()
    try:
        return None if keys is None else keys.decrypt(factor.secret).decode("ascii")
    except InvalidToken:
        return None


def _keys() -> MultiFernet | None:
    """Return the keys of FACTOR_KEYS: the first encrypts, and all decrypt. None if it is empty."""
    keys = [Fernet(key) for key in settings.FACTOR_KEYS]
    return MultiFernet(keys) if keys else None

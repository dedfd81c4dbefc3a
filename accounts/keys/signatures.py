"""The four signature algorithms. Each is deterministic: the same token has the same signature."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
)
from jwt import PyJWS, PyJWT
from jwt.algorithms import Algorithm, ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import der_to_raw_signature


class DeterministicES256(ECAlgorithm):
    """ES256 with a nonce computed from the key and the text (RFC 6979) instead of a random one.

    A lost response can be repeated byte for byte only if signing again gives the same signature.
    Raises UnsupportedAlgorithm if OpenSSL does not support this; there is no fallback.
    """

    def __init__(self) -> None:
        super().__init__(ECAlgorithm.SHA256, SECP256R1)

    def sign(self, msg: bytes, key: EllipticCurvePrivateKey) -> bytes:
        signature = key.sign(msg, ECDSA(self.hash_alg(), deterministic_signing=True))
        return der_to_raw_signature(signature, key.curve)


class OnceCheckedHS256(HMACAlgorithm):
    """HS256 that validates a secret once instead of once per token."""

    def __init__(self) -> None:
        super().__init__(HMACAlgorithm.SHA256)
        self._prepared = lru_cache(maxsize=16)(super().prepare_key)

    def prepare_key(self, key: str | bytes) -> bytes:
        return self._prepared(key)


ALGORITHMS: dict[str, Algorithm] = {
    "HS256": OnceCheckedHS256(),
    "EdDSA": OKPAlgorithm(),
    "ES256": DeterministicES256(),
    "RS256": RSAAlgorithm(RSAAlgorithm.SHA256),
}


class DeterministicJWT(PyJWT):
    """PyJWT with only these algorithms."""

    def __init__(self) -> None:
        super().__init__()
        self._jws = PyJWS(algorithms=[])
        for name, algorithm in ALGORITHMS.items():
            self._jws.register_algorithm(name, algorithm)

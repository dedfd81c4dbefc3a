"""What a provider says about itself (OpenID Connect Discovery 1.0), and its keys, kept for a while.

Each process of the server keeps its own copy. A provider that can't be reached is not asked again
for some seconds, so that a sign-in page with many visitors does not wait for it with each of them.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from bookstore_project.oidc_providers import OidcProvider, is_loopback_http

from .errors import ProviderUnavailableError
from .fetch import json_of

# Seconds that an answer is kept, that a failure is, and between two looks for a new key.
KEPT_FOR, FAILED_FOR, KEYS_AGE = 600, 5, 30
WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Keys of a provider that are looked at.
MAXIMUM_KEYS = 50


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The parts of a provider's metadata that this service uses."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    auth_method: str
    # RFC 9207 section 3.
    sends_issuer: bool


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """An answer, or the reason why there is none, and when it was fetched."""

    at: float
    value: Any
    failure: str = ""

    @property
    def age(self) -> float:
        return time.monotonic() - self.at

    @property
    def is_due(self) -> bool:
        return self.age > (FAILED_FOR if self.failure else KEPT_FOR)


_kept: dict[tuple[str, str], _Kept] = {}


def metadata_of(provider: OidcProvider) -> Metadata:
    """Return the metadata of a provider. Raises ProviderUnavailableError."""
    url = provider.issuer.rstrip("/") + WELL_KNOWN
    found: Metadata = _fetched(provider, url, lambda sent: _checked(provider, sent)).value
    return found


def keys_of(provider: OidcProvider, *, is_known: Callable[[list[Key]], bool]) -> list[Key]:
    """Return the public keys of a provider, fetched again if the one that is needed is not known.

    Raises ProviderUnavailableError.
    """
    url = metadata_of(provider).jwks_uri
    kept = _fetched(provider, url, _keys)
    if not is_known(kept.value) and kept.age > KEYS_AGE:
        kept = _fetched(provider, url, _keys, is_again=True)
    found: list[Key] = kept.value
    return found


def forget() -> None:
    """Forget all that is kept, for tests."""
    _kept.clear()


def _fetched(
    provider: OidcProvider, url: str, parse: Callable[[Any], Any], *, is_again: bool = False
) -> _Kept:
    key = (provider.issuer, url)
    kept = _kept.get(key)
    if kept is None or kept.is_due or is_again:
        kept = _fetch(provider, url, parse)
        _kept[key] = kept
    if kept.failure:
        raise ProviderUnavailableError(provider, kept.failure)
    return kept


def _fetch(provider: OidcProvider, url: str, parse: Callable[[Any], Any]) -> _Kept:
    try:
        value = parse(json_of(provider, url))
    except ProviderUnavailableError as error:
        return _Kept(at=time.monotonic(), value=None, failure=error.reason)
    return _Kept(at=time.monotonic(), value=value)


def _checked(provider: OidcProvider, sent: Mapping[str, Any]) -> Metadata:
    """Return the metadata (Discovery 1.0 section 4.3). Raises ProviderUnavailableError."""
    if sent.get("issuer") != provider.issuer:
        raise ProviderUnavailableError(provider, f"its issuer is {sent.get('issuer')!r}")
    endpoints = {name: sent.get(name) for name in ENDPOINTS}
    userinfo = sent.get("userinfo_endpoint", "")
    for name, url in (*endpoints.items(), ("userinfo_endpoint", userinfo or provider.issuer)):
        if not _is_endpoint(url, provider):
            raise ProviderUnavailableError(provider, f"its {name} is {url!r}")
    methods = sent.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    is_posted = "client_secret_basic" not in methods and "client_secret_post" in methods
    return Metadata(
        **endpoints,  # type: ignore[arg-type]  # texts, as _is_endpoint() found
        userinfo_endpoint=userinfo,
        auth_method="client_secret_post" if is_posted else "client_secret_basic",
        sends_issuer=sent.get("authorization_response_iss_parameter_supported") is True,
    )


def _is_endpoint(url: Any, provider: OidcProvider) -> bool:
    """Return whether requests may go to an address: over TLS, unless the provider is on this host.

    A provider without TLS names addresses of this machine alone.
    """
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        return False
    if parts is None or not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (provider.is_local and is_loopback_http(url))


def _keys(sent: Mapping[str, Any]) -> list[Key]:
    """Return the keys that verify signatures. Others are passed over (RFC 7517 section 5)."""
    found: list[Key] = []
    given = sent.get("keys")
    for each in given[:MAXIMUM_KEYS] if isinstance(given, list) else []:
        if not (isinstance(each, dict) and each.get("use", "sig") == "sig"):
            continue
        with suppress(JoseError, ValueError, TypeError, KeyError):
            match each.get("kty"):
                case "RSA":
                    found.append(RSAKey.import_key(each))
                case "EC":
                    found.append(ECKey.import_key(each))
    return found

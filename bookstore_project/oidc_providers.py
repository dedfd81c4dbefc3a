"""The providers of OpenID Connect with which people sign in: the setting OIDC_PROVIDERS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# The id of a provider is in the addresses that it sends people back to.
ID = re.compile("[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)
MEMBERS = ("name", "issuer", "client_id", "client_secret")
# Characters of each member; the column of an issuer has as many.
MAXIMUM_LENGTH = 255
MAXIMUM_NAME = 40


@dataclass(frozen=True, kw_only=True)
class OidcProvider:
    """A provider of the setting, and this service as its client.

    `name` is shown on buttons. `issuer` is the exact text of the provider's own metadata.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def is_local(self) -> bool:
        """Whether the provider is on this machine, without TLS."""
        return is_loopback_http(self.issuer)


def oidc_providers(text: str, *, is_production: bool) -> dict[str, OidcProvider]:
    """Return the providers in a JSON object, by their ids. Raises ImproperlyConfigured.

    No message repeats a secret.
    """
    if not text.strip():
        return {}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS is no JSON: {error}.") from error
    if not isinstance(given, dict):
        raise ImproperlyConfigured(
            'OIDC_PROVIDERS must be a JSON object, such as {"keycloak": {"name": "Keycloak", '
            '"issuer": "https://id.example.org/realms/staff", "client_id": "bookstore", '
            '"client_secret": "…"}}.'
        )
    found = {key: _provider(key, members, is_production) for key, members in given.items()}
    if len({provider.issuer for provider in found.values()}) < len(found):
        raise ImproperlyConfigured("OIDC_PROVIDERS has one issuer twice.")
    return found


def is_loopback_http(url: str) -> bool:
    """Return whether an address is one of this machine, without TLS."""
    parts = urlsplit(url)
    return parts.scheme == "http" and _is_loopback(parts.hostname or "")


def _provider(key: str, members: Any, is_production: bool) -> OidcProvider:
    where = f"OIDC_PROVIDERS, provider {key!r}"
    if not ID.fullmatch(key):
        raise ImproperlyConfigured(
            f"{where}: the id must be 1 to 32 lower case letters, digits and hyphens."
        )
    if not isinstance(members, Mapping) or set(members) != set(MEMBERS):
        raise ImproperlyConfigured(f"{where}: exactly these are needed: {', '.join(MEMBERS)}.")
    for name, value in members.items():
        longest = MAXIMUM_NAME if name == "name" else MAXIMUM_LENGTH
        if not (isinstance(value, str) and value.strip() == value and value.isprintable()):
            raise ImproperlyConfigured(f"{where}: {name} must be a printable text.")
        if not 1 <= len(value) <= longest:
            raise ImproperlyConfigured(f"{where}: {name} must have 1 to {longest} characters.")
    _check_issuer(where, members["issuer"], is_production)
    return OidcProvider(id=key, **members)


def _check_issuer(where: str, issuer: str, is_production: bool) -> None:
    """Raise ImproperlyConfigured for an issuer that can't be trusted (Discovery 1.0 section 3)."""
    try:
        parts = urlsplit(issuer)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.query or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"{where}: issuer must be an address such as https://id.example.org/realms/staff, "
            "without a user, a query and a fragment."
        )
    if parts.scheme != "https" and not (is_loopback_http(issuer) and not is_production):
        raise ImproperlyConfigured(
            f"{where}: issuer must begin with https://. Without TLS, anybody on the way could sign "
            "in as anybody. http:// is for a provider on this machine, and in development alone."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""This service as a relying party of WebAuthn: its id, and the pages that may use its passkeys."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from bookstore_project.http.refusal import PASSKEYS_UNAVAILABLE, RefusedError

# The name of this service in the list of an authenticator.
NAME = "Bookstore"


def has_passkeys() -> bool:
    """Return whether a browser uses passkeys at PUBLIC_URL: over TLS, or on this machine.

    An id of a relying party is a domain and no IP address (WebAuthn section 5.1.2), and no browser
    has passkeys on a page without TLS, except at localhost.
    """
    url = urlsplit(settings.PUBLIC_URL)
    host = url.hostname or ""
    is_local = host == "localhost" or host.endswith(".localhost")
    return not _is_address(host) and (url.scheme == "https" or is_local)


def rp_id() -> str:
    """Return the id of the relying party: the host of PUBLIC_URL, and never that of a request.

    Raises RefusedError (`passkeys_unavailable`) if no browser would use it.
    """
    if not has_passkeys():
        raise RefusedError(PASSKEYS_UNAVAILABLE)
    return urlsplit(settings.PUBLIC_URL).hostname or ""


def origins() -> tuple[str, ...]:
    """Return the origins whose pages may use passkeys of this service.

    These are PUBLIC_URL and those of CORS_ALLOWED_ORIGINS for which a browser takes the same id:
    its own host, with any port, and the hosts below it (WebAuthn section 13.4.9).
    """
    own = rp_id()
    hosts = {origin: urlsplit(origin).hostname or "" for origin in settings.CORS_ALLOWED_ORIGINS}
    below = [origin for origin, host in hosts.items() if host == own or host.endswith(f".{own}")]
    return (settings.PUBLIC_URL, *below)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

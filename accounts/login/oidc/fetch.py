"""Requests to providers, with bounds: of time, of size, and of where they may go."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from typing import Any

from authlib.integrations.requests_client import OAuth2Session
from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter

from bookstore_project.oidc_providers import OidcProvider

from .errors import ProviderUnavailableError

# Seconds to connect, and between two parts of an answer, and of all requests for one page.
CONNECT, READ, WHOLE = 2, 3, 6
# Bytes of an answer. The metadata of large providers has 6 KiB, their keys 4 KiB.
MAXIMUM_BYTES = 262_144
CHUNK = 16_384


_deadline: ContextVar[float] = ContextVar("deadline")


@contextmanager
def bounded() -> Iterator[None]:
    """Bound the time of all requests to providers in this block, together."""
    before = _deadline.set(time.monotonic() + WHOLE)
    try:
        yield
    finally:
        _deadline.reset(before)


class TooMuchError(RequestException):
    """The answer is too long, or comes too slowly."""


class BoundedAdapter(HTTPAdapter):
    """Reads the whole answer before it returns, within the bounds above."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        left = _seconds_left(request)
        bounds = {"stream": True, "timeout": (min(CONNECT, left), min(READ, left))}
        response = super().send(request, *args, **{**kwargs, **bounds})
        content = bytearray()
        # Each read returns what has arrived.
        while part := response.raw.read1(CHUNK, decode_content=True):
            content += part
            if len(content) > MAXIMUM_BYTES:
                raise TooMuchError(f"{request.url} answers with too much")
            _seconds_left(request)
        # A connection that was read to its end is back in its pool.
        response.raw = BytesIO(content)
        return response


def _seconds_left(request: PreparedRequest) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise TooMuchError(f"{request.url} answers too slowly")
    return left


def session_of(provider: OidcProvider, **options: Any) -> OAuth2Session:
    """Return the session of Authlib in which this service is the client of a provider."""
    session = OAuth2Session(
        provider.client_id,
        provider.client_secret,
        code_challenge_method="S256",
        **options,
    )
    session.mount("https://", BoundedAdapter())
    session.mount("http://", BoundedAdapter())
    return session


def json_of(provider: OidcProvider, url: str, **headers: str) -> dict[str, Any]:
    """Return the JSON object at an address of a provider.

    No redirect is followed: the address is in the metadata of the provider, and nothing else may
    name another one.

    Raises ProviderUnavailableError.
    """
    try:
        with session_of(provider) as session:
            response = session.get(
                url,
                headers={"Accept": "application/json", **headers},
                # No password of a file of the server's user (.netrc) is sent along.
                auth=_unchanged,
                allow_redirects=False,
            )
            found = response.json() if response.status_code == 200 else None
    except (RequestException, ValueError, RecursionError) as error:
        raise ProviderUnavailableError(provider, f"{url}: {error}") from error
    if not isinstance(found, dict):
        reason = f"{url} answers {response.status_code} and no JSON object"
        raise ProviderUnavailableError(provider, reason)
    return found


def _unchanged(request: PreparedRequest) -> PreparedRequest:
    return request

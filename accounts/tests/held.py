"""Requests whose body arrives after something else has happened."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.test import Client


class Held(BytesIO):
    """The body of a request, which arrives after something else has happened."""

    def __init__(self, body: bytes, *, meanwhile: Callable[[], object]) -> None:
        super().__init__(body)
        self.meanwhile = meanwhile

    def read(self, *args: Any) -> bytes:
        happen, self.meanwhile = self.meanwhile, lambda: None
        happen()
        return super().read(*args)


def send_held(
    client: Client,
    method: str,
    path: str,
    body: dict[str, Any] | bytes,
    *,
    meanwhile: Callable[[], object],
    **headers: Any,
) -> Any:
    """Send a JSON request whose body is held back until `meanwhile` has run."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    held = Held(content, meanwhile=meanwhile)
    sent: Any = {
        "wsgi.input": held,
        "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": "application/json",
        **headers,
    }
    answer = client.generic(method, path, **sent)
    assert held.tell() == len(content)
    return answer

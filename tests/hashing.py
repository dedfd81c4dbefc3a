"""Finds requests that hash a password outside the queue of the production server."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.contrib.auth.hashers import BasePasswordHasher, get_hashers
from django.test.client import ClientHandler

from bookstore_project.serving.bulkhead import HASHING

# The hashes computed in the thread that answers a request.
noted = threading.local()


@contextmanager
def hashing_watched() -> Iterator[None]:
    """Make requests of test clients fail if they hash and `HASHING` does not list the route."""
    with ExitStack() as stack:
        for hasher in {type(hasher) for hasher in get_hashers()}:
            for method in ("encode", "verify"):
                stack.enter_context(_noting(hasher, method))
        stack.enter_context(_checking())
        yield


def _noting(hasher: type[BasePasswordHasher], method: str) -> Any:
    original = getattr(hasher, method)

    def run(self: BasePasswordHasher, *args: Any, **kwargs: Any) -> Any:
        noted.hasher = hasher.__name__
        return original(self, *args, **kwargs)

    return patch.object(hasher, method, run)


def _checking() -> Any:
    original = ClientHandler.__call__

    def answer(self: ClientHandler, environ: dict[str, Any]) -> Any:
        noted.hasher = None
        response = original(self, environ)
        assert noted.hasher is None or HASHING.takes(environ), (noted.hasher, environ["PATH_INFO"])
        return response

    return patch.object(ClientHandler, "__call__", answer)

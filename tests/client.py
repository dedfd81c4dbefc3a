"""The test client that all HTTP tests use."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.contrib.auth.hashers import BasePasswordHasher, get_hashers
from rest_framework.test import APIClient

from bookstore_project.bulkhead import may_hash

from .openapi import check_response


class ConformingClient(APIClient):
    """Checks each response against the OpenAPI document before the test sees it.

    A request that hashes a password has to be one that the production server puts aside.
    """

    def request(self, **kwargs: Any) -> Any:
        with hashes_noted() as hashes:
            response: Any = super().request(**kwargs)
        assert not hashes or may_hash(kwargs), (hashes, kwargs["PATH_INFO"])
        if response.streaming:
            # Read once here; what the test reads is that.
            content = response.getvalue()
            response.streaming_content = [content]
        else:
            content = response.content
        content_type = response.headers.get("Content-Type", "")
        # The browsable API shows the same answer as a page, for people.
        accept = {**self.defaults, **kwargs}.get("HTTP_ACCEPT", "")
        is_page = content_type.startswith("text/html") and "html" in accept
        if not is_page and kwargs["REQUEST_METHOD"] not in ("HEAD", "OPTIONS"):
            is_json = content_type.partition(";")[0].endswith(("/json", "+json"))
            check_response(
                path=kwargs["PATH_INFO"],
                method=kwargs["REQUEST_METHOD"],
                status=response.status_code,
                content_type=content_type,
                body=json.loads(content) if is_json else content.decode(),
            )
        return response


@contextmanager
def hashes_noted() -> Iterator[list[str]]:
    """Yield a list that the name of each hasher goes to when it runs."""
    noted: list[str] = []

    def noting(hasher: type[BasePasswordHasher], method: str) -> Any:
        original = getattr(hasher, method)

        def run(self: BasePasswordHasher, *args: Any, **kwargs: Any) -> Any:
            noted.append(hasher.__name__)
            return original(self, *args, **kwargs)

        return patch.object(hasher, method, run)

    with ExitStack() as stack:
        for hasher in {type(hasher) for hasher in get_hashers()}:
            for method in ("encode", "verify"):
                stack.enter_context(noting(hasher, method))
        yield noted

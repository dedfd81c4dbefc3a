"""The test client that all HTTP tests use."""

import json
from typing import Any

from rest_framework.test import APIClient

from .openapi import check_response


class ConformingClient(APIClient):
    """Checks each response against the OpenAPI document before the test sees it."""

    def request(self, **kwargs: Any) -> Any:
        response = super().request(**kwargs)
        content_type = response.headers.get("Content-Type", "")
        # The browsable API shows the same answer as a page, for people.
        accept = {**self.defaults, **kwargs}.get("HTTP_ACCEPT", "")
        is_page = content_type.startswith("text/html") and "html" in accept
        if not is_page and kwargs["REQUEST_METHOD"] not in ("HEAD", "OPTIONS"):
            check_response(
                path=kwargs["PATH_INFO"],
                method=kwargs["REQUEST_METHOD"],
                status=response.status_code,
                content_type=content_type,
                body=_body(response, is_json="json" in content_type),
            )
        return response


def _body(response: Any, *, is_json: bool) -> Any:
    """Return what a response says; one that is streamed can be read again."""
    if not response.streaming:
        return response.json() if is_json else response.content.decode()
    text = response.getvalue()
    response.streaming_content = [text]
    return json.loads(text) if is_json else text.decode()

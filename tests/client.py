"""The test client that all HTTP tests use."""

import json
from typing import Any

from rest_framework.test import APIClient

from .openapi import check_response


class ConformingClient(APIClient):
    """Checks each response against the OpenAPI document before the test sees it."""

    def request(self, **kwargs: Any) -> Any:
        response: Any = super().request(**kwargs)
        if response.streaming:
            # The streamed content is read here, and the test reads this copy.
            content = response.getvalue()
            response.streaming_content = [content]
        else:
            content = response.content
        content_type = response.headers.get("Content-Type", "")
        # The browsable API shows the same response as a page.
        accept = {**self.defaults, **kwargs}.get("HTTP_ACCEPT", "")
        is_page = content_type.startswith("text/html") and "html" in accept
        if not is_page and kwargs["REQUEST_METHOD"] not in ("HEAD", "OPTIONS"):
            is_json = content_type.partition(";")[0].endswith(("/json", "+json"))
            check_response(
                path=kwargs["PATH_INFO"],
                method=kwargs["REQUEST_METHOD"],
                status=response.status_code,
                headers=response.headers,
                # An archive is no text.
                body=json.loads(content) if is_json else content.decode(errors="replace"),
            )
        return response

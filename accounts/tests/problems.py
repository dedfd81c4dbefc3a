"""Problem details (RFC 9457), as the tests compare them."""

import json
from typing import Any

JSON = "application/json"


def without_request_id(response: Any) -> dict[str, Any]:
    """Return the problem without the one member that differs from request to request."""
    return {key: value for key, value in response.json().items() if key != "request_id"}


def ascii_json(body: Any) -> str:
    """Return `body` as JSON of ASCII alone: the only way to send half of a surrogate pair."""
    return json.dumps(body, ensure_ascii=True)

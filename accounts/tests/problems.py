"""Bodies of requests as JSON, and the problem of a refused token of a mail."""

import json
from typing import Any

from tests.problems import problem_of

JSON = "application/json"


def refused(response: Any, *, code: str) -> dict[str, Any]:
    """Return the problem of a 403 with this code."""
    assert response.status_code == 403
    problem = problem_of(response)
    assert problem["code"] == code
    return problem


def ascii_json(body: Any) -> str:
    """Return `body` as JSON of ASCII alone: the only way to send half of a surrogate pair."""
    return json.dumps(body, ensure_ascii=True)

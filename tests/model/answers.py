"""Compares answers of the product with predictions of the model."""

import base64
import json
from collections.abc import Callable
from typing import Any

from .records import Members


class Refused(Exception):  # noqa: N818  # an answer like any other
    """The status and the code of an answer."""


def require(condition: object, refusal: str) -> None:
    """Raise Refused unless the condition is true."""
    if not condition:
        raise Refused(refusal)


def compare(answer: Any, success: int, predict: Callable[..., Any], *args: Any) -> Any:
    """Compare an answer with what `predict` returns or raises, and return what it returned.

    The status and the code must be equal, and the predicted members of the body. A list of rows is
    that of the member `results`. None is returned for a refusal.
    """
    body = body_of(answer)
    said = f"{answer.status_code} {body.get('code', '')}".strip()
    predicted, expected = None, str(success)
    try:
        predicted = predict(*args)
    except Refused as refusal:
        expected = str(refusal)
    assert said == expected, f"answered {said}, predicted {expected}: {body}"
    known, found = predicted, body
    if isinstance(known, list):
        known, found = (sorted(rows, key=first) for rows in (known, body["results"]))
    if body and isinstance(known, dict | list):
        found = alike(found, known)
        assert found == known, f"answered {found}, predicted {known}"
    return predicted


def body_of(answer: Any) -> Any:
    """Return the JSON of an answer; without any, an empty object."""
    return json.loads(answer.content) if answer.content else {}


def first(row: Members) -> str:
    """Return the first member of a row, by which rows are compared in one order."""
    return str(next(iter(row.values())))


def alike(found: Any, known: Any) -> Any:
    """Return of an answer the members that are predicted."""
    if isinstance(known, dict) and isinstance(found, dict):
        return {name: alike(found.get(name), value) for name, value in known.items()}
    if isinstance(known, list) and isinstance(found, list) and len(known) == len(found):
        return [alike(*pair) for pair in zip(found, known, strict=True)]
    return found


def claims_of(token: str) -> Members:
    """Return the claims of a JWT, unverified."""
    claims: Members = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims

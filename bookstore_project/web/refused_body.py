"""The body of a refused request, as far as its page shows it again."""

import json
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import UnreadablePostError
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from bookstore_project.http.body_length import is_stranger

# Characters of a refused body that the page shows again. A longer one is left out, not cut off.
MAXIMUM_REPEATED = 16_384


def parsed_body(request: Request) -> Any:
    """Return the parsed body; None if it can't be read.

    The body of a request that was refused for its address is first read here.
    """
    try:
        return request.data
    except (APIException, BadRequest, SuspiciousOperation, UnreadablePostError):
        return None


def body_to_correct(view: Any, request: Request) -> str | None:
    """Return the refused body, without passwords, which a page never shows; None if it is too long.

    If the serializer has a password, or the sender is not signed in, only members that are fields
    are kept: the value of a mistyped name may be a password. None if the body is then no object.
    """
    fields = view.get_serializer().fields
    data = request.data
    secret = {name for name, field in fields.items() if field.write_only}
    if secret or is_stranger(request):
        if not isinstance(data, dict):
            return None
        data = {name: data[name] for name in fields if name in data and name not in secret}
    text = _as_json(data)
    return text if len(text) <= MAXIMUM_REPEATED else None


def _as_json(data: Any) -> str:
    text = json.dumps(data, indent=4, default=str, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # UTF-8 can't encode a lone surrogate, so it is shown escaped.
        return json.dumps(data, indent=4, default=str)
    return text

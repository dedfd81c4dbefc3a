"""Runs a request with an Idempotency-Key only once (draft-ietf-httpapi-idempotency-key-header-07).

A client that received no answer repeats the request with the same key, and gets the first answer.
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.http import HttpResponseBase, RawPostDataException
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.tokens.authentication import authenticated_user
from books.models import IdempotencyKey
from books.models.idempotency import MAXIMUM_KEYS
from bookstore_project.api.renderers import JSONRenderer
from bookstore_project.errors import InvalidHeaderError, SessionEndedError

R = TypeVar("R", bound=HttpResponseBase)

# Stores the answer of a key.
Keep = Callable[[Response], object]

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

# A string of structured fields (RFC 9651 section 3.3.3), or a bare token as many clients send it.
QUOTED = r'"((?:[ !#-\[\]-~]|\\["\\]){1,255})"'
BARE = r"[!#-~]{1,255}"
PATTERN = rf"^({QUOTED}|{BARE})$"

# Headers that are stored with the body and the status of an answer.
KEPT_HEADERS = ("Location", "ETag")


def parameters(*, status: int) -> list[OpenApiParameter]:
    """Return the headers for the OpenAPI document; `status` is that of the answer that is kept."""
    return [
        OpenApiParameter(
            HEADER,
            {
                "type": "string",
                "pattern": PATTERN,
                "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
            },
            OpenApiParameter.HEADER,
            description="A unique value that you choose for one request. If you repeat the request "
            "with the same key within 24 hours, you get the first answer and nothing is done "
            "twice.",
        ),
        OpenApiParameter(
            REPLAYED,
            OpenApiTypes.STR,
            OpenApiParameter.HEADER,
            description="`true` if this is the answer to an earlier request with the same key.",
            response=[status],
        ),
    ]


class KeyReused(exceptions.APIException):
    status_code = 422
    default_detail = "This key was sent with another request. Make up a new one for each."
    default_code = "idempotency_key_reused"


class TooManyKeys(exceptions.APIException):
    """429 with Retry-After; `wait` is the seconds until a key expires."""

    status_code = 429
    default_detail = (
        f"You have used {MAXIMUM_KEYS} keys in 24 hours. Send the request without a key, or wait "
        "until the oldest key expires."
    )
    default_code = "too_many_idempotency_keys"

    def __init__(self, *, wait: int) -> None:
        super().__init__()
        self.wait = wait


def answer_once(
    request: Request, answer: Callable[[], Response], *, fingerprint: str | None = None
) -> Response:
    """Return the result of `answer`, or the stored answer to the same request with the same key.

    `fingerprint` is a request_hash() that includes a body which is not in memory. Errors are not
    stored. The second of two simultaneous requests waits for the first at the key's unique index.
    Raises ParseError (400), KeyReused (422), TooManyKeys (429), and SessionEndedError if the
    account was deleted meanwhile.
    """
    key = _sent_key(request)
    if key is None:
        return answer()
    user = authenticated_user(request)
    try:
        return _answer_once(user, key, fingerprint or _fingerprint(request), answer)
    except IntegrityError as error:
        if not User.objects.filter(pk=user.pk).exists():
            raise SessionEndedError from error
        raise


def answer_work_once(
    request: Request,
    work: Callable[[Keep | None], R],
    *,
    fingerprint: str,
    answer: Callable[[Any], R],
) -> R:
    """Return the result of `work`, or the stored answer to the same request with the same key.

    This is for work with its own transactions. Its argument, if not None, stores the answer; the
    work calls it in the transaction that completes it. `answer` makes a response of the stored
    data. Raises the errors of answer_once(). It does not wait for another request with the same
    key: if that one completes first, the work is undone.
    """
    key = _sent_key(request)
    if key is None:
        return work(None)
    user = authenticated_user(request)
    kept = IdempotencyKey.objects.current().filter(user=user, key=key).first()
    if kept is None:
        _require_room(user, more=1)
        try:
            return work(lambda response: _keep_new(user, key, fingerprint, response))
        except _KeptMeanwhile as error:
            kept = error.kept
    return _replay(kept, fingerprint, answer)


class _KeptMeanwhile(Exception):  # noqa: N818  # not an error: carries the other request's answer
    def __init__(self, kept: IdempotencyKey) -> None:
        super().__init__()
        self.kept = kept


def _keep_new(user: User, key: str, fingerprint: str, response: Response) -> None:
    kept, is_first = _claimed(user, key, fingerprint)
    if not is_first:
        raise _KeptMeanwhile(kept)
    _require_room(user)
    _keep(kept, response)


def _claimed(user: User, key: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """Return the stored key, and whether this request is the first to use it."""
    # Each use deletes the user's expired keys, so there are few at a time.
    IdempotencyKey.objects.expired().filter(user=user).delete()
    return IdempotencyKey.objects.get_or_create(
        user=user, key=key, defaults={"fingerprint": fingerprint}
    )


def _answer_once(
    user: User, key: str, fingerprint: str, answer: Callable[[], Response]
) -> Response:
    with transaction.atomic():
        kept, is_first = _claimed(user, key, fingerprint)
        if is_first:
            _require_room(user)
            return _keep(kept, answer())
    return _replay(kept, fingerprint, Response)


def _require_room(user: User, *, more: int = 0) -> None:
    """Raise TooManyKeys if the user's stored keys and `more` exceed the maximum."""
    keys = IdempotencyKey.objects.current().filter(user=user)
    if keys[: MAXIMUM_KEYS + 1].count() + more > MAXIMUM_KEYS:
        raise TooManyKeys(wait=keys.seconds_until_one_expires())


def _sent_key(request: Request) -> str | None:
    value = request.headers.get(HEADER)
    if value is None:
        return None
    match = re.fullmatch(PATTERN, value)
    if match is None:
        raise InvalidHeaderError(f"Send 1 to 255 printable ASCII characters as {HEADER}.")
    quoted = match[2]
    return value if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def request_hash(request: Request) -> "hashlib._Hash":
    """Return a hash of a request without its body, which the caller adds with update()."""
    parts = (request.method or "", request.get_full_path(), request.headers.get("Content-Type", ""))
    return hashlib.sha256(json.dumps(parts).encode() + b"\n")


def _fingerprint(request: Request) -> str:
    try:
        body = request.body
    except RawPostDataException as error:
        raise InvalidHeaderError(f"Send {HEADER} with a body in JSON.") from error
    hashed = request_hash(request)
    hashed.update(body)
    return hashed.hexdigest()


def _keep(kept: IdempotencyKey, response: Response) -> Response:
    kept.status = response.status_code
    kept.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    kept.body = JSONRenderer().render(response.data).decode()
    kept.save(update_fields=["status", "headers", "body"])
    return response


def _replay(kept: IdempotencyKey, fingerprint: str, answer: Callable[[Any], R]) -> R:
    if kept.fingerprint != fingerprint:
        raise KeyReused
    response = answer(json.loads(kept.body))
    response.status_code = kept.status
    for name, value in {**kept.headers, REPLAYED: "true"}.items():
        response[name] = value
    return response

"""Cursors of the feed of changes, as signed texts."""

from dataclasses import astuple
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from rest_framework.exceptions import APIException

from books.services.feed import FeedCursor
from bookstore_project.api.errors import InvalidParameters

FOREIGN_CURSOR = (
    "Take the cursor from an earlier answer of this route, or leave `since` out to list all books."
)


class CursorExpired(APIException):
    status_code = HTTPStatus.GONE
    default_detail = (
        "The changes after this cursor are no longer known. Ask without `since`, and replace your "
        "copy by the books that are listed."
    )
    default_code = "cursor_expired"


def encode(cursor: FeedCursor) -> str:
    """Return the cursor as an opaque text, which is accepted for FEED_DAYS."""
    return _signer().sign_object(astuple(cursor))


def decode(text: str) -> FeedCursor:
    """Return the cursor that was encoded.

    Raises CursorExpired, and InvalidParameters if `text` is no cursor of this service.
    """
    try:
        parts = _signer().unsign_object(text, max_age=timedelta(days=settings.FEED_DAYS))
    except SignatureExpired as error:
        raise CursorExpired from error
    except BadSignature as error:
        raise InvalidParameters({"since": FOREIGN_CURSOR}, code="invalid_cursor") from error
    epoch, position, key, is_listing = parts
    return FeedCursor(epoch=epoch, position=position, id=key, is_listing=is_listing)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="bookstore.feed")

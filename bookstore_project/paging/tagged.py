"""Lists that a client need not receive twice: an ETag, and 304 (RFC 9110 section 13.1.2)."""

import hashlib
from functools import partial
from typing import Any

from django.http import HttpResponse
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from bookstore_project.http.preconditions import Precondition


class TaggedListMixin(GenericAPIView[Any]):
    """A list whose JSON pages have an ETag and are answered 304 to a client that has them.

    The tag is a hash of the page's bytes, so it covers all that they depend on: the user, the
    query, the indentation, the rows. Pages for people have none: they also show forms.
    """

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # An unreadable header is refused before anything is read.
        condition = Precondition.of(request)
        response: Response = super().list(request, *args, **kwargs)  # type: ignore[misc]  # of the list view
        if request.accepted_renderer.format == "json":
            response.add_post_render_callback(partial(_tag, condition))
        return response


def _tag(condition: Precondition, response: HttpResponse) -> None:
    """Add the ETag of a rendered page, or make the response a 304 if the client has that page."""
    digest = hashlib.blake2b(response.content, digest_size=16).hexdigest()
    etag = response["ETag"] = f'"{digest}"'
    if condition.is_known(etag):
        response.status_code = 304
        response.content = b""
        del response["Content-Type"]

"""The canonical route that exports everything that is kept about your account."""

import time
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from accounts.models import EventKind, User
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.tokens.authentication import authenticated_user
from books.api.slow_lists import LIST_LIMIT, UNIT
from books.transfer import examples
from books.transfer.archive import account_archive
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.rate_limits import charge_time, require_left
from bookstore_project.http.streams import streamed

from .exports import DISPOSITION, FileNegotiation

ZIP = "application/zip"


@extend_schema(tags=["users"])
class AccountExportView(CanonicalViewMixin):
    """Everything that is kept about you, as a zip with a JSON and a CSV file for each table.

    Your account, sessions, API tokens (without the tokens), events, known networks, books, their
    history and deleted books. The archive is sent while it is read: if the server fails midway, its
    directory is missing, and no program opens it. Each download is an event of your account. It
    counts as a list that takes long, of which half a minute in an hour is allowed.
    """

    content_negotiation_class = FileNegotiation

    @extend_schema(
        summary="Download everything that is kept about you",
        parameters=[DISPOSITION],
        responses={(200, ZIP): OpenApiResponse(OpenApiTypes.BINARY, "The archive.")},
        examples=examples.ACCOUNT_EXPORT,
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        user = authenticated_user(request)
        require_left(LIST_LIMIT, key=str(user.public_id))

        def parts() -> Iterator[bytes]:
            if request.method != "GET":
                return iter(())
            event_record(EventKind.ACCOUNT_EXPORTED, subject=user, origin=Origin.of(request))
            return _charged(account_archive(user), user)

        response = streamed(request, parts)
        response["Content-Type"] = ZIP
        response["Content-Disposition"] = 'attachment; filename="account.zip"'
        response["Cache-Control"] = "no-store"
        return response


def _charged(parts: Iterator[bytes], user: User) -> Iterator[bytes]:
    """Yield the parts, and count the time that they take against the limit of slow lists."""
    seconds = 0.0
    while True:
        started = time.monotonic()
        part = next(parts, None)
        seconds += time.monotonic() - started
        if seconds >= UNIT:
            charge_time(LIST_LIMIT, key=str(user.public_id), seconds=seconds, unit=UNIT)
            seconds %= UNIT
        if part is None:
            return
        yield part

"""The canonical route that imports books from a file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.origins import Origin
from accounts.services.still_allowed import require_still_allowed
from accounts.tokens.authentication import (
    authenticated_user,
    current_api_token,
    require_unexpired_token,
    token_session,
)
from books.api import idempotency
from books.api.idempotency import Keep, answer_work_once
from books.api.view_pages import ImportPage
from books.transfer import examples
from books.transfer.charging import LIMIT, charge
from books.transfer.errors import BusyError, RunningError, TooLargeError, TooSlowError
from books.transfer.form_upload import FormUpload
from books.transfer.formats import NDJSON
from books.transfer.imports import MAXIMUM_REFUSED, Import
from books.transfer.parsers import FILE_PARSERS, FileFormParser, FileParser
from books.transfer.readers.kinds import JSON_FILE, KINDS
from books.transfer.refusal import ImportRefused, ImportRunning, ImportsBusy, ImportTooSlow
from books.transfer.report import Report
from books.transfer.row_report import RowReport, unpacked_lines
from books.transfer.serializers import (
    ImportFormSerializer,
    ImportPageSerializer,
    RefusedProblemSerializer,
    ReportSerializer,
)
from bookstore_project.api.errors import PayloadTooLarge
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.problems import CONTENT_TYPE
from bookstore_project.http.rate_limits import require_limit
from bookstore_project.http.streams import streamed

from .import_request import PARAMETERS, WHAT_TO_SEND, Asked, Sent, asked_for, require_encoding, sent

Answer = Response | StreamingHttpResponse

FORM = FileFormParser.media_type
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    OpenApiTypes.INT,
    OpenApiParameter.HEADER,
    description="The seconds to wait before sending the file again, if another import of yours is "
    "running (`import_running`).",
    response=[409],
)


@extend_schema(tags=["books"])
class BookImportView(CanonicalViewMixin, APIView):
    """Add the books of a file to yours, or change the books that it names.

    The file is CSV (with commas, semicolons or tabs), NDJSON, a JSON array or an Excel workbook
    (`.xlsx`), and may be compressed with gzip (`Content-Encoding: gzip`). Send it as the body (a
    JSON array as `application/json`), or as the field `file` of a form. The exports of Goodreads,
    LibraryThing, Calibre and The StoryGraph are known by their columns; in other files, columns
    have the names of the members or the usual words for them.

    A row is about the book with its `id` and `created_at`, else about your book with its ISBN, else
    about your only book with its `name` and `author`, unless that has another ISBN; else it is a
    new book. So sending the same file again changes nothing.
    An import stores all of a file or nothing: if a row is refused, the answer is a 422 with every
    refusal in `report`. A file may have 50,000 rows (valid, refused and blank ones together) and
    8 MiB, and an import may take 45 seconds (503 `import_too_slow`); an operator may set other
    limits. You can run one import at a time (409 `import_running`), including dry runs.
    """

    parser_classes = (*FILE_PARSERS, FileFormParser)
    page_class = ImportPage
    # Of the request that was read: its page says so.
    is_dry_run = False
    # For the OpenAPI document.
    body_schema = {"required": True}
    query_parameters = {"POST": tuple(parameter.name for parameter in PARAMETERS)}

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Accept the file of a form, which all other routes refuse.

        The upload handler must be set before authentication, because the check of a session's CSRF
        token reads the form.
        """
        if request.content_type == FORM:
            request.upload_handlers = [FormUpload(request, maximum=settings.IMPORT_MAX_BYTES)]
        return super().initialize_request(request, *args, **kwargs)

    def get_serializer(self, *args: Any, **kwargs: Any) -> ImportPageSerializer:
        """Return the form for the page of the browsable API."""
        return ImportPageSerializer(*args, **kwargs)

    @extend_schema(
        summary="Import books from a file",
        parameters=[*PARAMETERS, *idempotency.parameters(status=200), RETRY_AFTER],
        request={
            # A file of text may be in any encoding, so it is documented as bytes. An array among
            # other bodies makes openapi-python-client write a function that fails: the description
            # above has the JSON array.
            **{
                media_type: OpenApiTypes.BINARY
                for kind in KINDS
                if kind is not JSON_FILE
                for media_type in kind.media_types
            },
            FORM: ImportFormSerializer,
        },
        responses={
            (200, "application/json"): ReportSerializer,
            (200, NDJSON.media_type): OpenApiTypes.STR,
            (422, CONTENT_TYPE): RefusedProblemSerializer,
        },
        examples=examples.IMPORT,
    )
    def post(self, request: Request) -> Answer:
        parser = self._parser(request)
        asked = asked_for(request)
        owner = authenticated_user(request)
        require_limit(request, LIMIT, key=str(owner.public_id))
        with sent(request, parser, asked, maximum=settings.IMPORT_MAX_BYTES) as given:
            require_unexpired_token(request)
            self.is_dry_run = given.asked.is_dry_run
            return answer_work_once(
                request,
                partial(_answer, request, given),
                fingerprint=given.fingerprint,
                answer=partial(_again, request, given.asked),
            )

    def _parser(self, request: Request) -> Any:
        """Return the parser of the body's media type. Raises UnsupportedMediaType (415)."""
        negotiator = self.get_content_negotiator()
        parser = negotiator.select_parser(request, self.get_parsers())
        if not isinstance(parser, (FileParser, FileFormParser)):
            raise UnsupportedMediaType(request.content_type, detail=WHAT_TO_SEND)
        require_encoding(request, parser)
        return parser


def _answer(request: Request, given: Sent, keep: Keep | None) -> Answer:
    """Run the import and return the report.

    Raises ImportRefused (422), ImportRunning (409), PayloadTooLarge (413), ImportTooSlow and
    ImportsBusy (503), and RefusedError (503) before the import if the user is receiving too many
    streamed answers.
    """
    if given.asked.is_full:
        return _full_answer(request, given, keep)
    run = _import(request, given.asked)
    return Response(_report(run, given, keep and (lambda r: keep(Response(r.data())))).data())


def _full_answer(request: Request, given: Sent, keep: Keep | None) -> Answer:
    def lines() -> Iterator[bytes]:
        rows = RowReport()
        run = _import(request, given.asked, new_report=lambda: rows)
        kept: dict[str, Any] = {}
        if keep:
            # Before the transaction that keeps it, because packing takes a while.
            run = replace(run, review=lambda plan: kept.update(rows=rows.packed()))
        _report(run, given, keep and (lambda r: keep(Response({**kept, "report": r.data()}))))
        return rows.lines(run.owner, is_dry_run=run.is_dry_run)

    return streamed(request, lines, content_type=NDJSON.content_type)


def _again(request: Request, asked: Asked, data: dict[str, Any]) -> Answer:
    """Return the answer of an earlier request, whose data was kept."""
    if not asked.is_full:
        return Response(data)
    owner = authenticated_user(request)

    def lines() -> Iterator[bytes]:
        return unpacked_lines(data["rows"], data["report"], owner, is_dry_run=asked.is_dry_run)

    return streamed(request, lines, content_type=NDJSON.content_type)


def _report(run: Import, given: Sent, keep: Callable[[Report], object] | None) -> Report:
    try:
        report = run.run(given.file, given.kind, keep=keep)
    except TooLargeError as error:
        raise PayloadTooLarge(f"{error} Send it in parts.") from error
    except RunningError as error:
        raise ImportRunning(wait=error.wait) from error
    except TooSlowError as error:
        raise ImportTooSlow from error
    except BusyError as error:
        raise ImportsBusy from error
    if run.refuses(report):
        raise ImportRefused(report)
    return report


def _import(request: Request, asked: Asked, *, new_report: Callable[[], Report] = Report) -> Import:
    owner, session = authenticated_user(request), token_session(request)
    api_token = current_api_token(request)
    browser = None if session or api_token else getattr(request, "session", None)
    return Import(
        owner=owner,
        recheck=partial(
            require_still_allowed, owner, session=session, browser=browser, api_token=api_token
        ),
        charge=partial(charge, owner),
        origin=Origin.of(request),
        maximum=settings.IMPORT_MAX_BYTES,
        maximum_refused=MAXIMUM_REFUSED,
        maximum_rows=settings.IMPORT_MAX_ROWS,
        maximum_seconds=settings.IMPORT_MAX_SECONDS,
        options=asked.options,
        is_dry_run=asked.is_dry_run,
        skips_refused=asked.skips_refused,
        new_report=new_report,
    )

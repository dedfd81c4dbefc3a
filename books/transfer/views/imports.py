"""The canonical route that imports books from a file."""

from functools import partial
from typing import IO

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.origins import Origin
from accounts.services.sessions import require_still_allowed
from accounts.tokens.authentication import authenticated_user, current_session
from books.api import idempotency
from books.api.idempotency import Keep, answer_work_once, request_hash
from books.transfer import examples
from books.transfer.charging import LIMIT, charge
from books.transfer.errors import BusyError, RunningError, TooLargeError, TooSlowError
from books.transfer.formats import FORMATS, Format
from books.transfer.imports import MAXIMUM_REFUSED, Import
from books.transfer.parsers import CsvParser, FileParser, NdjsonParser
from books.transfer.refusal import ImportRefused, ImportRunning, ImportsBusy, ImportTooSlow
from books.transfer.report import Report
from books.transfer.serializers import RefusedProblemSerializer, ReportSerializer
from books.transfer.upload import uploaded
from bookstore_project.api.errors import PayloadTooLarge
from bookstore_project.api.parameters import boolean_parameter, invalid_parameter
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.problems import CONTENT_TYPE
from bookstore_project.http.rate_limits import require_limit

REJECT, SKIP = "reject", "skip"
ENCODINGS = ("gzip", "identity")

DRY_RUN = OpenApiParameter(
    "dry_run",
    {"type": "boolean", "default": False},
    description="Check the file and report what an import would do, but store nothing.",
)
ON_ERROR = OpenApiParameter(
    "on_error",
    {"type": "string", "enum": [REJECT, SKIP], "default": REJECT},
    description="Whether a refused row refuses the whole file (`reject`) or is left out (`skip`).",
)
# curl sends a file as a form unless the command names a Content-Type.
WHAT_TO_SEND = (
    "Send the file itself as the body, with Content-Type: "
    f"{' or '.join(kind.media_type for kind in FORMATS.values())}."
)
KEY, REPLAYED = idempotency.PARAMETERS
REPLAYED_REPORT = OpenApiParameter(
    REPLAYED.name,
    REPLAYED.type,
    OpenApiParameter.HEADER,
    description=REPLAYED.description,
    response=[200],
)
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

    The file is CSV with the names of the columns in its first line, or NDJSON. It is in UTF-8, and
    may be compressed (`Content-Encoding: gzip`). A row is about the book with its `id` and
    `created_at`, else about your book with its `name` and `author`, else it is a new book; so
    sending the same file again changes nothing. A row with another ISBN than its book is refused.
    An import stores all of a file or nothing: if a row is refused, the answer is a 422 with every
    refusal in `report`. A file may have 50,000 rows (valid, refused and blank ones together) and
    8 MiB, and an import may take 45 seconds (503 `import_too_slow`); an operator may set other
    limits. You can run one import at a time (409 `import_running`), including dry runs.
    """

    parser_classes = (CsvParser, NdjsonParser)
    query_parameters = {"POST": (DRY_RUN.name, ON_ERROR.name)}

    @extend_schema(
        operation_id="books_import",
        summary="Import books from a file",
        parameters=[DRY_RUN, ON_ERROR, KEY, REPLAYED_REPORT, RETRY_AFTER],
        request={kind.media_type: OpenApiTypes.STR for kind in FORMATS.values()},
        responses={200: ReportSerializer, (422, CONTENT_TYPE): RefusedProblemSerializer},
        examples=examples.IMPORT,
    )
    def post(self, request: Request) -> Response:
        kind, run = self._kind(request), _import(request)
        require_limit(request, LIMIT, key=str(run.owner.public_id))
        digest = request_hash(request)
        with uploaded(request, maximum=run.maximum, digest=digest) as file:
            return answer_work_once(
                request,
                lambda keep: _answer(run, file, kind, keep),
                fingerprint=digest.hexdigest(),
            )

    def _kind(self, request: Request) -> Format:
        """Return the format of the body. Raises UnsupportedMediaType (415)."""
        negotiator = self.get_content_negotiator()
        parser = negotiator.select_parser(request, self.get_parsers())
        if not isinstance(parser, FileParser):
            raise UnsupportedMediaType(request.content_type, detail=WHAT_TO_SEND)
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ENCODINGS:
            detail = f"Send the file as it is, or compressed with {ENCODINGS[0]}."
            raise UnsupportedMediaType(encoding, detail=detail)
        return parser.kind


def _answer(run: Import, file: IO[bytes], kind: Format, keep: Keep | None) -> Response:
    """Run the import and return the report.

    Raises ImportRefused (422), ImportRunning (409), PayloadTooLarge (413), and ImportTooSlow
    and ImportsBusy (503).
    """
    keeps = partial(_keep, keep) if keep else None
    try:
        report = run.run(file, kind, keep=keeps)
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
    return Response(report.data())


def _keep(keep: Keep, report: Report) -> None:
    keep(Response(report.data()))


def _import(request: Request) -> Import:
    """Return the import for the parameters of a request. Raises InvalidParameters."""
    on_error = request.query_params.get(ON_ERROR.name, REJECT)
    if on_error not in (REJECT, SKIP):
        raise invalid_parameter(ON_ERROR.name, f"Give {REJECT} or {SKIP}.")
    owner, session = authenticated_user(request), current_session(request)
    browser = None if session else getattr(request, "session", None)
    return Import(
        owner=owner,
        recheck=partial(require_still_allowed, owner, session=session, browser=browser),
        charge=partial(charge, owner),
        origin=Origin.of(request),
        maximum=settings.IMPORT_MAX_BYTES,
        maximum_refused=MAXIMUM_REFUSED,
        maximum_rows=settings.IMPORT_MAX_ROWS,
        maximum_seconds=settings.IMPORT_MAX_SECONDS,
        is_dry_run=boolean_parameter(request, DRY_RUN.name),
        skips_refused=on_error == SKIP,
    )

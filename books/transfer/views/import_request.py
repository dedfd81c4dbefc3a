"""Reads the parameters and the file of a request for an import."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, UnsupportedMediaType, ValidationError
from rest_framework.request import Request

from books.api.idempotency import request_hash
from books.transfer.form_upload import FILE
from books.transfer.options import HELP, IGNORE, REFUSE, FileOptions, OptionError
from books.transfer.parsers import FileFormParser, FileParser
from books.transfer.readers.kinds import CSV_FILE, KINDS, FileKind, kind_named
from books.transfer.serializers import FULL, REJECT, SKIP, SUMMARY, ImportFormSerializer
from books.transfer.upload import require_last_line, uploaded
from bookstore_project.api.parameters import boolean_parameter, invalid_parameter
from bookstore_project.http.undeclared import is_undeclared

ENCODINGS = ("gzip", "identity")

DRY_RUN = OpenApiParameter(
    "dry_run",
    {"type": "boolean", "default": False},
    description="Check the file and report what an import would do, but store nothing.",
)
ON_ERROR = OpenApiParameter(
    "on_error",
    {"type": "string", "enum": [REJECT, SKIP], "default": REJECT},
    description="If a row can't be imported: import nothing (`reject`), or leave that row out "
    "(`skip`).",
)
REPORT = OpenApiParameter(
    "report",
    {"type": "string", "enum": [SUMMARY, FULL], "default": SUMMARY},
    description="What to answer: the counts and the errors (`summary`), or also a line for each "
    "row with the id of its book and what became of it, as NDJSON (`full`).",
)
SCHEMAS: dict[str, dict[str, Any]] = {
    "encoding": {"type": "string", "examples": ["windows-1252"]},
    "columns": {"type": "string", "examples": ["Title:name,Cost:price"]},
    "unknown": {"type": "string", "enum": [REFUSE, IGNORE], "default": REFUSE},
    "date_format": {"type": "string", "examples": ["%d.%m.%Y"]},
    "sheet": {"type": "string", "examples": ["Sheet1"]},
}
OPTIONS = [OpenApiParameter(name, SCHEMAS[name], description=text) for name, text in HELP.items()]
PARAMETERS = [DRY_RUN, ON_ERROR, REPORT, *OPTIONS]
CHOICES = {ON_ERROR.name: (REJECT, SKIP), REPORT.name: (SUMMARY, FULL)}

# curl sends a file as a form unless the command names a Content-Type.
WHAT_TO_SEND = (
    "Send the file itself as the body, with Content-Type: "
    f"{', '.join(media_type for kind in KINDS for media_type in kind.media_types)}; "
    f"or a form (multipart/form-data) with the field `{FILE}`."
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the parameters of a request ask for."""

    options: FileOptions
    is_dry_run: bool
    skips_refused: bool
    is_full: bool


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The file of a request. `fingerprint` is that of the whole request, without its boundary."""

    file: IO[bytes]
    kind: FileKind | None
    fingerprint: str
    asked: Asked


def require_encoding(request: Request, parser: Any) -> None:
    """Raise UnsupportedMediaType (415) for an encoding of the content that is not read."""
    encoding = _encoding(request)
    if encoding not in ENCODINGS or (encoding == "gzip" and isinstance(parser, FileFormParser)):
        detail = f"Send the file as it is, or compressed with {ENCODINGS[0]}."
        raise UnsupportedMediaType(encoding, detail=detail)


def _encoding(request: Request) -> str:
    return str(request.headers.get("Content-Encoding", "identity")).strip().lower()


@contextmanager
def sent(request: Request, parser: Any, asked: Asked, *, maximum: int) -> Iterator[Sent]:
    """Yield the file of a request as a file on disk, which is deleted after the block.

    `parser` is that of the media type. Raises PayloadTooLarge (413), ParseError and ValidationError
    (400).
    """
    digest = request_hash(request)
    if isinstance(parser, FileParser):
        with uploaded(request, maximum=maximum, digest=digest) as file:
            if (
                parser.kind is CSV_FILE
                and is_undeclared(request)
                and _encoding(request) == "identity"
            ):
                require_last_line(file)
            yield Sent(file=file, kind=parser.kind, fingerprint=digest.hexdigest(), asked=asked)
        return
    form = ImportFormSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    upload = _only_file(request)
    data: Any = request.data
    texts = {name: data[name] for name in form.fields if name != FILE and data.get(name)}
    texts[DRY_RUN.name] = "true" if form.validated_data[DRY_RUN.name] else ""
    # Each request makes up another boundary, and a form another CSRF token.
    parts = [request.method, request.get_full_path(), sorted(texts.items())]
    digest = hashlib.sha256(repr(parts).encode())
    digest.update(hashlib.file_digest(upload.file, "sha256").digest())
    upload.file.seek(0)
    yield Sent(
        file=upload.file,
        kind=kind_named(upload.name or ""),
        fingerprint=digest.hexdigest(),
        asked=asked_for(request, texts),
    )


def _only_file(request: Request) -> Any:
    files = [file for _, each in request.FILES.lists() for file in each]
    if len(files) != 1:
        raise ValidationError({FILE: [ErrorDetail("Send one file.", code="invalid")]})
    return files[0]


def asked_for(request: Request, form: Mapping[str, str] | None = None) -> Asked:
    """Return what the query asks for, and the form, whose fields count more.

    A dry run is one if either asks for it. Raises InvalidParameters and ValidationError.
    """
    form = form or {}
    query = {name: request.query_params[name] for name in _names(request)}
    texts = {**query, **{name: text for name, text in form.items() if text}}
    for name, choices in CHOICES.items():
        if texts.get(name, choices[0]) not in choices:
            raise invalid_parameter(name, f"Give {' or '.join(choices)}.")
    try:
        options = FileOptions.read({name: texts.get(name) for name in HELP})
    except OptionError as error:
        if error.name in query and not form.get(error.name):
            raise invalid_parameter(error.name, error.detail) from error
        detail = ErrorDetail(error.detail, code="invalid")
        raise ValidationError({error.name: [detail]}) from error
    return Asked(
        options=options,
        is_dry_run=boolean_parameter(request, DRY_RUN.name) or bool(form.get(DRY_RUN.name)),
        skips_refused=texts.get(ON_ERROR.name) == SKIP,
        is_full=texts.get(REPORT.name) == FULL,
    )


def _names(request: Request) -> list[str]:
    known = {parameter.name for parameter in PARAMETERS}
    return [name for name in request.query_params if name in known]

"""The kinds of files that an import reads, with their media types and the ends of their names."""

from dataclasses import dataclass
from pathlib import PurePath

from books.transfer.formats import CSV, NDJSON


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """A kind of file. The first of the media types is the one to send."""

    name: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]


CSV_FILE = FileKind(
    name=CSV.name,
    media_types=(CSV.media_type, "text/tab-separated-values"),
    suffixes=(".csv", ".tsv", ".tab"),
)
NDJSON_FILE = FileKind(
    name=NDJSON.name,
    media_types=(NDJSON.media_type,),
    suffixes=(".ndjson", ".jsonl"),
)
JSON_FILE = FileKind(name="json", media_types=("application/json",), suffixes=(".json",))
WORKBOOK = FileKind(
    name="xlsx",
    media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    suffixes=(".xlsx", ".xlsm"),
)
KINDS = (CSV_FILE, NDJSON_FILE, JSON_FILE, WORKBOOK)


def kind_named(name: str) -> FileKind | None:
    """Return the kind of a file by the end of its name, which may also say that it is gzip."""
    suffix = PurePath(name.lower().removesuffix(".gz")).suffix
    return next((kind for kind in KINDS if suffix in kind.suffixes), None)

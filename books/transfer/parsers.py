"""What an import takes: each kind of file that an export gives."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from .formats import CSV, NDJSON, Format


class FileParser(BaseParser):
    """Names a kind of file; the body is read by the import itself."""

    kind: Format

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return nothing: a page of the browsable API asks for the data it shows again."""
        return {}


class CsvParser(FileParser):
    media_type = CSV.media_type
    kind = CSV


class NdjsonParser(FileParser):
    media_type = NDJSON.media_type
    kind = NDJSON

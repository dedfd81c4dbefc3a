"""What an import takes: each kind of file that an export gives."""

from typing import Any

from rest_framework.parsers import BaseParser

from .formats import CSV, NDJSON, Format


class FileParser(BaseParser):
    """Names a kind of file; the body is read by the import itself."""

    kind: Format

    def parse(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return nothing: a page asks for the data of what was refused, to show it again."""
        return {}


class CsvParser(FileParser):
    media_type = CSV.media_type
    kind = CSV


class NdjsonParser(FileParser):
    media_type = NDJSON.media_type
    kind = NDJSON

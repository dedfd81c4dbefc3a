"""One parser for each file format, so that an import accepts its media type."""

from typing import Any

from rest_framework.parsers import BaseParser

from .formats import CSV, NDJSON, Format


class FileParser(BaseParser):
    """Names a file format. The import itself reads the body."""

    kind: Format

    def parse(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return no data. The browsable API asks for it, to show the form again."""
        return {}


class CsvParser(FileParser):
    media_type = CSV.media_type
    kind = CSV


class NdjsonParser(FileParser):
    media_type = NDJSON.media_type
    kind = NDJSON

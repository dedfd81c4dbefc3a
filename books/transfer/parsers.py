"""One parser for each media type of a file, so that an import accepts it; and one for forms."""

from rest_framework.parsers import BaseParser, MultiPartParser

from .readers.kinds import CSV_FILE, JSON_FILE, NDJSON_FILE, WORKBOOK, FileKind


class FileParser(BaseParser):
    """Names a kind of file. The import itself reads the body."""

    kind: FileKind


class CsvParser(FileParser):
    media_type = CSV_FILE.media_types[0]
    kind = CSV_FILE


class TsvParser(FileParser):
    media_type = CSV_FILE.media_types[1]
    kind = CSV_FILE


class NdjsonParser(FileParser):
    media_type = NDJSON_FILE.media_types[0]
    kind = NDJSON_FILE


class JsonFileParser(FileParser):
    media_type = JSON_FILE.media_types[0]
    kind = JSON_FILE


class WorkbookParser(FileParser):
    media_type = WORKBOOK.media_types[0]
    kind = WORKBOOK


class FileFormParser(MultiPartParser):
    """A form with a file, whose bytes the request's upload handler bounds: see form_upload.py."""


FILE_PARSERS = (CsvParser, TsvParser, NdjsonParser, JsonFileParser, WorkbookParser)

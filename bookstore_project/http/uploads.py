"""Upload handlers: files are skipped unless a view accepts them, and forms have a bounded size."""

from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler, SkipFile
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict

from .utf8 import NOT_UTF8_FORM, STRICT

# Bytes of a form beside its file.
FIELDS_MAXIMUM = 65_536


class BoundedHandler(FileUploadHandler):
    """Refuses a form over DATA_UPLOAD_MAX_MEMORY_SIZE bytes, and one that is not UTF-8.

    Django counts only the fields of a form against that limit, and replaces bytes that are not
    UTF-8 by U+FFFD.
    """

    @property
    def maximum(self) -> int:
        """The most bytes of a form, its files included."""
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803  # Django's own name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        if content_length > self.maximum:
            raise RequestDataTooBig("The form is too large.")
        if encoding == STRICT:
            super().handle_raw_input(input_data, META, content_length, boundary, encoding)
            return None
        # A handler may parse the form itself. This one uses Django's parser with a codec that
        # raises instead of replacing.
        stream: Any = input_data
        try:
            return MultiPartParser(META, stream, [self], STRICT).parse()
        except UnicodeDecodeError as error:
            raise BadRequest(NOT_UTF8_FORM) from error


class RefuseUploads(BoundedHandler):
    """Skips every file in a form.

    Django would write files to the disk for anybody, before it checks a CSRF token.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise SkipFile


class KeepUploads(BoundedHandler, MemoryFileUploadHandler):
    """Keeps the file of an import in memory, and never on a disk."""

    @property
    def maximum(self) -> int:
        # The fields of the form, and the lines around them.
        return int(settings.IMPORT_MAX_BYTES) + FIELDS_MAXIMUM

    def handle_raw_input(
        self, *args: Any, **kwargs: Any
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """Read a file of any allowed length; Django leaves those over 2.5 MB to another handler."""
        found = super().handle_raw_input(*args, **kwargs)
        self.activated = True
        return found

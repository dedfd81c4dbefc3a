"""Saves the file of an HTML form (multipart/form-data, RFC 7578) to disk."""

import tempfile
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from bookstore_project.http.uploads import FIELDS_MAXIMUM, BoundedHandler

from .upload import too_large

FILE = "file"


class FormUpload(BoundedHandler):
    """Keeps one file of at most `maximum` bytes, which are counted as they arrive.

    The file is never whole in memory, and deleted when the request ends. Files of other fields are
    skipped. Raises PayloadTooLarge (413).
    """

    def __init__(self, request: HttpRequest, *, maximum: int) -> None:
        super().__init__(request)
        self._maximum = maximum
        self._size = 0
        self._file: IO[bytes] | None = None

    def __del__(self) -> None:
        """Close the file of a form that was cut off. The request closes any other."""
        if self._file is not None:
            self._file.close()

    @property
    def maximum(self) -> int:
        return self._maximum + FIELDS_MAXIMUM

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803  # Django's own name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """Refuse a form that is too long before its first byte is read.

        An error of Django's own would not end the authentication of a session, which reads the
        form, and the page of the error would ask for it again.
        """
        if content_length > self.maximum:
            raise too_large(self._maximum)
        return super().handle_raw_input(input_data, META, content_length, boundary, encoding)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.field_name != FILE:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size > self._maximum:
            raise too_large(self._maximum)
        self._opened.write(raw_data)

    @property
    def _opened(self) -> IO[bytes]:
        """The file of the form, from its beginning to its end."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # see __del__()
        return self._file

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        file, self._file = self._opened, None
        complete: UploadedFile[Any] = UploadedFile(
            file=file, name=self.file_name, content_type=self.content_type, size=file_size
        )
        complete.seek(0)
        return complete

"""Uploads: none but where a view asks for one, and a body is never larger than it may be."""

from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler, SkipFile


class BoundedHandler(FileUploadHandler):
    """Refuses a form over DATA_UPLOAD_MAX_MEMORY_SIZE bytes.

    Django counts only the fields of a form against that limit.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803  # Django's own name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("The form is too large.")
        super().handle_raw_input(input_data, META, content_length, boundary, encoding)


class RefuseUploads(BoundedHandler):
    """Skips every file in a form.

    Django would write files to the disk for anyone, before it looks at a CSRF token.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise SkipFile


class KeepUploads(BoundedHandler, MemoryFileUploadHandler):
    """Keeps the files of a form in memory, where any other body is: never on a disk."""

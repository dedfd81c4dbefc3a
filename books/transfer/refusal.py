"""API errors for a file of which nothing was stored."""

from rest_framework import status
from rest_framework.exceptions import APIException

from bookstore_project.api.errors import ExtendedProblem

from .report import Report


class ImportRefused(ExtendedProblem):
    """422 with the report that says why."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = (
        "Nothing was imported. Correct the rows in `report`, or leave them out with on_error=skip."
    )
    default_code = "import_refused"

    def __init__(self, report: Report) -> None:
        unreadable = (
            "Nothing was imported: the rest of the file can't be read. `report` says where and why."
        )
        super().__init__(None if report.is_whole else unreadable)
        self.members = {"report": report.data()}


class ImportRunning(APIException):
    """409 with Retry-After; `wait` is in seconds."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "Another import of yours is running. Send the file again when it has ended."
    default_code = "import_running"

    def __init__(self, *, wait: int) -> None:
        super().__init__()
        self.wait = wait


class ImportTooSlow(APIException):
    """503 with Retry-After."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = (
        "The import took too long. Nothing was stored. Send the file in parts, or try again later."
    )
    default_code = "import_too_slow"
    # Seconds.
    wait = 60


class ImportsBusy(APIException):
    """503 with Retry-After."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = (
        "Other imports were running all the time. Nothing was stored. Send the file again later."
    )
    default_code = "busy"
    # Seconds.
    wait = 60

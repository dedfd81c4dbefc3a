"""The answer to a file that is refused."""

from rest_framework import status

from bookstore_project.errors import ExtendedProblem

from .report import Report


class ImportRefused(ExtendedProblem):
    """422 with the report that says why."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = (
        "Nothing was imported. Correct what `report` lists, or leave it out with on_error=skip."
    )
    default_code = "import_refused"

    def __init__(self, report: Report) -> None:
        unreadable = "Nothing was imported: the file can't be read on. `report` says where and why."
        super().__init__(None if report.is_whole else unreadable)
        self.members = {"report": report.data()}

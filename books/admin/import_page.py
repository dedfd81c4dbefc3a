"""The page of an imported file in the Django admin: its texts, and what its buttons do."""

from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from books.fields import SETTABLE
from books.models import FileImport
from books.models.file_import import WORK, Stage
from books.transfer import jobs
from books.transfer.preview import SHOWN
from bookstore_project.http.refusal import DATABASE_UNAVAILABLE, DISK_FULL

IMPORT, SKIP, AGAIN = BUTTONS = ("import", "skip", "again")

# The texts of the problems in books/transfer/jobs.py.
PROBLEMS = {
    "too_large": _("The file has too many bytes after decompression. Send it in parts."),
    "too_slow": _("The import took too long. Send the file in parts, or try again later."),
    "busy": _("Other imports were running all the time. Try again later."),
    "running": _("Another import of yours is running. Try again when it has ended."),
    jobs.CHANGED: _("Somebody changed one of these books meanwhile. Try again."),
    "not_allowed": _("Your session has ended meanwhile, or you may no longer import."),
    DISK_FULL.code: _(DISK_FULL.detail),
    DATABASE_UNAVAILABLE.code: _(DATABASE_UNAVAILABLE.detail),
    jobs.FAILED: _("The server failed. Try again later."),
}
INTERRUPTED = _("The server was stopped meanwhile. Try again.")


def context_of(job: FileImport) -> dict[str, Any]:
    """Return what the page shows of a file."""
    is_interrupted = job.is_interrupted
    report = job.preview.get("report", {})
    return {
        "subtitle": job.name,
        "job": job,
        "is_running": job.stage in WORK and not is_interrupted,
        "is_failed": job.stage == Stage.FAILED or is_interrupted,
        "problem": INTERRUPTED if is_interrupted else PROBLEMS.get(job.problem),
        "report": report,
        "dialect": report.get("dialect"),
        "recognised": report.get("columns", []),
        "left_out": report.get("left_out", []),
        "notes": report.get("notes", [])[:SHOWN],
        "errors": [_shown(error) for error in report.get("errors", [])[:SHOWN]],
        "imported": jobs.imported(report) if job.stage == Stage.DONE else "",
        "columns": SETTABLE,
        "shown": SHOWN,
    }


def press(button: str, job: FileImport, request: HttpRequest) -> bool:
    """Queue the import or another preview, and return whether the file was ready for that.

    One statement decides, so that of two tabs only one imports, and only the preview that it
    showed.
    """
    running = FileImport.objects.running()
    found = FileImport.objects.filter(pk=job.pk)
    stage, ready = Stage.READING, found.exclude(stage=Stage.DONE).exclude(pk__in=running)
    fields = jobs.request_of(cast("User", request.user))
    if button == IMPORT:
        if request.POST.get("digest") != job.digest:
            return False
        stage, ready = Stage.STORING, ready.filter(stage=Stage.READY, digest=job.digest)
        ready = ready.exclude(digest="")
    elif button == SKIP:
        fields["options"] = {**job.options, "skips_refused": True}
    with transaction.atomic():
        is_ready = ready.again(stage, **fields) > 0
        jobs.wake()
    return is_ready


def _shown(error: dict[str, Any]) -> dict[str, Any]:
    """Return an error of the report with the file's name of its column, empty for a whole row."""
    member = error["pointer"].removeprefix("#").removeprefix("/")
    return {**error, "column": error["column"] or member}

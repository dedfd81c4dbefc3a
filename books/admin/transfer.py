"""Files in the Django admin: an import with a preview, and an export of selected books."""

from codecs import BOM_UTF8
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import Throttled

from accounts.models import User
from books.models import Book, FileImport
from books.transfer import jobs
from books.transfer.charging import LIMIT
from books.transfer.export import PATHS
from books.transfer.formats import CSV
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.problems import error_page
from bookstore_project.http.rate_limits import require_limit
from bookstore_project.http.uploads import KeepUploads
from bookstore_project.web.admin_lists import KeysetAdmin

from .import_forms import ImportForm, too_large
from .import_page import BUTTONS, PROBLEMS, context_of, press

FORM, PAGE = "admin:books_book_import", "admin:books_book_import_page"


class BookTransferMixin(KeysetAdmin[Book]):
    """The import has two pages: a form, and the page of the file that was sent with it.

    The second page shows how far the preview or the import is, and loads itself again until it
    has ended. jobs.py does the work in the background, so that a lost connection stops nothing.
    """

    change_list_template = "admin/books/book/change_list.html"
    actions: Any = ("export_selected",)

    def get_urls(self) -> list[URLPattern]:
        form = csrf_exempt(self.upload_view)
        page = self.admin_site.admin_view(self.import_page)
        own = [
            path("import/", form, name="books_book_import"),
            path("import/<int:import_id>/", page, name="books_book_import_page"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {"may_import": self.has_import_permission(request), **(extra_context or {})}
        return super().changelist_view(request, shown)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Accept an uploaded file, which all other routes refuse.

        The upload handlers must be set before the form is read, and the CSRF check reads the form.
        This view is therefore exempt from that check, and the admin's view inside makes it.
        """
        request.upload_handlers = [KeepUploads(request)]
        try:
            return self.admin_site.admin_view(self.import_form)(request)
        except RequestDataTooBig:
            messages.error(request, too_large())
            return redirect(FORM)

    def import_form(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or queue its file for the preview."""
        user = self._importer(request)
        is_sent = request.method == "POST"
        form = ImportForm(
            request.POST if is_sent else None,
            request.FILES if is_sent else None,
            initial={"owner": user.name},
        )
        earlier = FileImport.objects.current().filter(user=user).order_by("-pk")
        if form.is_valid():
            if running := earlier.running().without_content().first():
                messages.error(request, PROBLEMS["running"])
                return redirect(PAGE, running.pk)
            return _too_many(request, user) or _queued(form, user)
        return self._page(
            request, "import_form", form=form, earlier=earlier.without_content().first()
        )

    def import_page(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """Show how far a file is, its preview or its end. A POST is a button of that page."""
        user = self._importer(request)
        found = FileImport.objects.current().filter(user=user, pk=import_id)
        job = found.without_content().first()
        if job is None:
            messages.error(request, _("The preview is too old. Choose the file again."))
            return redirect(FORM)
        if request.method != "POST":
            return self._page(request, "import_page", **context_of(job))
        button = request.POST.get("button", "")
        if button not in BUTTONS:
            raise BadRequest(gettext_noop("There is no such button on this page."))
        if refusal := _too_many(request, user):
            return refusal
        if not press(button, job, request):
            messages.warning(request, _("The page was out of date. This is its present state."))
        return redirect(PAGE, import_id)

    @admin.action(description=_("Export selected books"), permissions=["export"])
    def export_selected(self, request: HttpRequest, books: QuerySet[Book]) -> HttpResponse:
        """Send the selected books as a file that can be imported."""
        headers = {"Content-Disposition": 'attachment; filename="books.csv"'}
        return HttpResponse(
            csv_of(books.order_by("pk")), content_type=CSV.content_type, headers=headers
        )

    def _importer(self, request: HttpRequest) -> User:
        """Return the user. Raises PermissionDenied if they may not import."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        return cast("User", request.user)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        own = {"title": _("Import books"), **context}
        return TemplateResponse(request, f"admin/books/book/{name}.html", {**shared, **own})


def csv_of(books: QuerySet[Book]) -> bytes:
    """Return books as the API exports them, but with a byte order mark and the owners' names.

    Spreadsheets open the file by a double click, and take it for UTF-8 only with that mark.
    """
    paths = [path.replace("owner__public_id", "owner__name") for path in PATHS]
    return BOM_UTF8 + CSV.head + CSV.lines(books.values_list(*paths))


def _queued(form: ImportForm, user: User) -> HttpResponse:
    """Queue the file of a valid form for its preview."""
    with transaction.atomic():
        job = form.save(user)
        jobs.wake()
    return redirect(PAGE, job.pk)


def _too_many(request: HttpRequest, user: User) -> HttpResponse | None:
    """Count an import against LIMIT_IMPORT, and return the 429 if there were too many.

    A preview counts as an import, like a dry run of the API, because it takes as long.
    """
    try:
        require_limit(request, LIMIT, key=str(user.public_id))
    except LimitExceededError as error:
        limited = Throttled(wait=error.wait)
        response = error_page(
            request,
            status=limited.status_code,
            code=limited.default_code,
            detail=str(limited.detail),
        )
        response["Retry-After"] = str(error.wait)
        return response
    return None

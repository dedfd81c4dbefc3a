"""Files in the Django admin: an import with a preview, and an export of selected books."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from import_export.admin import ImportMixin
from import_export.results import Result
from rest_framework.exceptions import APIException, Throttled

from accounts.models import User
from accounts.origins import Origin
from books.models import Book
from books.transfer.errors import FileError, RunningError
from books.transfer.formats import CSV
from books.transfer.refusal import ImportRunning
from books.transfer.runs import leased
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.problems import error_page
from bookstore_project.http.rate_limits import require_limit
from bookstore_project.http.uploads import KeepUploads

from .files import FILES, SignedFile, csv_of
from .import_forms import BookConfirmForm, BookImportForm, too_large
from .resource import BookResource, Outcome


class BookTransferMixin(ImportMixin):
    resource_classes = (BookResource,)
    import_formats = FILES
    import_form_class = BookImportForm
    confirm_form_class = BookConfirmForm
    tmp_storage_class = SignedFile
    import_template_name = "admin/books/book/import.html"
    actions: Any = ("export_selected",)

    def get_urls(self) -> list[URLPattern]:
        own = path("import/", csrf_exempt(self.upload_view), name="books_book_import")
        return [own, *super().get_urls()]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Accept an uploaded file, which all other routes refuse.

        The upload handlers must be set before the form is read, and the CSRF check reads the form.
        This view is therefore exempt from that check, and the admin's view inside makes it.
        """
        request.upload_handlers = [KeepUploads(request)]
        try:
            return cast("HttpResponse", self.admin_site.admin_view(self.import_action)(request))
        except RequestDataTooBig:
            messages.error(request, too_large())
            return redirect("admin:books_book_import")

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return _alone(request, super().import_action, **kwargs)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return _alone(request, super().process_import, **kwargs)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"importer": cast("User", request.user), "origin": Origin.of(request)}

    def get_import_resource_kwargs(
        self, request: HttpRequest, form: Any, **kwargs: Any
    ) -> dict[str, Any]:
        form.outcome = Outcome()
        is_confirmed = isinstance(form, BookConfirmForm)
        return {
            **super().get_import_resource_kwargs(request, **kwargs),
            "outcome": form.outcome,
            "previewed": form.cleaned_data["previewed"] if is_confirmed else None,
        }

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial = super().get_confirm_form_initial(request, import_form)
        return {**initial, "previewed": str(import_form.outcome)} if import_form else initial

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Store nothing if a row that was valid in the preview is no longer valid."""
        return {"rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Form, error: FileError) -> None:
        form.add_error("import_file", str(error.row))

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        if not (result.has_errors() or result.has_validation_errors()):
            return cast("HttpResponse", super().process_result(result, request))
        refusal = _(
            "Nothing was imported: somebody changed a book meanwhile. Choose the file again."
        )
        messages.error(request, refusal)
        return redirect("admin:books_book_import")

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        text = _("Imported books: %(new)s added, %(update)s changed, %(skip)s unchanged.")
        messages.success(request, text % dict(result.totals))

    @admin.action(description=_("Export selected books"), permissions=["export"])
    def export_selected(self, request: HttpRequest, books: QuerySet[Book]) -> HttpResponse:
        """Send the selected books as a file that can be imported."""
        headers = {"Content-Disposition": 'attachment; filename="books.csv"'}
        return HttpResponse(
            csv_of(books.order_by("pk")), content_type=CSV.content_type, headers=headers
        )


def _alone(request: HttpRequest, view: Callable[..., Any], **kwargs: Any) -> HttpResponse:
    """Call `view` with the user's import lock, and count the request against LIMIT_IMPORT.

    A preview counts as an import, like a dry run of the API, because it takes as long.
    """
    if request.method != "POST":
        return cast("HttpResponse", view(request, **kwargs))
    user = cast("User", request.user)
    try:
        require_limit(request, "import", key=str(user.public_id))
        with leased(user):
            return cast("HttpResponse", view(request, **kwargs))
    except RunningError as error:
        return _refusal(request, ImportRunning(wait=error.wait), error.wait)
    except LimitExceededError as error:
        return _refusal(request, Throttled(wait=error.wait), error.wait)


def _refusal(request: HttpRequest, error: APIException, wait: int) -> HttpResponse:
    response = error_page(
        request,
        status=error.status_code,
        code=error.default_code,
        detail=str(error.detail),
    )
    response["Retry-After"] = str(wait)
    return response

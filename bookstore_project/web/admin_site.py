"""The Django admin as the shop's staff see it."""

import logging
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator

from bookstore_project.http.charset import require_utf8_form

from .record_keys import require_keys, require_keys_of_others
from .sign_in import LimitedSignInMixin, open_to_strangers

ModelT = TypeVar("ModelT", bound=Model)
View = TypeVar("View", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

# More than any filter, search or page of the admin needs.
MAXIMUM_QUERY_LENGTH = 2_000


class SignInForm(LimitedSignInMixin, AdminAuthenticationForm):
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        # Django's own sentence says that names tell upper from lower case, which ours do not.
        "invalid_login": "The name or the password is wrong, or the account is not an admin's.",
    }


class BookstoreAdminSite(admin.AdminSite):
    login_form = SignInForm
    site_header = "Bookstore"
    site_title = "Bookstore admin"
    index_title = "Records"

    @method_decorator(open_to_strangers)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().login(request, extra_context)

    def password_change(  # type: ignore[override]  # its stub knows a page alone
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Lead to the one page where people change their own password, under its limits."""
        return redirect("password")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        return super().admin_view(_refusing_impossible_values(view), cacheable)


def _refusing_impossible_values(view: View) -> View:
    """Answer 400 where a made-up request asks the database for something that can't be.

    Django checks the parameters of a list's filters by their form alone: a day that the calendar
    does not have, a regular expression or a NUL would be a 500. What a driver or a column says of
    values is about those that were sent, by whatever method; a ValueError or a failed calculation
    may be a fault of our own, unless an address with a query causes it.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        query = request.META["QUERY_STRING"]
        if len(query) > MAXIMUM_QUERY_LENGTH:
            raise BadRequest("The query is too long.")
        require_utf8_form(request)
        try:
            response = view(request, *args, **kwargs)
            # A list asks the database only while it is written out.
            return response.render() if isinstance(response, TemplateResponse) else response
        except (DataError, OverflowError) as error:
            if not (query or kwargs or request.method == "POST"):
                raise
            raise _refusal(request, error) from error
        except (ArithmeticError, ValueError) as error:
            if not query or request.method != "GET":
                raise
            raise _refusal(request, error) from error

    return cast("View", checked)


def _refusal(request: HttpRequest, error: Exception) -> BadRequest:
    logger.warning("Refused %s: %r", request.path, error)
    sent = "form" if request.method == "POST" else "address"
    return BadRequest(f"The {sent} has a value that can't be looked up or stored.")


class BoundedPaginator(Paginator[Any]):
    """Counts no further than `maximum_count` rows, so that a page costs the same in any table.

    Rows past the bound are reached by search and filters.
    """

    maximum_count = 10_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)  # what the admin passes
        return rows[: self.maximum_count].count()


class RecordAdmin(admin.ModelAdmin[ModelT]):
    """What the pages of all records share: they cost the same in any table."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    # Every row of a page can be ticked; see DATA_UPLOAD_MAX_NUMBER_FIELDS.
    list_max_show_all = 200
    # Counts beside the filters would read the whole table.
    show_facets = admin.ShowFacets.NEVER

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[ModelT], *args: Any, **kwargs: Any
    ) -> Any:
        """Refuse what no page of ours offers: to do it to all pages at once, and made-up rows."""
        if request.POST.get("select_across") not in (None, "", "0"):
            raise BadRequest("Choose the records on one page at a time.")
        require_keys(self.opts.pk, request.POST.getlist(ACTION_CHECKBOX_NAME))
        return super().response_action(request, queryset, *args, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        require_keys_of_others(self.model, request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ModelT | None:
        """Take an empty `_to_field` for none; Django would look for a column without a name."""
        return super().get_object(request, object_id, from_field or None)

    def log_change(self, request: HttpRequest, obj: ModelT, message: Any) -> Any:
        """Leave a form that was saved without a change out of Django's own log."""
        return super().log_change(request, obj, message) if message else None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse regular expressions, which only a made-up address asks for."""
        is_expression = lookup.endswith(("__regex", "__iregex"))
        return not is_expression and super().lookup_allowed(lookup, value, request)

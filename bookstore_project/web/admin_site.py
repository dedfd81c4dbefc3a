"""The Django admin site, and the base class of its model admins."""

import logging
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from typing import Any, ClassVar, TypeVar, cast

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
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from bookstore_project.http.charset import require_utf8_form

from .admin_figures import Figure, counted
from .record_keys import require_keys, require_keys_of_others
from .sign_in import LimitedSignInMixin

ModelT = TypeVar("ModelT", bound=Model)
View = TypeVar("View", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

# Characters; no filter, search or page of the admin needs more.
MAXIMUM_QUERY_LENGTH = 2_000


class SignInForm(LimitedSignInMixin, AdminAuthenticationForm):
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        # Django's text says that names are case-sensitive; ours are not.
        "invalid_login": _(
            "The name or the password is wrong, or the account may not use this site."
        ),
    }


class BookstoreAdminSite(admin.AdminSite):
    """Our texts and checks. accounts/login/admin_site.py adds the second step of the sign-in."""

    login_form = SignInForm
    site_header = "Bookstore"
    site_title = _("Bookstore admin")
    index_title = _("Records")

    def password_change(  # type: ignore[override]  # the stub allows only a TemplateResponse
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Redirect to the page of the account where people change their own password."""
        return redirect("account:password")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show figures and tools of the models that the user may see, besides their names.

        The app that builds on the others is registered last, and comes first.
        """
        seen = [
            each
            for each in reversed(self._registry.values())
            if isinstance(each, RecordAdmin) and each.has_view_permission(request)
        ]
        context = {
            "figures": [counted(figure) for each in seen for figure in each.index_figures],
            "tools": [template for each in seen for template in each.index_templates],
            **(extra_context or {}),
        }
        return super().index(request, context)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        return super().admin_view(_refusing_impossible_values(view), cacheable)


def _refusing_impossible_values(view: View) -> View:
    """Answer 400 instead of 500 to a forged request whose values the database refuses.

    Django checks only the syntax of filter parameters: a day that the calendar does not have, a
    regular expression or a NUL would be a 500. A DataError or OverflowError is always about the
    values in the request. A ValueError or ArithmeticError may be a bug of ours, so it becomes a
    400 only for a GET request with a query.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        query = request.META["QUERY_STRING"]
        if len(query) > MAXIMUM_QUERY_LENGTH:
            raise BadRequest(gettext_noop("The query is too long."))
        require_utf8_form(request)
        try:
            response = view(request, *args, **kwargs)
            # Rendered here, because a list runs its queries while it is rendered.
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
    if request.method == "POST":
        return BadRequest(gettext_noop("The form has a value that can't be looked up or stored."))
    return BadRequest(gettext_noop("The address has a value that can't be looked up or stored."))


class BoundedPaginator(Paginator[Any]):
    """Counts at most `maximum_count` rows, so that a page costs the same in a table of any size.

    Rows beyond that number are found by search and filters.
    """

    maximum_count = 10_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)  # The admin always passes a queryset.
        return rows[: self.maximum_count].count()


class RecordAdmin(admin.ModelAdmin[ModelT]):
    """Base class of the model admins: its pages cost the same in a table of any size."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    # Each selected row is a form field: keep this below DATA_UPLOAD_MAX_NUMBER_FIELDS.
    list_max_show_all = 200
    # Counts and forms of the rows on the index of the site.
    index_figures: ClassVar[Sequence[Figure]] = ()
    index_templates: ClassVar[Sequence[str]] = ()
    # Counts beside the filters would read the whole table.
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Call the page by what it lists, and not by what may be done with one of them."""
        title = capfirst(self.opts.verbose_name_plural)
        page = super().changelist_view(request, {"title": title, **(extra_context or {})})
        return cast("TemplateResponse", page)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[ModelT], *args: Any, **kwargs: Any
    ) -> Any:
        """Refuse actions on all pages at once, and forged keys; our pages offer neither."""
        if request.POST.get("select_across") not in (None, "", "0"):
            raise BadRequest(gettext_noop("Choose the records on one page at a time."))
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
        """Treat an empty `_to_field` as absent; Django would look up a column named ""."""
        return super().get_object(request, object_id, from_field or None)

    def log_change(self, request: HttpRequest, obj: ModelT, message: Any) -> Any:
        """Write no log entry for a form that was saved without a change."""
        return super().log_change(request, obj, message) if message else None

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Name the record in the title of the page, as the other pages of a record do."""
        return super().render_delete_form(request, {**context, "subtitle": str(context["object"])})

"""The pages of the browsable API, as a subclass of Django REST framework's renderer."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib.auth import get_user
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import UnreadablePostError
from django.template.loader import render_to_string
from rest_framework.exceptions import APIException
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request, is_form_media_type
from rest_framework.utils import formatting

from bookstore_project.http.body_length import is_stranger
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from bookstore_project.http.languages import declare_language, in_language_of

# The title of the page of an address without a resource.
NOTHING_HERE = "Nothing here"

# After these statuses the form is shown again with the refused content, to be corrected.
CORRECTABLE = {400, 409}

# After these statuses the form is empty: the body was not read, or was not the reason.
UNREAD = {403, 413, 429}

# The codes of problem details about query parameters.
REFUSED_PARAMETERS = {"invalid_parameter", "unknown_parameter"}

# The page of one record has one raw form for both methods.
UPDATES = {"PUT", "PATCH"}


def view_name(view: Any) -> str:
    """DRF's VIEW_NAME_FUNCTION: "Books" and "Book" where DRF has "Book List", "Book Instance"."""
    name = formatting.remove_trailing_string(view.__class__.__name__, "View")
    name = formatting.camelcase_to_spaces(formatting.remove_trailing_string(name, "ViewSet"))
    name = name.replace("Api ", "API ")
    return f"{name}s" if getattr(view, "suffix", None) == "List" else name


# Slashes in a path with breadcrumbs. No route of ours has as many, and DRF recurses for each.
MAXIMUM_DEPTH = 10

# Characters of a refused body that the page shows again. A longer one is left out, not cut off.
MAXIMUM_REPEATED = 16_384


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's renderer, except that a refused form keeps its content and shows its errors.

    DRF reads both from the response; ours contains problem details instead.
    """

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the page in the person's language.

        An error page for somebody who is not signed in has at most STRANGERS_MAXIMUM bytes. The
        address, member names and field contents appear several times and escaped, so the full page
        could be many times as long as the request; a short page with the error alone replaces it.
        The short page also answers errors after which there is nothing to correct, because it takes
        a tenth of the time.
        """
        context = renderer_context or {}
        with in_language_of(context["request"]):
            declare_language(context["response"])
            return self._page(data, accepted_media_type, context)

    def _page(self, data: Any, accepted_media_type: str | None, context: Mapping[str, Any]) -> Any:
        status = context["response"].status_code
        is_bounded = status >= HTTPStatus.BAD_REQUEST and is_stranger(context["request"])
        if is_bounded and status in UNREAD:
            return render_to_string("error.html", data)
        page = super().render(data, accepted_media_type, context)
        if is_bounded and len(page.encode()) > STRANGERS_MAXIMUM:
            return render_to_string("error.html", data)
        return page

    def get_context(
        self,
        data: Any,
        accepted_media_type: str | None,
        renderer_context: Mapping[str, Any],
    ) -> dict[str, Any]:
        self.status: int = renderer_context["response"].status_code
        context = super().get_context(data, accepted_media_type, renderer_context)
        if not context["user"].is_authenticated:
            # A view without authentication ignores the session; the header still shows the name.
            context["user"] = get_user(renderer_context["request"])
        context["records"] = _records(data, renderer_context["view"])
        confirmation = getattr(renderer_context["view"], "delete_serializer_class", None)
        if confirmation is not None and context.pop("delete_form"):
            context["confirmed_delete_form"] = self.render_form_for_serializer(confirmation())
        # If Pygments is installed, DRF adds an inline <style>, which our CSP refuses.
        context["code_style"] = None
        return context

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        """Return the pages above this one, without addresses that have no resource."""
        if request.path.count("/") > MAXIMUM_DEPTH:
            return []
        *above, here = super().get_breadcrumbs(request)
        return [*(crumb for crumb in above if crumb[0] != NOTHING_HERE), here]

    def get_filter_form(self, data: Any, view: Any, request: Request) -> Any:
        """Return the filters of a list, also if one of them was just refused."""
        is_list = hasattr(view, "list") and not view.kwargs
        is_refused = is_list and isinstance(data, dict) and data.get("code") in REFUSED_PARAMETERS
        return super().get_filter_form([] if is_refused else data, view, request)

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        form = super().get_rendered_html_form(data, view, method, request)
        if isinstance(form, str) and self._was_sent(method, request, as_form=True):
            # Only the serializer's fields are shown, and no other members of the body.
            return self.render_form_for_serializer(view.get_serializer(data=_body(request)))
        return form

    def get_raw_data_form(
        self, data: Any, view: Any, method: str, request: Request
    ) -> forms.Form | None:
        form = super().get_raw_data_form(data, view, method, request)
        if isinstance(form, forms.Form) and self._was_sent(method, request, as_form=False):
            sent = _as_it_was_sent(view, request)
            if sent is not None and len(sent) <= MAXIMUM_REPEATED:
                form.fields["_content"].initial = sent
        return form

    def _was_sent(self, method: str, request: Request, *, as_form: bool) -> bool:
        """Whether the form for `method` is the one whose content was just refused."""
        sent_by = UPDATES if request.method in UPDATES else {request.method}
        return (
            method in sent_by
            and self.status in CORRECTABLE
            and is_form_media_type(request.content_type) == as_form
            and bool(_body(request))
        )


def _body(request: Request) -> Any:
    """Return the parsed body; None if it can't be read.

    The body of a request that was refused for its address is first read here.
    """
    try:
        return request.data
    except (APIException, BadRequest, SuspiciousOperation, UnreadablePostError):
        return None


def _records(data: Any, view: Any) -> list[tuple[str, str]]:
    """Return the name and the address of each record on a page of a list."""
    key = "id" if getattr(view, "lookup_field", "") == "pk" else getattr(view, "lookup_field", "")
    rows = data.get("results", []) if isinstance(data, dict) else []
    path = view.request.path.rstrip("/")
    return [(row["name"], f"{path}/{row[key]}") for row in rows if "name" in row]


def _as_it_was_sent(view: Any, request: Request) -> str | None:
    """Return the refused body to correct, without passwords, which a page never shows.

    If the serializer has a password, or the sender is not signed in, only members that are fields
    are kept: the value of a mistyped name may be a password. None if the body is then no object.
    """
    fields = view.get_serializer().fields
    data = request.data
    secret = {name for name, field in fields.items() if field.write_only}
    if secret or is_stranger(request):
        if not isinstance(data, dict):
            return None
        data = {name: data[name] for name in fields if name in data and name not in secret}
    text = json.dumps(data, indent=4, default=str, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # UTF-8 can't encode a lone surrogate, so it is shown escaped.
        return json.dumps(data, indent=4, default=str)
    return text

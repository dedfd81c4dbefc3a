"""The browsable API: what our pages do that Django REST framework's own do not."""

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

# What the page of an address without a resource is called.
NOTHING_HERE = "Nothing here"

# The statuses after which a person corrects what was sent, and sends it again.
CORRECTABLE = {400, 409}

# The statuses after which there is nothing to correct: the body was not read, or not refused.
UNREAD = {403, 413, 429}

# The codes of an answer to parameters that can't be used.
REFUSED_PARAMETERS = {"invalid_parameter", "unknown_parameter"}

# The page of one record has one raw form, for both methods.
UPDATES = {"PUT", "PATCH"}


def view_name(view: Any) -> str:
    """DRF's VIEW_NAME_FUNCTION: "Books" and "Book" where DRF has "Book List", "Book Instance"."""
    name = formatting.remove_trailing_string(view.__class__.__name__, "View")
    name = formatting.camelcase_to_spaces(formatting.remove_trailing_string(name, "ViewSet"))
    return f"{name}s" if getattr(view, "suffix", None) == "List" else name


# More steps than any of our addresses has; DRF recurses for each.
MAXIMUM_DEPTH = 10

# Characters of a refused body that its page repeats. A longer one is left out, not cut off.
MAXIMUM_REPEATED = 16_384


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's renderer, in which a refused form keeps what was typed and says what was wrong.

    DRF takes that from the response, where ours has problem details.
    """

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the page; to a stranger who was refused, no more than they may send themselves.

        The address, the names of members and what stands in fields are repeated in several places
        and escaped, so that a page could be many times as long as they are. A page that would be
        longer than STRANGERS_MAXIMUM bytes is replaced by a short one that only says what was
        wrong. So is a page that would repeat nothing of the body: the short one takes a tenth of
        the time.
        """
        context = renderer_context or {}
        status = context["response"].status_code
        is_bounded = status >= HTTPStatus.BAD_REQUEST and is_stranger(context["request"])
        if is_bounded and status in UNREAD:
            return render_to_string("error.html", data)
        page = super().render(data, accepted_media_type, renderer_context)
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
            # A view open to anyone looks at no credentials; the page still says who is signed in.
            context["user"] = get_user(renderer_context["request"])
        context["records"] = _records(data, renderer_context["view"])
        confirmation = getattr(renderer_context["view"], "delete_serializer_class", None)
        if confirmation is not None and context.pop("delete_form"):
            context["confirmed_delete_form"] = self.render_form_for_serializer(confirmation())
        # A <style> in the page, where Pygments happens to be installed; our policy refuses it.
        context["code_style"] = None
        return context

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        """Return the pages above this one, without the addresses that only lead further."""
        if request.path.count("/") > MAXIMUM_DEPTH:
            return []
        *above, here = super().get_breadcrumbs(request)
        return [*(crumb for crumb in above if crumb[0] != NOTHING_HERE), here]

    def get_filter_form(self, data: Any, view: Any, request: Request) -> Any:
        """Return the filters of a list, also where one of them has just been refused."""
        is_list = hasattr(view, "list") and not view.kwargs
        is_refused = is_list and isinstance(data, dict) and data.get("code") in REFUSED_PARAMETERS
        return super().get_filter_form([] if is_refused else data, view, request)

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        form = super().get_rendered_html_form(data, view, method, request)
        if isinstance(form, str) and self._was_sent(method, request, as_form=True):
            # The fields of the serializer, and no others that were sent.
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
        """Whether the form for `method` is the one whose content has just been refused."""
        sent_by = UPDATES if request.method in UPDATES else {request.method}
        return (
            method in sent_by
            and self.status in CORRECTABLE
            and is_form_media_type(request.content_type) == as_form
            and bool(_body(request))
        )


def _body(request: Request) -> Any:
    """Return what was sent; None if it can't be read.

    A request that is refused for its address alone was not read before.
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
    """Return the refused body to correct: without passwords, which a page never shows.

    If the serializer has a password, or a stranger sent the body, only members that are fields are
    kept: a password may be the value of a mistyped name. None if the body is no object then.
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
        # A lone surrogate, which a page in UTF-8 can only show escaped.
        return json.dumps(data, indent=4, default=str)
    return text

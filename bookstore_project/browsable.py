"""The browsable API: what our pages do that Django REST framework's own do not."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth import get_user
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request, is_form_media_type
from rest_framework.utils import formatting

# What the page of an address without a resource is called.
NOTHING_HERE = "Nothing here"

# The statuses after which a person corrects what was sent, and sends it again.
CORRECTABLE = {400, 409}

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


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's renderer, in which a refused form keeps what was typed and says what was wrong.

    DRF takes that from the response, where ours has problem details.
    """

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
            return self.render_form_for_serializer(view.get_serializer(data=request.data))
        return form

    def get_raw_data_form(
        self, data: Any, view: Any, method: str, request: Request
    ) -> forms.Form | None:
        form = super().get_raw_data_form(data, view, method, request)
        if isinstance(form, forms.Form) and self._was_sent(method, request, as_form=False):
            form.fields["_content"].initial = _as_it_was_sent(view, request)
        return form

    def _was_sent(self, method: str, request: Request, *, as_form: bool) -> bool:
        """Whether the form for `method` is the one whose content has just been refused."""
        sent_by = UPDATES if request.method in UPDATES else {request.method}
        return (
            method in sent_by
            and self.status in CORRECTABLE
            and is_form_media_type(request.content_type) == as_form
            # Empty if the body could not be read.
            and bool(request.data)
        )


def _records(data: Any, view: Any) -> list[tuple[str, str]]:
    """Return the name and the address of each record on a page of a list."""
    key = "id" if getattr(view, "lookup_field", "") == "pk" else getattr(view, "lookup_field", "")
    rows = data.get("results", []) if isinstance(data, dict) else []
    path = view.request.path.rstrip("/")
    return [(row["name"], f"{path}/{row[key]}") for row in rows if "name" in row]


def _as_it_was_sent(view: Any, request: Request) -> str:
    """Return the refused body to correct: without passwords, which a page never shows."""
    fields = view.get_serializer().fields
    data = request.data
    if isinstance(data, dict):
        secret = {name for name, field in fields.items() if field.write_only}
        data = {name: value for name, value in data.items() if name not in secret}
    text = json.dumps(data, indent=4, default=str, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # A lone surrogate, which a page in UTF-8 can only show escaped.
        return json.dumps(data, indent=4, default=str)
    return text

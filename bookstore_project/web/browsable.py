"""The pages of the browsable API, as a subclass of Django REST framework's renderer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib.auth import get_user
from django.template import loader
from django.template.loader import render_to_string
from rest_framework.renderers import BrowsableAPIRenderer, HTMLFormRenderer
from rest_framework.request import Request, is_form_media_type
from rest_framework.utils import formatting

from bookstore_project.http.body_length import is_stranger
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from bookstore_project.http.languages import declare_language, in_language_of
from bookstore_project.openapi.operation_texts import operation_texts

from .page_problem import PageProblem
from .refused_body import body_to_correct, parsed_body
from .view_page import ViewPage

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

# The methods that a route without GET is called after, the first of them that it has.
WRITING = ("POST", "PUT", "DELETE")

# What DRF calls the forms of a page.
FORMS = (
    "post_form",
    "put_form",
    "delete_form",
    "raw_data_post_form",
    "raw_data_put_form",
    "raw_data_patch_form",
    "raw_data_put_or_patch_form",
)


def view_name(view: Any) -> str:
    """DRF's VIEW_NAME_FUNCTION: "Books", "Book" and "API tokens", after what a page shows.

    A route without GET is called by what it does, in the words of the OpenAPI document: "Sign in".
    """
    if not any(hasattr(view, method) for method in ("get", "list", "retrieve")):
        method = next(each for each in WRITING if hasattr(view, each.lower()))
        return operation_texts(view, method).summary
    name = formatting.remove_trailing_string(view.__class__.__name__, "View")
    name = formatting.camelcase_to_spaces(formatting.remove_trailing_string(name, "ViewSet"))
    name = name.capitalize().replace("Api ", "API ").replace(" api ", " API ")
    return f"{name}s" if getattr(view, "suffix", None) == "List" else name


# Slashes in a path with breadcrumbs. No route of ours has as many, and DRF recurses for each.
MAXIMUM_DEPTH = 10


class FieldsRenderer(HTMLFormRenderer):
    """DRF's renderer of fields. `prefix` begins the ids of one form among several on a page."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's renderer with pages of our own: links, notices, questions, and errors beside fields.

    A refused form keeps its content. DRF reads both the content and the errors from the response;
    ours contains problem details instead. See ViewPage for what a view adds to its page.
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
        view, response = renderer_context["view"], renderer_context["response"]
        self.status: int = response.status_code
        self.part: ViewPage = getattr(view, "page_class", ViewPage)(view, response)
        context = super().get_context(data, accepted_media_type, renderer_context)
        if not context["user"].is_authenticated:
            # A view without authentication ignores the session; the header still shows the name.
            context["user"] = get_user(renderer_context["request"])
        if self.part.is_gone:
            context.update(dict.fromkeys(FORMS))
        return {**context, **self._own_context(context, view)}

    def _own_context(self, context: dict[str, Any], view: Any) -> dict[str, Any]:
        """Return the values that DRF's pages do not have."""
        method, part = context["request"].method, self.part
        part.may_change = bool(context["put_form"])
        forms = [context["post_form"], context["put_form"], context["filter_form"]]
        # The page of a route without GET has its form alone.
        is_alone = method == "GET" and self.status == HTTPStatus.METHOD_NOT_ALLOWED
        is_refused = self.status in CORRECTABLE
        return {
            "subject": part.subject,
            "heading": part.heading,
            "notice": part.notice(),
            "problem": None
            if is_alone
            else PageProblem.of(part.response, forms=forms, others=part.errors()),
            "links": part.links() if self.status != HTTPStatus.UNAUTHORIZED else [],
            "rows": part.rows(),
            "is_empty": part.is_empty_list,
            "titles": {each: part.title(each) for each in ("POST", "PUT", "PATCH", "DELETE")},
            "post_forms": context["display_edit_forms"]
            and (context["post_form"] or context["raw_data_post_form"]),
            "is_post_open": is_alone or method == "POST",
            "is_raw_open": is_refused and not is_form_media_type(context["request"].content_type),
            # The answer to a form that was sent comes before the next form.
            "is_sent": method not in {"GET", "OPTIONS"} and self.status < HTTPStatus.BAD_REQUEST,
            "is_only_form": is_alone,
            "is_filter_refused": self.is_filter_refused,
            **self._deletion(context, view),
        }

    def _deletion(self, context: dict[str, Any], view: Any) -> dict[str, Any]:
        if not context["delete_form"]:
            return {"asks_deletion": False}
        serializer_class = getattr(view, "delete_serializer_class", None)
        return {
            "asks_deletion": True,
            "question": self.part.question(),
            "consequence": self.part.consequence(),
            "confirmed_delete_form": serializer_class
            and self.render_form_for_serializer(
                serializer_class(context={"request": context["request"]}), prefix="delete-"
            ),
        }

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        """Return the pages above this one, without addresses that have no resource."""
        if request.path.count("/") > MAXIMUM_DEPTH:
            return []
        *above, here = super().get_breadcrumbs(request)
        return [*(crumb for crumb in above if crumb[0] != NOTHING_HERE), here]

    def get_filter_form(self, data: Any, view: Any, request: Request) -> Any:
        """Return the filters of a list, also if one of them was just refused."""
        is_list = hasattr(view, "list") and not view.kwargs
        self.is_filter_refused = (
            is_list and isinstance(data, dict) and data.get("code") in REFUSED_PARAMETERS
        )
        return super().get_filter_form([] if self.is_filter_refused else data, view, request)

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        form = super().get_rendered_html_form(data, view, method, request)
        if isinstance(form, str) and self._was_sent(method, request, as_form=True):
            # Only the serializer's fields are shown, and no other members of the body.
            return self.render_form_for_serializer(view.get_serializer(data=parsed_body(request)))
        is_sent = request.method == method == "POST" and self.status < HTTPStatus.BAD_REQUEST
        if isinstance(form, str) and is_sent:
            # After a success it is empty, for the next record.
            return self.render_form_for_serializer(view.get_serializer())
        return form

    def render_form_for_serializer(self, serializer: Any, *, prefix: str = "") -> str:
        """Return the fields of a form. Their ids begin with `prefix`."""
        if hasattr(serializer, "initial_data"):
            serializer.is_valid()
        template = loader.get_template("rest_framework/horizontal/form.html")
        style = {
            "template_pack": "rest_framework/horizontal",
            "renderer": FieldsRenderer(prefix),
        }
        return template.render({"form": serializer.data.serializer, "style": style})

    def get_raw_data_form(
        self, data: Any, view: Any, method: str, request: Request
    ) -> forms.Form | None:
        if not self.part.has_raw_forms:
            return None
        form = super().get_raw_data_form(data, view, method, request)
        if isinstance(form, forms.Form) and self._was_sent(method, request, as_form=False):
            sent = body_to_correct(view, request)
            if sent is not None:
                form.fields["_content"].initial = sent
        return form

    def _was_sent(self, method: str, request: Request, *, as_form: bool) -> bool:
        """Whether the form for `method` is the one whose content was just refused."""
        sent_by = UPDATES if request.method in UPDATES else {request.method}
        return (
            method in sent_by
            and self.status in CORRECTABLE
            and is_form_media_type(request.content_type) == as_form
            and bool(parsed_body(request))
        )

"""The parts of a view's page in the browsable API that Django REST framework does not know.

A view has the class of its page as `page_class`; without one it has a plain ViewPage.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response
from rest_framework.utils import formatting

from bookstore_project.openapi.operation_texts import operation_texts

from .page_problem import FieldError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Link:
    text: "StrOrPromise"
    address: str


@dataclass(frozen=True, kw_only=True)
class Button:
    """A form of one button, which sends `fields` by POST. `label` says more than `text`."""

    text: "StrOrPromise"
    address: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    label: "StrOrPromise" = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A record of a list."""

    text: "StrOrPromise"
    address: str = ""
    note: "StrOrPromise" = ""
    button: Button | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What has just happened, and where to go on."""

    text: "StrOrPromise"
    links: tuple[Link, ...] = ()
    button: Button | None = None


class ViewPage:
    """The page of one response.

    The titles of forms and the question before a deletion are those of the OpenAPI document, unless
    `titles` has another one for the method.
    """

    titles: Mapping[str, "StrOrPromise"] = {}
    # Whether JSON can be typed in.
    has_raw_forms = True
    # Whether the sender may change the record: known once the forms are made.
    may_change = False

    def __init__(self, view: Any, response: Response) -> None:
        self.view = view
        self.request = view.request
        self.response = response
        self.data: Any = response.data

    @property
    def is_success(self) -> bool:
        return self.response.status_code < HTTPStatus.MULTIPLE_CHOICES

    @property
    def subject(self) -> str:
        """The name of the one record of this page; empty if there is none."""
        is_one = bool(self.view.kwargs) and self.is_success and isinstance(self.data, dict)
        return str(self.data.get("name", "")) if is_one else ""

    @property
    def heading(self) -> str:
        """The heading of the page, in the language of its visitor; empty: the name of its view."""
        return self.subject

    @property
    def is_gone(self) -> bool:
        """Whether the record of this address does not exist, so that no form is about it."""
        is_deleted = self.request.method == "DELETE" and self.is_success
        is_missing = self.response.status_code == HTTPStatus.NOT_FOUND
        return bool(self.view.kwargs) and (is_deleted or is_missing)

    def title(self, method: str) -> str:
        """Return what the form or the button for this method does, perhaps as HTML."""
        if method in self.titles:
            return str(self.titles[method])
        text = operation_texts(self.view, method).summary or method
        is_english = (get_language() or "en").startswith("en")
        return text if is_english else format_html('<span lang="en">{}</span>', text)

    def question(self) -> str:
        """Return what is asked before the DELETE."""
        return format_html("{}?", self.title("DELETE"))

    def consequence(self) -> str:
        """Return the description of the DELETE as HTML."""
        return formatting.markup_description(operation_texts(self.view, "DELETE").description)

    def notice(self) -> Notice | None:
        """Return what a request other than GET has done."""
        if self.request.method in {"GET", "OPTIONS"} or not self.is_success:
            return None
        if self.response.status_code == HTTPStatus.CREATED:
            return Notice(text=_("Created:"), links=self._created())
        if self.request.method == "DELETE":
            return Notice(text=_("Done."))
        return Notice(text=_("Done. The answer is below."))

    def _created(self) -> tuple[Link, ...]:
        name = self.data.get("name", _("the new record"))
        location = self.response.headers.get("Location")
        return (Link(name, location or "#answer-title"),)

    def errors(self) -> list[FieldError]:
        """Return the errors of a refused request that are not about its fields."""
        return []

    def links(self) -> list[Link]:
        """Return the pages that belong to this one, for whom may see them."""
        return []

    def rows(self) -> list[Row]:
        """Return the records of a list, by their names."""
        attribute = getattr(self.view, "lookup_field", "")
        key = "id" if attribute == "pk" else attribute
        path = self.request.path.rstrip("/")
        return [
            Row(text=row["name"], address=f"{path}/{row[key]}")
            for row in self.results()
            if "name" in row
        ]

    def results(self) -> list[Any]:
        """Return the records of a list; none if the response is no list."""
        results: list[Any] = self.data.get("results", []) if isinstance(self.data, dict) else []
        return results

    @property
    def is_empty_list(self) -> bool:
        return isinstance(self.data, dict) and self.data.get("results") == []

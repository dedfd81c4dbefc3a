"""The summary of problem details at the top of a page, which leads to the wrong fields."""

import re
from dataclasses import dataclass
from html import unescape
from http import HTTPStatus
from typing import Any

from rest_framework.response import Response

# The id of a field and its label, in the HTML of our forms.
LABEL = re.compile(r'<(?:label for|legend id)="((?:field-|id_)[a-z_]+)"[^>]*>([^<]*)<')


@dataclass(frozen=True)
class FieldError:
    """An error, and the id of the form field that it is about, if the page has it."""

    detail: str
    label: str = ""
    field_id: str = ""


@dataclass(frozen=True)
class PageProblem:
    """Problem details for people."""

    status: int
    title: str
    detail: str
    code: str
    errors: list[FieldError]

    @classmethod
    def of(
        cls, response: Response, *, forms: list[Any], others: list[FieldError]
    ) -> "PageProblem | None":
        """Return the problem of an error response, else None.

        `forms` are the page's, as HTML; `others` are errors that its view knows.
        """
        if response.status_code < HTTPStatus.BAD_REQUEST:
            return None
        data: dict[str, Any] = response.data
        html = "".join(form for form in forms if isinstance(form, str))
        labels = {field_id: unescape(label) for field_id, label in LABEL.findall(html)}
        return cls(
            status=data["status"],
            title=data["title"],
            detail=data["detail"],
            code=data["code"],
            errors=[*(_error(error, labels) for error in data.get("errors", ())), *others],
        )


def _error(error: dict[str, str], labels: dict[str, str]) -> FieldError:
    name = error.get("parameter") or error.get("pointer", "").removeprefix("#").removeprefix("/")
    field_id = f"id_{name}" if "parameter" in error else f"field-{name}"
    if field_id in labels:
        return FieldError(error["detail"], labels[field_id], field_id)
    return FieldError(error["detail"], name)

"""What clients of HTTP look for in the OpenAPI document: media types and headers."""

from typing import Any

from drf_spectacular.utils import Direction

from bookstore_project.api.parsers import JSONParser, MergePatchParser
from bookstore_project.api.views import ACCEPT_PATCH, PATCH, MergePatchMixin

from .schema import ProblemAutoSchema


class HttpAutoSchema(ProblemAutoSchema):
    """Adds the merge patches of a view to its operations."""

    def _get_request_body(self, direction: Direction = "request") -> Any:
        body = super()._get_request_body(direction)
        if body and self._takes_patches():
            body["content"][MergePatchParser.media_type] = body["content"][JSONParser.media_type]
        return body

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if self._takes_patches():
            bodies["415"]["headers"][ACCEPT_PATCH] = _reference(ACCEPT_PATCH)
        return bodies

    def _takes_patches(self) -> bool:
        return self.method == PATCH and isinstance(self.view, MergePatchMixin)


def _reference(header: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{header}"}

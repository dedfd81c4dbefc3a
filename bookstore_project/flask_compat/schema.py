"""Generates the OpenAPI operations of the tutorial's routes."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from books.api.price_fields import price_request_schema
from books.api.text_fields import VISIBLE
from bookstore_project.api.anonymous import AnonymousMixin
from bookstore_project.openapi.schema import ProblemAutoSchema
from bookstore_project.openapi.security import TokenScheme

from .examples import MESSAGES
from .serializers import MessageSerializer, TutorialChangeSerializer


class MessageAutoSchema(ProblemAutoSchema):
    error_serializer = MessageSerializer
    error_media_type = "application/json"
    error_examples = MESSAGES
    # There are no sessions here, and no API tokens.
    token_statuses = (401,)

    def get_operation_id(self) -> str:
        """Return the id of the form that other operations have, after `tutorial_`."""
        operation_id = super().get_operation_id()
        if self.method == "GET" and "{" not in self.path:
            operation_id = operation_id.replace("_retrieve", "_list")
        return f"tutorial_{operation_id}"

    def is_deprecated(self) -> bool:
        """Return True: new clients use the canonical API."""
        return True

    def _postprocess_serializer_schema(
        self, schema: dict[str, Any], serializer: Any, direction: Direction
    ) -> dict[str, Any]:
        """Require one member of a change, which may leave out each of them."""
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)
        if direction == "request" and isinstance(serializer, TutorialChangeSerializer):
            schema["anyOf"] = [{"required": [name]} for name in sorted(schema["properties"])]
        return schema

    def _get_request_body(self, direction: Direction = "request") -> Any:
        """Require the body of a change, although each member may be left out; not of a sign-in."""
        body = super()._get_request_body(direction)
        return body and {**body, "required": not getattr(self.view, "is_body_optional", False)}

    def get_auth(self) -> list[dict[str, list[Any]]]:
        """Return the headers that may contain the token; the tutorial's routes take one more."""
        if isinstance(self.view, AnonymousMixin):
            return super().get_auth()
        return [{name: []} for name in (*TokenScheme.name, "tutorialBareToken")]

    def _is_list_view(self, serializer: object = None) -> bool:
        """Return False: these lists are not paged, but complete arrays in an object."""
        return False

    def error_statuses(self) -> Iterator[int]:
        """Leave out 406 and 415: bodies are always JSON. Tokens of some admins are 403."""
        if self.view.get_authenticators():
            yield 403
        yield from (status for status in super().error_statuses() if status not in (406, 415))


class TutorialPriceFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "bookstore_project.flask_compat.serializers.TutorialPriceField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        if direction == "response":
            return {"type": "number", "minimum": 0}
        return price_request_schema()


class TutorialTextFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "bookstore_project.flask_compat.serializers.TutorialTextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        if direction == "response":
            return {"type": "string"}
        return {"type": ["string", "integer"], "pattern": VISIBLE}

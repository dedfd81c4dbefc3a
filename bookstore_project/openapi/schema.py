"""Generates the OpenAPI operations of our views, as extensions of drf-spectacular."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_media_type_object
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated

from bookstore_project.api.anonymous import AnonymousMixin
from bookstore_project.api.parameters import KnownParametersMixin
from bookstore_project.api.strict_members import StrictMembersMixin
from bookstore_project.http.problems import CONTENT_TYPE
from bookstore_project.http.request_id import HEADER as REQUEST_ID

from .codes import FieldCodeField, ProblemCodeField
from .deprecated import announce
from .examples import CROSS_SITE, INVALID_QUERY, PROBLEMS, UNKNOWN_PARAMETER
from .extensions import with_examples
from .security import insufficient_scope, scope_note

# Header fields of error responses besides the request id.
HEADERS_OF = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}

# Header fields of all responses of an operation with a rate limit.
LIMIT_HEADERS = ["RateLimit", "RateLimit-Policy"]
# Members that generated clients must not read as integers of 32 bits.
WIDE = ("id", "version")


class FieldErrorSerializer(serializers.Serializer[Any]):
    """An error of one field of the body, or of one query parameter."""

    pointer = serializers.CharField(
        required=False,
        help_text="JSON pointer to the field (RFC 6901), as a URI fragment.",
    )
    parameter = serializers.CharField(required=False, help_text="Name of a query parameter.")
    code = FieldCodeField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="For people.")


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField(help_text="Always `about:blank`; `code` tells errors apart.")
    title = serializers.CharField(help_text="The name of the status.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong, and what to do.")
    code = ProblemCodeField(help_text="Stable, for programs.")
    request_id = serializers.CharField(help_text="The same as in X-Request-Id and in the logs.")
    errors = FieldErrorSerializer(  # type: ignore[assignment]  # a field hides Serializer.errors
        many=True, required=False
    )


class ProblemAutoSchema(AutoSchema):
    """Adds to each operation the errors that its view can answer, and the response headers.

    Errors specific to a view are documented by an example with their status.
    """

    # flask_compat's class derives from this one: drf-spectacular combines the two only then.
    error_serializer: type[serializers.Serializer[Any]] = ProblemSerializer
    error_media_type = CONTENT_TYPE
    error_examples: Mapping[int, list[OpenApiExample]] = PROBLEMS
    # 403: an API token may not send the request, or the user may not.
    token_statuses: tuple[int, ...] = (401, 403)

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation, or None if the document leaves it out.

        The description has the scope that an API token needs: linters allow only OAuth schemes to
        name scopes in the security requirement. `security: []` is that of an operation that is open
        to everyone.
        """
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        operation["description"] += scope_note(method=self.method, path=self.path)
        if operation.get("security") == [{}]:
            operation["security"] = []
        deprecation = getattr(self.view, "deprecations", {}).get(self.method)
        if deprecation:
            announce(operation, deprecation)
        return operation

    def get_operation_id(self) -> str:
        """Return the segments of the path and a verb, such as `users_me_events_list`.

        Clients that are generated from the document name their functions after it.
        """
        return re.sub(r"\W+", "_", super().get_operation_id()).strip("_")

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        return [
            {**parameter, "schema": with_examples(parameter["schema"])} for parameter in parameters
        ]

    def _get_request_body(self, direction: Direction = "request") -> Any:
        """Add the body of a DELETE whose view has a `delete_serializer_class`.

        drf-spectacular ignores it. The `body_schema` of a view is added to its other bodies.
        """
        serializer_class = getattr(self.view, "delete_serializer_class", None)
        if self.method != "DELETE" or serializer_class is None:
            body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # untyped there
            return body and {**body, **getattr(self.view, "body_schema", {})}
        serializer = serializer_class()
        (media_type,) = self.map_parsers()
        component = self.resolve_serializer(serializer, direction)
        examples = self._get_examples(serializer, direction, media_type)  # type: ignore[no-untyped-call]  # the same
        content = build_media_type_object(component.ref, examples)
        return {"content": {media_type: content}, "required": True}

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        own = {"503"}.intersection(bodies)  # A probe's own 503 has no Retry-After.
        for status in self.error_statuses():
            if str(status) not in bodies:
                bodies[str(status)] = self._get_response_for_code(  # type: ignore[no-untyped-call]  # untyped there
                    self._error_response(status), str(status), [self.error_media_type]
                )
        if self._get_request_body():
            # Answered by middleware, in the same format on both surfaces.
            length_required = OpenApiResponse(ProblemSerializer, examples=PROBLEMS[411])
            bodies["411"] = self._get_response_for_code(  # type: ignore[no-untyped-call]  # the same
                length_required, "411", [CONTENT_TYPE]
            )
        for code, response in bodies.items():
            response["description"] = response["description"] or HTTPStatus(int(code)).phrase
            names = [REQUEST_ID, *(() if code in own else HEADERS_OF.get(code, ()))]
            names += LIMIT_HEADERS if "429" in bodies else ()
            references = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
            response["headers"] = response.get("headers", {}) | references
        return dict(sorted(bodies.items()))

    def _error_response(self, status: int) -> OpenApiResponse:
        has_own = any(str(status) in _statuses(example) for example in self.get_examples())
        examples = [] if has_own else self.error_examples.get(status, [])
        if status == HTTPStatus.BAD_REQUEST and self.error_media_type == CONTENT_TYPE:
            is_strict = isinstance(self.view, KnownParametersMixin)
            examples = [
                *(examples if self._get_request_body() else ()),
                *([UNKNOWN_PARAMETER] if is_strict else ()),
                INVALID_QUERY,
            ]
        if status == HTTPStatus.FORBIDDEN and not has_own:
            examples = [CROSS_SITE] if self._is_anonymous() else self._refused_examples()
        return OpenApiResponse(self.error_serializer, examples=examples)

    def _refused_examples(self) -> list[OpenApiExample]:
        """Return the examples of a 403. The tutorial's routes take no API token."""
        examples = self.error_examples[HTTPStatus.FORBIDDEN]
        if HTTPStatus.FORBIDDEN not in self.token_statuses:
            return examples
        return [*examples, insufficient_scope(method=self.method, path=self.path)]

    def _get_serializer_field_meta(self, field: Any, direction: Direction) -> dict[str, Any]:
        """Leave out the keys that the field's own `request_schema` overrides."""
        meta: dict[str, Any] = super()._get_serializer_field_meta(  # type: ignore[no-untyped-call]  # untyped there
            field, direction
        )
        own = getattr(field, "request_schema", {}) if direction == "request" else {}
        return {key: value for key, value in meta.items() if key not in own}

    def _postprocess_serializer_schema(
        self, schema: dict[str, Any], serializer: Any, direction: Direction
    ) -> dict[str, Any]:
        """Mark the members that responses always have, and forbid other members in requests.

        A model serializer writes every field, also those that a request may omit.
        """
        schema = super()._postprocess_serializer_schema(  # type: ignore[no-untyped-call]  # untyped there
            schema, serializer, direction
        )
        for name, member in schema["properties"].items():
            if name in WIDE and member.get("type") == "integer":
                member["format"] = "int64"
        if direction == "response" and isinstance(serializer, serializers.ModelSerializer):
            schema["required"] = sorted(schema["properties"])
        if direction == "request" and isinstance(serializer, StrictMembersMixin):
            schema["additionalProperties"] = serializer.is_lenient
        return schema

    def _is_anonymous(self) -> bool:
        return isinstance(self.view, AnonymousMixin) and self.method not in SAFE_METHODS

    def error_statuses(self) -> Iterator[int]:
        """Yield the statuses, derived from the view's authenticators, permissions and method."""
        permissions = self.view.get_permissions()
        if self.view.get_authenticators():
            yield from self.token_statuses
        if any(_may_refuse_everyone(permission) for permission in permissions):
            yield 403
        if self._is_anonymous():
            yield from (403, 413)  # Sent by a page of another site; longer than STRANGERS_MAXIMUM.
        if self._get_request_body():
            yield from (413, 415)
        yield 400  # An invalid body, or a query that is not UTF-8.
        if "{" in self.path:
            yield 404
        for example in self.get_examples():
            yield from (int(status) for status in _statuses(example) if int(status) >= 400)
        if self.view.get_authenticators() or self.method not in SAFE_METHODS:
            yield 503  # Other views use no database, or document the 503 themselves.
        yield 406


def _statuses(example: OpenApiExample) -> list[str]:
    return [str(status) for status in example.status_codes or ()]


def _may_refuse_everyone(permission: Any) -> bool:
    """Return whether the permission requires more than an authenticated user."""
    is_own = type(permission).has_permission is not BasePermission.has_permission
    return is_own and not isinstance(permission, (AllowAny, IsAuthenticated))

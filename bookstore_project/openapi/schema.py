"""How our views describe themselves in the OpenAPI document."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
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

from .examples import CROSS_SITE, INVALID_QUERY, PROBLEMS, UNKNOWN_PARAMETER

Endpoint = tuple[str, str, str, Any]

# What an error has in its head besides the request id.
HEADERS_OF = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}


class FieldErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one field of the body, or with one query parameter."""

    pointer = serializers.CharField(
        required=False,
        help_text="JSON pointer to the field (RFC 6901), as a URI fragment.",
    )
    parameter = serializers.CharField(required=False, help_text="Name of a query parameter.")
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="For people.")


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField(help_text="Always `about:blank`; `code` tells errors apart.")
    title = serializers.CharField(help_text="The name of the status.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong, and what to do.")
    code = serializers.CharField(help_text="Stable, for programs.")
    request_id = serializers.CharField(help_text="The same as in X-Request-Id and in the logs.")
    errors = FieldErrorSerializer(  # type: ignore[assignment]  # a field hides Serializer.errors
        many=True, required=False
    )


class ProblemAutoSchema(AutoSchema):
    """Adds to each operation the errors that its view can answer, and the headers of responses.

    An error that only the view knows of is documented by an example with its status.
    """

    # flask_compat derives from this class: drf-spectacular puts the default class behind the view's
    # own only if the one is a base of the other.
    error_serializer: type[serializers.Serializer[Any]] = ProblemSerializer
    error_media_type = CONTENT_TYPE
    error_examples: Mapping[int, list[OpenApiExample]] = PROBLEMS

    def _get_request_body(self, direction: Direction = "request") -> Any:
        """Let a DELETE have a body where its view says which, in `delete_serializer_class`.

        OpenAPI 3.1 allows it, and drf-spectacular passes it over.
        """
        serializer_class = getattr(self.view, "delete_serializer_class", None)
        if self.method != "DELETE" or serializer_class is None:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # untyped there
        serializer = serializer_class()
        (media_type,) = self.map_parsers()
        component = self.resolve_serializer(serializer, direction)
        examples = self._get_examples(serializer, direction, media_type)  # type: ignore[no-untyped-call]  # the same
        content = build_media_type_object(component.ref, examples)
        return {"content": {media_type: content}, "required": True}

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        own = {"503"}.intersection(bodies)  # A probe that is answered so has nothing to wait for.
        for status in self.error_statuses():
            if str(status) not in bodies:
                bodies[str(status)] = self._get_response_for_code(  # type: ignore[no-untyped-call]  # untyped there
                    self._error_response(status), str(status), [self.error_media_type]
                )
        if self._get_request_body():
            # Answered before the route is known, and so in one form on both surfaces.
            length_required = OpenApiResponse(ProblemSerializer, examples=PROBLEMS[411])
            bodies["411"] = self._get_response_for_code(  # type: ignore[no-untyped-call]  # the same
                length_required, "411", [CONTENT_TYPE]
            )
        for code, response in bodies.items():
            response["description"] = response["description"] or HTTPStatus(int(code)).phrase
            names = [REQUEST_ID, *(() if code in own else HEADERS_OF.get(code, ()))]
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
        if status == HTTPStatus.FORBIDDEN and self._is_anonymous() and not has_own:
            examples = [CROSS_SITE]
        return OpenApiResponse(self.error_serializer, examples=examples)

    def _get_serializer_field_meta(self, field: Any, direction: Direction) -> dict[str, Any]:
        """Leave out what a field says itself, in `request_schema`: that goes first."""
        meta: dict[str, Any] = super()._get_serializer_field_meta(  # type: ignore[no-untyped-call]  # untyped there
            field, direction
        )
        own = getattr(field, "request_schema", {}) if direction == "request" else {}
        return {key: value for key, value in meta.items() if key not in own}

    def _postprocess_serializer_schema(
        self, schema: dict[str, Any], serializer: Any, direction: Direction
    ) -> dict[str, Any]:
        """Say what always stands in a response, and that a request has no other members.

        A model's serializer writes every field, whether it must be sent or not.
        """
        schema = super()._postprocess_serializer_schema(  # type: ignore[no-untyped-call]  # untyped there
            schema, serializer, direction
        )
        if direction == "response" and isinstance(serializer, serializers.ModelSerializer):
            schema["required"] = sorted(schema["properties"])
        if direction == "request" and isinstance(serializer, StrictMembersMixin):
            schema["additionalProperties"] = serializer.is_lenient
            if serializer.dependent_required:
                schema["dependentRequired"] = serializer.dependent_required
        return schema

    def _is_anonymous(self) -> bool:
        return isinstance(self.view, AnonymousMixin) and self.method not in SAFE_METHODS

    def error_statuses(self) -> Iterator[int]:
        """Yield the statuses, derived from the view's authenticators, permissions and method."""
        permissions = self.view.get_permissions()
        if self.view.get_authenticators():
            yield 401
        is_open = any(isinstance(permission, AllowAny) for permission in permissions)
        if not is_open and self.method not in SAFE_METHODS:
            yield 403  # A session without its CSRF token, or somebody else's record.
        elif any(_may_refuse_everyone(permission) for permission in permissions):
            yield 403
        if self._is_anonymous():
            yield from (403, 413)  # By a page of another site, or longer than a stranger's.
        if self._get_request_body():
            yield from (413, 415)
        yield 400  # A body, or a query that is no UTF-8.
        if "{" in self.path:
            yield 404
        for example in self.get_examples():
            yield from (int(status) for status in _statuses(example) if int(status) >= 400)
        if self.view.get_authenticators() or self.method not in SAFE_METHODS:
            yield 503  # Others don't ask the database, or say so themselves.
        yield 406


def _statuses(example: OpenApiExample) -> list[str]:
    return [str(status) for status in example.status_codes or ()]


def _may_refuse_everyone(permission: Any) -> bool:
    """Return whether the permission asks for more of the caller than being signed in."""
    is_own = type(permission).has_permission is not BasePermission.has_permission
    return is_own and not isinstance(permission, (AllowAny, IsAuthenticated))


class TokenScheme(OpenApiAuthenticationExtension):
    """The headers that a token may stand in; any one of them is enough."""

    target_class = "accounts.tokens.authentication.TokenAuthentication"
    name = ["bearerAuth", "tutorialHeader", "tutorialHeaderSingular"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        bare = {"type": "apiKey", "in": "header"}
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The `access` token of a login.",
            },
            {
                **bare,
                "name": "x-access-tokens",
                "description": "The tutorial's header: the bare token, without a scheme.",
            },
            {
                **bare,
                "name": "x-access-token",
                "description": "What many copies of the tutorial send instead.",
            },
        ]


class TextFieldSchema(OpenApiSerializerFieldExtension):
    """A text, with what a request must keep to; a response may hold an older row's."""

    target_class = "bookstore_project.api.fields.TextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        text = {"type": "string"}
        return text | self.target.request_schema if direction == "request" else text


class FilterSchema(DjangoFilterExtension):
    """Query parameters as their filters describe them, in `request_schema`."""

    target_class = "bookstore_project.api.filtering.StrictFilterBackend"
    priority = 1

    def resolve_filter_field(
        self, auto_schema: AutoSchema, model: Any, filterset_class: Any, name: str, field: Any
    ) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().resolve_filter_field(  # type: ignore[no-untyped-call]  # untyped there
            auto_schema, model, filterset_class, name, field
        )
        for parameter in parameters:
            # A form sends every field, filled in or not.
            parameter["allowEmptyValue"] = True
            parameter["schema"] = getattr(field, "request_schema", parameter["schema"])
            parameter["description"] = parameter["description"].strip()
        return parameters


def document_paths_without_slash(endpoints: list[Endpoint], **kwargs: Any) -> list[Endpoint]:
    """Hook of drf-spectacular: routes answer with and without a slash; write them without."""
    return [
        (path.rstrip("/") or "/", regex, method, view) for path, regex, method, view in endpoints
    ]

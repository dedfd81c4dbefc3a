"""Texts, filters, examples of parameters, and paths in the OpenAPI document."""

from typing import Any

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.utils import Direction

Endpoint = tuple[str, str, str, Any]


class TextFieldSchema(OpenApiSerializerFieldExtension):
    """A text with the constraints of requests. Responses may contain older rows without them."""

    target_class = "bookstore_project.api.fields.TextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        text = {"type": "string"}
        return text | self.target.request_schema if direction == "request" else text


class FilterSchema(DjangoFilterExtension):
    """Query parameters with the `request_schema` and `request_style` of their filters."""

    target_class = "bookstore_project.api.filtering.StrictFilterBackend"
    priority = 1

    def resolve_filter_field(
        self, auto_schema: AutoSchema, model: Any, filterset_class: Any, name: str, field: Any
    ) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().resolve_filter_field(  # type: ignore[no-untyped-call]  # untyped there
            auto_schema, model, filterset_class, name, field
        )
        for parameter in parameters:
            # Forms also send empty fields.
            parameter["allowEmptyValue"] = True
            parameter["schema"] = _named_items(
                getattr(field, "request_schema", parameter["schema"]),
                name=getattr(field, "component", ""),
                registry=auto_schema.registry,
            )
            parameter["description"] = parameter["description"].strip()
            parameter.update(getattr(field, "request_style", {}))
        return parameters


def _named_items(
    schema: dict[str, Any], *, name: str, registry: ComponentRegistry
) -> dict[str, Any]:
    """Return the schema of an array with its items as a component, unless `name` is empty.

    Generated clients call the type of the items after the component.
    """
    if not name:
        return schema
    items = ResolvedComponent(
        name=name, type=ResolvedComponent.SCHEMA, schema=schema["items"], object=name
    )
    registry.register_on_missing(items)
    return {**schema, "items": items.ref}


def with_examples(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter with its `examples`, if they follow from it.

    They are in the schema: Swagger UI would send an example of the parameter itself with each
    request that is tried out.
    """
    if "examples" in schema:
        return schema
    found: list[Any]
    if schema.get("type") == "array":
        found = [[each] for each in with_examples(schema["items"]).get("examples", ())]
    elif schema.get("type") == "boolean":
        found = [True]
    else:
        found = [*schema.get("enum", ())[:1], *([schema["default"]] if "default" in schema else ())]
    return {**schema, "examples": found[:1]} if found else schema


def document_paths_without_slash(endpoints: list[Endpoint], **kwargs: Any) -> list[Endpoint]:
    """Remove the optional trailing slash of all paths (a hook of drf-spectacular)."""
    return [
        (path.rstrip("/") or "/", regex, method, view) for path, regex, method, view in endpoints
    ]

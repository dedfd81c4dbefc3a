"""The credentials in the OpenAPI document: sign-in tokens, and API tokens with their scopes."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample

from bookstore_project.http.scopes import OUT_OF_REACH, lacking, required_scope

from .configuration import API_TOKEN
from .examples import problem_example


class TokenScheme(OpenApiAuthenticationExtension):
    """The headers that may contain the token; any one of them is enough."""

    target_class = "accounts.tokens.authentication.TokenAuthentication"
    name = ["bearerAuth", "tutorialHeader", "tutorialHeaderSingular"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """Return the headers, and the API token on the routes that take one."""
        scope = required_scope(method=auto_schema.method, path=auto_schema.path)
        return [{name: []} for name in (*self.name, *([API_TOKEN] if scope else ()))]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        bare = {"type": "apiKey", "in": "header"}
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The `access` token of a sign-in.",
            },
            {
                **bare,
                "name": "x-access-tokens",
                "description": "The tutorial's header: the bare token, without a scheme.",
            },
            {
                **bare,
                "name": "x-access-token",
                "description": "The header that many copies of the tutorial use instead.",
            },
        ]


def scope_note(*, method: str, path: str) -> str:
    """Return what the description of an operation says about API tokens, if it takes them."""
    scope = required_scope(method=method, path=path)
    return "" if scope is None else f"\n\nAn API token needs the scope `{scope}`."


def insufficient_scope(*, method: str, path: str) -> OpenApiExample:
    """Return an example of the 403 for an API token that may not send a request."""
    scope = required_scope(method=method, path=path)
    return problem_example(
        "The API token may not do this",
        status=403,
        code="insufficient_scope",
        detail=OUT_OF_REACH if scope is None else lacking(scope),
    )

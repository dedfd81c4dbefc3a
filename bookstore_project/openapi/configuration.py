"""The settings of drf-spectacular."""

from typing import Any

from bookstore_project.http.api_token_text import PREFIX
from bookstore_project.http.scopes import SCOPES

from . import introduction

# The name of the security scheme of API tokens.
API_TOKEN = "apiToken"  # noqa: S105  # no secret


def spectacular(*, contact: str) -> dict[str, Any]:
    """Return the settings. `contact` is the email address of the operator, or ""."""
    name = {"name": "The operator of this service"}
    return {**SPECTACULAR, "CONTACT": {**name, "email": contact} if contact else name}


SPECTACULAR: dict[str, Any] = {
    "TITLE": "Bookstore",
    "DESCRIPTION": introduction.INTRODUCTION,
    "TAGS": introduction.TAGS,
    "VERSION": "1",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [
        {"url": "/", "description": "The server that this document was read from."},
        {"url": "http://127.0.0.1:8000", "description": "A server that `make run` has started."},
    ],
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["bookstore_project.openapi.extensions.document_paths_without_slash"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "bookstore_project.openapi.samples.add_samples",
    ],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Sessions and forms are for the browsable pages only, so the document omits them.
    "AUTHENTICATION_WHITELIST": ["accounts.tokens.authentication.TokenAuthentication"],
    "PARSER_WHITELIST": ["bookstore_project.api.parsers.JSONParser"],
    "APPEND_COMPONENTS": {
        "headers": introduction.HEADERS,
        "securitySchemes": {
            API_TOKEN: {
                "type": "http",
                "scheme": "bearer",
                # No bearerFormat: OpenAPI Generator takes the one of bearerAuth for both.
                "description": "A personal API token (`POST /api/v1/users/me/tokens`), which "
                f"begins with `{PREFIX}`, on the routes of books only, as far as its scopes "
                "allow:\n\n"
                + "\n".join(f"* `{scope}` - {meaning}" for scope, meaning in SCOPES.items()),
            },
            "basicAuth": {
                "type": "http",
                "scheme": "basic",
                "description": "Name and password, only to sign in.",
            },
            "refreshCookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": "__Secure-refresh",
                "description": "The refresh token of a browser app, only to renew the tokens and "
                "to sign out, with the header `X-Refresh-Cookie: 1`.",
            },
            "tutorialBareToken": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The bare token, without a scheme, on the tutorial's routes only.",
            },
        },
    },
}

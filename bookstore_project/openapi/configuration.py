"""The settings of drf-spectacular, which depend on no environment variable."""

from typing import Any

from . import introduction

SPECTACULAR: dict[str, Any] = {
    "TITLE": "Bookstore",
    "DESCRIPTION": introduction.INTRODUCTION,
    "TAGS": introduction.TAGS,
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Swagger UI would otherwise load a badge from a validator on the internet.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["bookstore_project.openapi.schema.document_paths_without_slash"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Sessions and forms are for the browsable pages only, so the document omits them.
    "AUTHENTICATION_WHITELIST": ["accounts.tokens.authentication.TokenAuthentication"],
    "PARSER_WHITELIST": ["bookstore_project.api.parsers.JSONParser"],
    "APPEND_COMPONENTS": {
        "headers": introduction.HEADERS,
        "securitySchemes": {
            "basicAuth": {
                "type": "http",
                "scheme": "basic",
                "description": "Name and password, only to log in.",
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

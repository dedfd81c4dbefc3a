"""What drf-spectacular is told: a part of the settings that no environment changes."""

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
    # Swagger UI would otherwise ask a validator on the internet for a badge.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["bookstore_project.openapi.schema.document_paths_without_slash"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Sessions and forms are how the browsable pages work, no way in for a program.
    "AUTHENTICATION_WHITELIST": ["accounts.tokens.authentication.TokenAuthentication"],
    "PARSER_WHITELIST": ["bookstore_project.api.parsers.JSONParser"],
    "APPEND_COMPONENTS": {
        "headers": introduction.HEADERS,
        "securitySchemes": {
            "basicAuth": {
                "type": "http",
                "scheme": "basic",
                "description": "Name and password, for logging in alone.",
            }
        },
    },
}

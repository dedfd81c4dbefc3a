"""Path parameters of the routes of accounts."""

from drf_spectacular.utils import OpenApiParameter

UUID = {
    "type": "string",
    "format": "uuid",
    "examples": ["0b7e2f5c-6d1a-4b8e-9f3c-2a1d4e5f6a7b"],
}
PUBLIC_ID = OpenApiParameter(
    "public_id", UUID, OpenApiParameter.PATH, description="The user's public_id."
)
SID = OpenApiParameter("sid", UUID, OpenApiParameter.PATH, description="The session's id.")
TOKEN_ID = OpenApiParameter("id", UUID, OpenApiParameter.PATH, description="The API token's id.")
PASSKEY_ID = OpenApiParameter("id", UUID, OpenApiParameter.PATH, description="The passkey's id.")

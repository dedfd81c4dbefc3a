"""Path parameters of the routes of accounts."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

# The text form of a UUID (RFC 9562 section 4).
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

PUBLIC_ID = OpenApiParameter(
    "public_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="The user's public_id."
)
SID = OpenApiParameter(
    "sid", OpenApiTypes.UUID, OpenApiParameter.PATH, description="The session's id."
)
TOKEN_ID = OpenApiParameter(
    "id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="The API token's id."
)

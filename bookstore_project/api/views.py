"""The base class of the canonical API's views."""

from typing import Any

from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .deprecation import DeprecationMixin
from .parameters import KnownParametersMixin
from .parsers import JSONParser, MergePatchParser

PATCH = "PATCH"
# RFC 5789 section 3.1. The browsable API also sends forms.
ACCEPT_PATCH = "Accept-Patch"
PATCH_FORMATS = f"{MergePatchParser.media_type}, {JSONParser.media_type}"


class MergePatchMixin(APIView):
    """A view whose PATCH takes a JSON merge patch, and names the formats that it takes."""

    def get_parsers(self) -> list[BaseParser]:
        parsers: list[BaseParser] = super().get_parsers()
        # The generator of the OpenAPI document asks before there is a request.
        is_patch = getattr(self.request, "method", None) == PATCH
        return [*parsers, MergePatchParser()] if is_patch else parsers

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Send Accept-Patch with OPTIONS, and with a 415 of PATCH (RFC 5789 section 2.2)."""
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        is_refused = request.method == PATCH and final.status_code == 415
        if PATCH in self.allowed_methods and (is_refused or request.method == "OPTIONS"):
            final[ACCEPT_PATCH] = PATCH_FORMATS
        return final


class CanonicalViewMixin(MergePatchMixin, DeprecationMixin, KnownParametersMixin):
    """A view that refuses unknown query parameters, and announces its deprecated methods.

    Its PATCH takes a JSON merge patch.
    """

    def checked(self: Any, request: Request) -> dict[str, Any]:
        """Return the body, as the view's serializer has read it. Raises ValidationError."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        sent: dict[str, Any] = serializer.validated_data
        return sent

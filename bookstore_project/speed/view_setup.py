"""What DRF decides for each request, and what is the same for all requests to a view.

A view makes its authenticators, permissions and parsers anew for each request, and reads the Accept
header against its renderers. None of them keeps anything of a request, so they are made once for
each list of classes, and an Accept header is read once.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

# Headers that are remembered: a client sends the same one each time, and may make up others.
MAXIMUM = 256

chosen: dict[Any, tuple[type[BaseRenderer], str]] = {}


class DecidedOnceMixin(APIView):
    """A view that decides once what does not depend on the request.

    Whatever a view decides by a method of its own is asked each time.
    """

    def get_authenticators(self) -> Any:
        return _made(tuple(self.authentication_classes))

    def get_permissions(self) -> Any:
        return _made(tuple(self.permission_classes))

    def get_parsers(self) -> Any:
        return _made(tuple(self.parser_classes))

    def get_content_negotiator(self) -> Any:
        return _made((self.content_negotiation_class,))[0]

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        name = str(api_settings.URL_FORMAT_OVERRIDE)
        query: str = request.META.get("QUERY_STRING", "")
        if self.format_kwarg or (query and name in request.query_params):
            return super().perform_content_negotiation(request, force)
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        key = (self.content_negotiation_class, tuple(self.renderer_classes), accept)
        known = chosen.get(key)
        if known is None:
            renderer, media_type = super().perform_content_negotiation(request, force)
            known = type(renderer), media_type
            if len(chosen) >= MAXIMUM:
                chosen.clear()
            chosen[key] = known
            return renderer, media_type
        # Made anew: a renderer of pages keeps what it renders.
        return known[0](), known[1]


@cache
def _made(classes: tuple[type[Any], ...]) -> Sequence[Any]:
    return tuple(each() for each in classes)

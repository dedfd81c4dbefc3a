"""The base class of the tutorial's views."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from bookstore_project.api.parsers import JSONParser
from bookstore_project.api.renderers import JSONRenderer

from .authentication import TutorialTokenAuthentication
from .errors import exception_handler
from .schema import MessageAutoSchema


class AlwaysJSON(BaseContentNegotiation):
    """Answers JSON regardless of Accept, as the tutorial did."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))


class TutorialView(APIView):
    """Base class of the tutorial's views: tokens only, JSON only, errors as one `message`."""

    schema = MessageAutoSchema()
    authentication_classes: Sequence[Any] = (TutorialTokenAuthentication,)
    permission_classes: Sequence[Any] = (IsAuthenticated,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJSON

    def get_exception_handler(self) -> Callable[..., Any]:
        return exception_handler

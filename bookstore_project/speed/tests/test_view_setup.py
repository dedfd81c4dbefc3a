"""What a view decides once is what DRF decides for each request."""

from typing import Any

import pytest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from bookstore_project.speed import view_setup as decided_once
from bookstore_project.speed.view_setup import DecidedOnceMixin
from bookstore_project.web.browsable import BrowsableRenderer


class PlainView(APIView):
    renderer_classes = (JSONRenderer, BrowsableRenderer)
    permission_classes = (AllowAny,)


class OnceView(DecidedOnceMixin, PlainView):
    pass


ACCEPTS = [
    None,
    "",
    "*/*",
    "application/json",
    "application/json; indent=4",
    "text/html",
    "text/html;q=0.1, application/json",
    "text/*",
    "image/png",
    "application/*, text/html",
]


def negotiated(view_class: type[APIView], accept: str | None, query: str = "") -> Any:
    headers: Any = {} if accept is None else {"HTTP_ACCEPT": accept}
    view: Any = view_class()
    view.format_kwarg = None
    request = Request(APIRequestFactory().get(f"/{query}", **headers))
    try:
        renderer, media_type = view.perform_content_negotiation(request)
    except NotAcceptable:
        return NotAcceptable
    return type(renderer), media_type


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided_once, "chosen", {})


@pytest.mark.parametrize("query", ["", "?limit=1", "?format=api", "?format=json"])
@pytest.mark.parametrize("accept", ACCEPTS)
def test_the_renderer_is_the_one_that_drf_chooses(accept: str | None, query: str) -> None:
    expected = negotiated(PlainView, accept, query)

    assert [negotiated(OnceView, accept, query) for _ in range(3)] == [expected] * 3


def test_a_header_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert negotiated(OnceView, "application/json") == (JSONRenderer, "application/json")
    monkeypatch.setattr(DefaultContentNegotiation, "select_renderer", None)
    assert negotiated(OnceView, "application/json") == (JSONRenderer, "application/json")


def test_only_so_many_headers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided_once, "MAXIMUM", 3)
    for number in range(10):
        assert negotiated(OnceView, f"application/json;v={number}, */*")[0] is JSONRenderer
        assert len(decided_once.chosen) <= 3


def test_renderers_are_not_shared() -> None:
    view: Any = OnceView()
    view.format_kwarg = None
    request = Request(APIRequestFactory().get("/", HTTP_ACCEPT="text/html"))
    first, second, third = (view.perform_content_negotiation(request)[0] for _ in range(3))
    assert len({id(first), id(second), id(third)}) == 3


def test_authenticators_permissions_and_parsers_are_made_once() -> None:
    one, other, plain = OnceView(), OnceView(), PlainView()
    for name in ("get_authenticators", "get_permissions", "get_parsers"):
        made = getattr(one, name)()
        assert made is getattr(other, name)()
        assert [type(each) for each in made] == [type(each) for each in getattr(plain, name)()]
    assert one.get_content_negotiator() is other.get_content_negotiator()

"""The policy of an answer is what django-csp would write."""

from collections.abc import Callable
from typing import Any

import pytest
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from bookstore_project.policy import PolicyMiddleware

POLICY = "Content-Security-Policy"

View = Callable[[HttpRequest], HttpResponse]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def missing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


def with_own_header(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={POLICY: "default-src 'self'"})


def with_nonce(request: Any) -> HttpResponse:
    # The same for both: django-csp would make up another one.
    vars(request)["_csp_nonce"] = "abc"
    return HttpResponse(str(request.csp_nonce))


@pytest.mark.parametrize("is_debug", [False, True])
@pytest.mark.parametrize(
    "view",
    [
        plain,
        missing,
        with_own_header,
        with_nonce,
        csp_exempt()(plain),
        csp_update({"img-src": "blob:"})(plain),
        csp_replace({"img-src": "blob:"})(plain),
    ],
)
def test_each_answer_has_the_policy_that_django_csp_writes(
    view: View, is_debug: bool, settings: Any
) -> None:
    settings.DEBUG = is_debug
    ours: Any = PolicyMiddleware(view)
    theirs: Any = CSPMiddleware(view)

    for _ in range(2):
        written = ours(RequestFactory().get("/")).headers.get(POLICY)
        assert written == theirs(RequestFactory().get("/")).headers.get(POLICY)

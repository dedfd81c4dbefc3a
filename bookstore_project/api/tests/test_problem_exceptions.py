"""Exceptions of views as problem details: Django's own, and errors of nested members."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from rest_framework.exceptions import ValidationError

from accounts.models import User
from books.api.serializers import BookSerializer
from books.api.views import BookViewSet
from tests.client import ConformingClient
from tests.problems import problem_of

BOOKS = "/api/v1/books"


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (BadRequest("the cause"), 400, "parse_error"),
    ],
)
def test_djangos_own_exceptions_are_problems_too(
    as_ada: ConformingClient,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    status: int,
    code: str,
) -> None:
    def get_queryset(view: BookViewSet) -> NoReturn:
        raise raised

    monkeypatch.setattr(BookViewSet, "get_queryset", get_queryset)

    response = as_ada.patch(f"{BOOKS}/1", {})

    assert response.status_code == status
    assert problem_of(response)["code"] == code
    assert "the cause" not in response.content.decode()


def test_pointers_lead_into_nested_members_and_escape_tilde_and_slash(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(serializer: BookSerializer, attrs: dict[str, Any]) -> NoReturn:
        raise ValidationError(
            {
                "a/b~c": ["Odd.", "Very odd."],
                "inner": {"member": ["Wrong."], "non_field_errors": ["All wrong."]},
            },
            code="invalid",
        )

    monkeypatch.setattr(BookSerializer, "validate", refuse)

    response = as_ada.post(BOOKS, {"name": "a", "author": "b", "publisher": "c"})

    assert response.status_code == 400
    assert problem_of(response)["errors"] == [
        {"pointer": "#/a~1b~0c", "code": "invalid", "detail": "Odd."},
        {"pointer": "#/a~1b~0c", "code": "invalid", "detail": "Very odd."},
        {"pointer": "#/inner/member", "code": "invalid", "detail": "Wrong."},
        {"pointer": "#/inner", "code": "invalid", "detail": "All wrong."},
    ]

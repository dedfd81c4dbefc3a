"""In JSON a field accepts only its own type; forms, which contain only texts, may use texts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework import serializers

from accounts.models import User
from bookstore_project.api.fields import DateField, TextField
from tests.client import ConformingClient


@pytest.fixture
def as_boss(boss: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(boss)


@pytest.mark.parametrize("value", ["true", "yes", "on", 1, "1", None, [], {}, "\x00"])
def test_what_looks_like_true_is_not_true_in_json(
    as_boss: ConformingClient, ada: User, value: Any
) -> None:
    response = as_boss.patch(f"/api/v1/users/{ada.public_id}", {"admin": value})

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/admin"]
    ada.refresh_from_db()
    assert ada.admin is False


def test_true_is_true_in_json(as_boss: ConformingClient, ada: User) -> None:
    response = as_boss.patch(f"/api/v1/users/{ada.public_id}", {"admin": True})

    assert response.status_code == 200
    ada.refresh_from_db()
    assert ada.admin is True


@pytest.mark.parametrize(("text", "is_admin"), [("true", True), ("on", True), ("false", False)])
def test_a_form_writes_true_as_text(
    as_boss: ConformingClient, ada: User, text: str, is_admin: bool
) -> None:
    response = as_boss.patch(
        f"/api/v1/users/{ada.public_id}",
        data=encode_multipart(BOUNDARY, {"admin": text, "is_active": "true"}),
        content_type=MULTIPART_CONTENT,
    )

    assert response.status_code == 200
    ada.refresh_from_db()
    assert ada.admin is is_admin


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (7, "not_a_text"),
        (1.5, "not_a_text"),
        (True, "invalid"),
        ([], "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_number_is_no_text(as_boss: ConformingClient, boss: User, value: Any, code: str) -> None:
    response = as_boss.patch("/api/v1/users/me", {"name": value})

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [
        ("#/name", code)
    ]
    boss.refresh_from_db()
    assert boss.name == "boss"


def said_of(field: serializers.CharField, text: str) -> Any:
    """Return the value of a field for a text, or its error message."""
    try:
        return field.run_validation(text)
    except serializers.ValidationError as error:
        return error.get_full_details()


@given(text=st.text(st.characters() | st.characters(categories=["Cs"]), max_size=9))
@example("half a pair: \ud83d\ud83d")
def test_a_text_is_taken_or_refused_as_by_drf(text: str) -> None:
    options: dict[str, Any] = {"max_length": 5}
    assert said_of(TextField(**options), text) == said_of(serializers.CharField(**options), text)


@pytest.mark.parametrize("value", ["1985", "1985-6-1", "1985-06-01T00:00", "01.06.1985", 19850601])
def test_a_date_has_one_form(value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        DateField().run_validation(value)
    assert DateField().run_validation("1985-06-01") == date(1985, 6, 1)

"""Texts are translated for pages only: a successful API request calls no gettext."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.client import ConformingClient

ROUTES = ("users", "users/me", "users/me/events", "auth/sessions")


@pytest.mark.django_db
def test_a_successful_request_translates_nothing(
    boss: User,
    client_of: Callable[[User], ConformingClient],
    translated: list[str],
    settings: Any,
) -> None:
    # In plain mode DRF builds the fields of a serializer again for each request.
    settings.FAST_PATH = True
    client = client_of(boss)
    for route in ROUTES:
        assert client.get(f"/api/v1/{route}").status_code == 200
        translated.clear()
        assert client.get(f"/api/v1/{route}").status_code == 200
        assert (route, translated) == (route, [])


def test_a_text_of_a_page_is_translated(translated: list[str]) -> None:
    assert str(User._meta.verbose_name) == "user"
    assert translated == ["user"]

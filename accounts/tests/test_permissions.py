"""The permissions of the admin flag, in the API and in the Django admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.api.permissions import IsAdmin
from accounts.backends import NameBackend, flag_permissions
from accounts.models import User
from conftest import PASSWORD


def is_allowed(user: User | AnonymousUser) -> bool:
    request = Request(APIRequestFactory().get("/"))
    request.user = user
    return IsAdmin().has_permission(request, APIView())


def test_is_admin_allows_the_admin_flag_alone(ada: User, boss: User) -> None:
    assert is_allowed(boss)
    assert not is_allowed(ada)
    assert not is_allowed(AnonymousUser())


def test_a_superuser_is_an_admin(root: User) -> None:
    assert is_allowed(root)


def test_an_admin_has_exactly_the_listed_permissions(boss: User) -> None:
    assert boss.get_all_permissions() == flag_permissions("admin")
    assert boss.has_perm("accounts.delete_user")
    assert not boss.has_perm("accounts.change_authevent")
    assert not boss.has_perm("sessions.view_session")


def test_an_editor_has_the_permissions_on_books(make_user: Callable[..., User]) -> None:
    editor = make_user("eve", editor=True)
    assert not is_allowed(editor)
    assert editor.is_staff
    assert editor.get_all_permissions() == {
        "books.view_book",
        "books.add_book",
        "books.change_book",
        "books.delete_book",
        "books.view_bookchange",
    }
    assert not editor.has_module_perms("accounts")


@pytest.mark.parametrize("flag", ["admin", "editor"])
def test_an_inactive_user_has_none(make_user: Callable[..., User], flag: str) -> None:
    retired = make_user("retired", is_active=False, **{flag: True})
    assert retired.get_all_permissions() == set()
    assert not retired.has_perm("books.view_book")
    assert not retired.has_module_perms("books")


def test_a_plain_user_has_none(ada: User) -> None:
    assert ada.get_all_permissions() == set()
    assert not ada.has_perm("books.view_book")


def test_a_superuser_keeps_djangos_permissions(root: User) -> None:
    assert root.get_all_permissions() > flag_permissions("admin")
    assert root.has_perm("sessions.view_session")


def test_nobody_signed_in_has_none(db: None) -> None:
    assert NameBackend().get_all_permissions(AnonymousUser()) == set()


def test_permissions_on_one_object_are_not_the_backends_to_give(boss: User, ada: User) -> None:
    assert boss.get_all_permissions(ada) == set()


@pytest.mark.parametrize("keyword", ["username", "name"])
def test_authenticate_takes_the_name_under_either_keyword(ada: User, keyword: str) -> None:
    credentials: dict[str, Any] = {keyword: "ADA", "password": PASSWORD}
    assert authenticate(**credentials) == ada


def test_authenticate_without_a_password_finds_nobody(ada: User, hash_calls: list[str]) -> None:
    assert authenticate(username="ada") is None
    assert authenticate(username="ada", password=None) is None
    assert hash_calls == []

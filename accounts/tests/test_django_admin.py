"""The permissions on users in the Django admin."""

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import Client

from accounts.models import User
from conftest import PASSWORD

USERS = "/admin/accounts/user/"

AdminOf = Callable[[User], Client]


def page(user: User, name: str = "change") -> str:
    return f"{USERS}{user.pk}/{name}/"


def test_an_admin_signs_in_and_a_plain_user_is_refused(ada: User, boss: User) -> None:
    client = Client()
    path = "/admin/login/?next=/admin/"
    response = client.post(path, {"username": "ada", "password": PASSWORD})
    assert response.status_code == 200
    assert response.context["form"].has_error("__all__", "invalid_login")
    response = client.post(path, {"username": "BOSS", "password": PASSWORD})
    assert response.status_code == 302
    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_an_inactive_admin_is_refused(make_user: Callable[..., User]) -> None:
    make_user("retired", admin=True, is_active=False)
    response = Client().post("/admin/login/", {"username": "retired", "password": PASSWORD})
    assert response.status_code == 200
    assert response.context["form"].has_error("__all__", "invalid_login")


@pytest.mark.parametrize("path", ["/admin/", USERS, f"{USERS}add/"])
def test_a_plain_user_and_nobody_are_sent_to_sign_in(
    ada: User, admin_of: AdminOf, path: str
) -> None:
    for client in (admin_of(ada), Client()):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"] == f"/admin/login/?next={path}"


def test_the_flag_opens_and_closes_it_from_the_next_request(ada: User, admin_of: AdminOf) -> None:
    client = admin_of(ada)
    User.objects.update(admin=True)
    assert client.get(USERS).status_code == 200
    User.objects.update(admin=False)
    assert client.get(USERS).status_code == 302


def test_an_admin_opens_every_page_of_a_user(ada: User, boss: User, admin_of: AdminOf) -> None:
    client = admin_of(boss)
    for path in (USERS, f"{USERS}add/", page(ada), page(ada, "password"), page(ada, "history")):
        assert client.get(path).status_code == 200


@pytest.mark.usefixtures("real_hashing")
def test_no_page_shows_any_part_of_a_hash(
    ada: User, boss: User, root: User, admin_of: AdminOf
) -> None:
    secrets = {"argon2", "m=19456", *ada.password.split("$")[-2:]}
    assert identify_hasher(ada.password).algorithm == "argon2"
    paths = [USERS, f"{USERS}?q=ada", page(ada), page(ada, "password"), page(ada, "history")]
    paths += [page(root), page(root, "history")]
    for viewer in (boss, root):
        for path in paths:
            response = admin_of(viewer).get(path)
            assert response.status_code == 200
            html = response.content.decode()
            assert not [secret for secret in secrets if secret in html], path


def test_the_change_page_tells_whether_there_is_a_password(
    ada: User, boss: User, admin_of: AdminOf
) -> None:
    assert "A password is set." in admin_of(boss).get(page(ada)).content.decode()
    ada.set_unusable_password()
    ada.save()
    assert "No password is set." in admin_of(boss).get(page(ada)).content.decode()


def test_a_plain_admin_only_looks_at_a_superuser(boss: User, root: User, admin_of: AdminOf) -> None:
    client = admin_of(boss)
    assert client.get(page(root)).status_code == 200
    fields = {"name": "pwned", "admin": "on", "is_active": "on"}
    assert client.post(page(root), fields).status_code == 403
    assert client.get(page(root, "password")).status_code == 403
    passwords = {"password1": "another-Harbour-28", "password2": "another-Harbour-28"}
    assert client.post(page(root, "password"), passwords).status_code == 403
    stored = User.objects.get(pk=root.pk)
    assert (stored.name, stored.password) == ("root", root.password)


def test_a_plain_admin_can_not_make_a_superuser(ada: User, boss: User, admin_of: AdminOf) -> None:
    client = admin_of(boss)
    fields = {"admin": "on", "is_active": "on", "is_superuser": "on"}
    assert client.post(page(ada), {"name": "ada", **fields}).status_code == 302
    assert client.post(page(boss), {"name": "boss", **fields}).status_code == 302
    created = {"password1": "another-Harbour-28", "password2": "another-Harbour-28"}
    response = client.post(
        f"{USERS}add/", {"name": "eve", "usable_password": "true", **created, **fields}
    )
    assert response.status_code == 302
    assert User.objects.count() == 3
    assert not User.objects.filter(is_superuser=True).exists()
    assert User.objects.filter(admin=True).count() == 3


def test_a_superuser_makes_another(ada: User, root: User, admin_of: AdminOf) -> None:
    fields = {"name": "ada", "admin": "on", "is_active": "on", "is_superuser": "on"}
    assert admin_of(root).post(page(ada), fields).status_code == 302
    ada.refresh_from_db()
    assert ada.is_superuser


def test_the_internals_of_django_are_not_offered(boss: User, admin_of: AdminOf) -> None:
    client = admin_of(boss)
    assert "/admin/auth/group/" not in client.get("/admin/").content.decode()
    assert client.get("/admin/auth/group/").status_code == 404

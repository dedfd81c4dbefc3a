"""The editor flag: set by admins, read by its user, lost with the account."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AuthEvent, User
from accounts.origins import Origin
from accounts.services.deletion import user_delete
from tests.client import ConformingClient

ClientOf = Callable[[User], ConformingClient]
ME = "/api/v1/users/me"


def address(user: User) -> str:
    return f"/api/v1/users/{user.public_id}"


@pytest.fixture
def eve(make_user: Callable[..., User]) -> User:
    return make_user("eve", editor=True)


def test_an_admin_gives_it_and_takes_it_away(boss: User, ada: User, client_of: ClientOf) -> None:
    for value in (True, False):
        response = client_of(boss).patch(address(ada), {"editor": value})

        assert response.status_code == 200
        assert (response.json()["editor"], response.json()["admin"]) == (value, False)
        ada.refresh_from_db()
        assert ada.editor is value
    events = AuthEvent.objects.filter(kind="role_changed").order_by("id")
    assert list(events.values_list("detail", "actor_name")) == [
        ("editor: yes", "boss"),
        ("editor: no", "boss"),
    ]


def test_its_user_reads_it_and_can_not_set_it(eve: User, ada: User, client_of: ClientOf) -> None:
    assert client_of(eve).get(ME).json()["editor"] is True
    assert client_of(ada).get(ME).json()["editor"] is False

    response = client_of(ada).patch(ME, {"editor": True})

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "read_only"


def test_an_editor_can_not_touch_accounts(eve: User, ada: User, client_of: ClientOf) -> None:
    as_eve = client_of(eve)
    assert as_eve.get("/api/v1/users").status_code == 403
    for user in (ada, eve):
        assert as_eve.get(address(user)).status_code == 403
        assert as_eve.patch(address(user), {"admin": True}).status_code == 403
        assert as_eve.delete(f"{address(user)}/sessions").status_code == 403


def test_an_editor_is_no_admin_who_could_be_the_last(eve: User, client_of: ClientOf) -> None:
    body = {"password": "violet-Harbour-27"}
    assert client_of(eve).delete(ME, body).status_code == 204


def test_only_a_superuser_sets_it_on_a_superuser(
    boss: User, root: User, client_of: ClientOf
) -> None:
    assert client_of(boss).patch(address(root), {"editor": True}).status_code == 403
    assert client_of(root).patch(address(root), {"editor": True}).status_code == 200


def test_the_django_admin_sets_it(client: Client, boss: User, ada: User) -> None:
    client.force_login(boss)
    page = f"/admin/accounts/user/{ada.pk}/change/"
    form = {"name": "ada", "email": "ada@example.org", "is_active": "on"}

    assert client.post(page, {**form, "editor": "on"}).status_code == 302
    ada.refresh_from_db()
    assert (ada.editor, ada.admin) == (True, False)
    assert client.post(page, form).status_code == 302
    ada.refresh_from_db()
    assert not ada.editor


def test_a_closed_account_has_lost_it(eve: User) -> None:
    user_delete(user=eve, origin=Origin(actor=eve))

    assert not User.everyone.filter(editor=True).exists()


def test_the_database_refuses_a_closed_account_that_has_it(eve: User) -> None:
    closed = {"deleted_at": timezone.now(), "is_active": False, "email": None}
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=eve.pk).update(**closed)
    assert User.objects.filter(pk=eve.pk).update(**closed, editor=False) == 1

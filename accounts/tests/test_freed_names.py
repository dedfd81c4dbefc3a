"""A name that its owner gave up stays reserved for 30 days."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import FreedName, User
from accounts.origins import Origin
from accounts.services import users as services
from accounts.services.deletion import user_delete
from accounts.services.freed_names import name_free
from accounts.services.users import user_update_profile
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ME = "/api/v1/users/me"
USERS = "/admin/accounts/user/"
DAY = timedelta(days=1)
FORMS = ["ada", "ADA", " Ａｄａ "]

ClientOf = Callable[[User], ConformingClient]


def register(name: str) -> Any:
    body = {"name": name, "password": PASSWORD}
    return ConformingClient().post("/api/v1/auth/register", body)


def rename(client: ConformingClient, name: str) -> Any:
    return client.patch(ME, {"name": name, "current_password": PASSWORD})


def refused(response: Any) -> Any:
    """Return the problem of a taken name, without the request's id."""
    assert response.status_code == 409
    return {**response.json(), "request_id": ""}


@pytest.fixture
def renamed(ada: User, client_of: ClientOf) -> ConformingClient:
    """The client of a user who was ada and is lovelace."""
    client = client_of(ada)
    assert rename(client, "lovelace").status_code == 200
    return client


@pytest.fixture
def deleted(ada: User, client_of: ClientOf) -> None:
    assert client_of(ada).delete(ME, {"password": PASSWORD}).status_code == 204


@pytest.mark.usefixtures("renamed")
@pytest.mark.parametrize("name", FORMS)
def test_nobody_else_takes_a_name_that_was_changed(
    bob: User, client_of: ClientOf, name: str, hash_calls: list[str]
) -> None:
    hash_calls.clear()
    # The same response and the same work as for a taken name.
    assert refused(register(name)) == refused(register("lovelace"))
    assert hash_calls == []
    assert refused(rename(client_of(bob), name))["code"] == "name_taken"
    tutorial = ConformingClient().post("/register", {"name": name, "password": PASSWORD})
    assert tutorial.status_code == 409
    bob.refresh_from_db()
    assert (bob.name, User.objects.count()) == ("bob", 2)


@pytest.mark.parametrize("name", FORMS)
def test_who_had_it_takes_it_back(renamed: ConformingClient, name: str) -> None:
    assert rename(renamed, name).status_code == 200
    assert refused(register("ada"))["code"] == "name_taken"
    # The other name is reserved for them now.
    assert refused(register("lovelace"))["code"] == "name_taken"
    assert rename(renamed, "lovelace").status_code == 200


@pytest.mark.usefixtures("deleted")
@pytest.mark.parametrize("name", FORMS)
def test_nobody_takes_the_name_of_a_deleted_account(
    bob: User, client_of: ClientOf, name: str
) -> None:
    assert refused(register(name))["code"] == "name_taken"
    assert refused(rename(client_of(bob), name))["code"] == "name_taken"


def test_earlier_names_of_a_deleted_account_are_held_too(
    renamed: ConformingClient,
) -> None:
    assert renamed.delete(ME, {"password": PASSWORD}).status_code == 204
    assert [register(name).status_code for name in ("ada", "lovelace")] == [409, 409]


@pytest.mark.parametrize("end", ["renamed", "deleted"])
@pytest.mark.parametrize(("days", "status"), [(29, 409), (31, 201)])
def test_it_is_anybodys_after_30_days(
    *, end: str, days: int, status: int, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(end)
    with time_machine.travel(timezone.now() + days * DAY):
        assert register("ada").status_code == status


def test_another_spelling_of_a_name_frees_nothing(ada: User, client_of: ClientOf) -> None:
    assert rename(client_of(ada), "ADA").status_code == 200
    assert not FreedName.objects.exists()


@pytest.mark.usefixtures("renamed")
def test_the_name_itself_is_not_kept(settings: Any) -> None:
    kept = FreedName.objects.values_list("digest", flat=True)
    assert [len(digest) for digest in kept] == [64]
    assert "ada" not in str(FreedName.objects.get())
    # The digest is keyed, so that the rows alone don't allow guessing.
    settings.SECRET_KEY = "another key of at least thirty-two bytes"
    assert register("ada").status_code == 201


@pytest.mark.usefixtures("renamed")
def test_pruning_removes_those_that_anybody_may_take() -> None:
    output = StringIO()
    call_command("prune", stdout=output)
    assert "\nRemoved 0 reserved names, which anybody may take again.\n" in output.getvalue()
    with time_machine.travel(timezone.now() + 40 * DAY):
        # By the database's clock it is still reserved.
        call_command("prune", stdout=StringIO())
    assert FreedName.objects.count() == 1
    FreedName.objects.update(freed_at=timezone.now() - 31 * DAY)
    output = StringIO()
    call_command("prune", stdout=output)
    assert "\nRemoved 1 reserved names, which anybody may take again.\n" in output.getvalue()
    assert not FreedName.objects.exists()


# --- Admins, commands and moving in --------------------------------------------------------------


@pytest.mark.usefixtures("deleted")
def test_an_admin_gives_a_name_that_is_held(boss: User, bob: User) -> None:
    admin = Client()
    admin.force_login(boss)
    form = {"name": "Ada", "usable_password": "false"}
    assert admin.post(f"{USERS}add/", form).status_code == 302
    User.objects.named("ada").delete()
    form = {"name": "ada", "is_active": "on"}
    assert admin.post(f"{USERS}{bob.pk}/change/", form).status_code == 302
    bob.refresh_from_db()
    assert bob.name == "ada"


def test_a_rename_by_an_admin_holds_the_name_for_its_owner(
    ada: User, boss: User, client_of: ClientOf
) -> None:
    client, admin = client_of(ada), Client()
    admin.force_login(boss)
    form = {"name": "lovelace", "is_active": "on"}
    assert admin.post(f"{USERS}{ada.pk}/change/", form).status_code == 302
    assert refused(register("ada"))["code"] == "name_taken"
    assert rename(client, "ada").status_code == 200
    # An unchanged name is not given up.
    assert FreedName.objects.count() == 2
    form = {"name": "ADA", "is_active": "on", "admin": "on"}
    assert admin.post(f"{USERS}{ada.pk}/change/", form).status_code == 302
    assert FreedName.objects.count() == 2


@pytest.mark.usefixtures("deleted")
def test_a_command_gives_a_name_that_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--name", "ada", verbosity=0)
    assert User.objects.get().name == "ada"


# --- At the same time ----------------------------------------------------------------------------


@pytest.mark.parametrize("freeing", ["rename", "delete"])
def test_a_name_that_is_freed_while_it_is_asked_for_is_held(
    freeing: str, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first check finds the name taken or free; the row is written after it became free."""
    set_password = User.set_password

    def overtaken(user: User, password: str | None) -> None:
        """Give the name up while this registration, already checked, hashes its password."""
        monkeypatch.setattr(User, "set_password", set_password)
        if freeing == "rename":
            user_update_profile(user=ada, origin=Origin(), name="lovelace")
        else:
            user_delete(user=ada, origin=Origin())
        set_password(user, password)

    monkeypatch.setattr(services, "_refuse_taken", lambda user: None)
    monkeypatch.setattr(User, "set_password", overtaken)
    assert refused(register("ada"))["code"] == "name_taken"
    assert not User.objects.named("ada").exists()


def test_a_rename_frees_the_name_that_the_row_has(ada: User) -> None:
    """Another request has renamed the account since this one read it."""
    stale = User.objects.get(pk=ada.pk)
    user_update_profile(user=ada, origin=Origin(), name="lovelace")
    user_update_profile(user=stale, origin=Origin(), name="byron")
    assert [register(name).status_code for name in ("ada", "lovelace", "byron")] == [409] * 3
    user_update_profile(user=stale, origin=Origin(), name="lovelace")
    assert register("byron").status_code == 409


def test_a_name_that_is_sent_back_is_not_written_over_a_newer_one(ada: User) -> None:
    stale = User.objects.get(pk=ada.pk)
    user_update_profile(user=ada, origin=Origin(), name="lovelace")
    user_update_profile(user=stale, origin=Origin(), name="ada", email=None)
    stale.refresh_from_db()
    assert (stale.name, stale.email) == ("lovelace", None)


def test_the_last_who_gave_it_up_counts(ada: User, bob: User) -> None:
    name_free("shared", former_owner=ada)
    name_free("SHARED", former_owner=bob)
    user_update_profile(user=bob, origin=Origin(), name="shared")
    assert FreedName.objects.filter(former_owner=bob.public_id).count() == 2


def test_an_account_holds_no_more_names_than_its_limit(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "rename": (3, DAY.total_seconds())}
    client = client_of(ada)
    names = [f"name {number}" for number in range(5)]
    assert [rename(client, name).status_code for name in names] == [200, 200, 200, 429, 429]
    assert FreedName.objects.count() == 3
    assert register(names[3]).status_code == 201
    with time_machine.travel(timezone.now() + DAY, tick=False):
        assert rename(client_of(ada), names[4]).status_code == 200


@pytest.mark.usefixtures("bob")
def test_a_name_that_is_taken_counts_for_nothing(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "rename": (1, DAY.total_seconds())}
    client = client_of(ada)
    names = ["bob", "bob", "lovelace", "byron"]
    assert [rename(client, name).status_code for name in names] == [409, 409, 200, 429]

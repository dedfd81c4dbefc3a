"""The forms for users in the Django admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from conftest import PASSWORD

USERS = "/admin/accounts/user/"
NEW_PASSWORD = "another-Harbour-28"

AdminOf = Callable[[User], Client]


def add(client: Client, **fields: str) -> Any:
    form = {
        "name": "eve",
        "usable_password": "true",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
        **fields,
    }
    return client.post(f"{USERS}add/", form)


def change(client: Client, user: User, **fields: str) -> Any:
    return client.post(f"{USERS}{user.pk}/change/", {"name": user.name, **fields})


def set_password(client: Client, user: User, **fields: str) -> Any:
    form = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    return client.post(f"{USERS}{user.pk}/password/", {**form, **fields})


@pytest.mark.usefixtures("real_hashing")
def test_adding_a_user_stores_them_with_an_argon2id_hash(boss: User, admin_of: AdminOf) -> None:
    response = add(admin_of(boss), name="Eve", email="eve@example.org", admin="on")
    assert response.status_code == 302
    user = User.objects.get(name="Eve")
    assert (user.name_key, user.email, user.admin) == ("eve", "eve@example.org", True)
    assert user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert user.check_password(NEW_PASSWORD)


def test_a_user_without_a_password_can_be_added(boss: User, admin_of: AdminOf) -> None:
    response = add(admin_of(boss), usable_password="false", password1="", password2="")
    assert response.status_code == 302
    user = User.objects.get(name="eve")
    assert user.email is None
    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": "a:b"}, ("name", "colon")),
        ({"name": "a\u202eb"}, ("name", "control_character")),
        ({"name": ""}, ("name", "required")),
        ({"name": "a" * 100_000}, ("name", "max_length")),
        ({"name": "ﷺ" * 150}, ("name", "max_length")),
        ({"name": "BOSS"}, ("name", "name_taken")),
        ({"name": "Ｂｏｓｓ"}, ("name", "name_taken")),
        ({"email": "nonsense"}, ("email", "invalid")),
        ({"email": "ADA@example.org"}, ("email", "email_taken")),
        ({"password1": "12345678", "password2": "12345678"}, ("password2", "password_too_common")),
        ({"password1": "x" * 1025, "password2": "x" * 1025}, ("password2", "password_too_long")),
        ({"password2": "different"}, ("password2", "password_mismatch")),
    ],
)
def test_adding_follows_the_rules_of_registering(
    ada: User, boss: User, admin_of: AdminOf, fields: dict[str, str], refusal: tuple[str, str]
) -> None:
    response = add(admin_of(boss), **fields)
    assert response.status_code == 200
    assert response.context["adminform"].form.has_error(*refusal)
    assert User.objects.count() == 2


def test_changing_a_user_stores_it(ada: User, boss: User, admin_of: AdminOf) -> None:
    response = change(admin_of(boss), ada, name="Lovelace", email="", admin="on")
    assert response.status_code == 302
    stored = User.objects.get(pk=ada.pk)
    assert (stored.name, stored.name_key) == ("Lovelace", "lovelace")
    assert (stored.email, stored.email_key) == (None, None)
    assert (stored.admin, stored.is_active) == (True, False)
    assert stored.public_id == ada.public_id
    assert stored.password == ada.password


def test_changing_to_a_taken_name_is_a_form_error(ada: User, boss: User, admin_of: AdminOf) -> None:
    response = change(admin_of(boss), ada, name="BOSS", is_active="on")
    assert response.status_code == 200
    assert response.context["adminform"].form.has_error("name", "name_taken")
    ada.refresh_from_db()
    assert ada.name == "ada"


def test_a_hash_sent_with_the_form_is_not_stored(ada: User, boss: User, admin_of: AdminOf) -> None:
    response = change(admin_of(boss), ada, is_active="on", password="argon2$chosen")
    assert response.status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize("fields", [{"is_active": "on"}, {"admin": "on"}, {}])
def test_losing_the_last_admin_is_a_form_error(
    boss: User, make_user: Callable[..., User], admin_of: AdminOf, fields: dict[str, str]
) -> None:
    make_user("retired", admin=True, is_active=False)
    response = change(admin_of(boss), boss, **fields)
    assert response.status_code == 200
    assert response.context["adminform"].form.has_error("__all__", "last_admin")
    boss.refresh_from_db()
    assert (boss.admin, boss.is_active) == (True, True)


def test_one_of_two_admins_may_go(boss: User, root: User, admin_of: AdminOf) -> None:
    assert change(admin_of(root), boss, is_active="on").status_code == 302
    boss.refresh_from_db()
    assert (boss.admin, boss.is_active) == (False, True)


def test_a_superuser_who_is_no_admin_is_a_form_error(
    ada: User, root: User, admin_of: AdminOf
) -> None:
    response = change(admin_of(root), ada, is_active="on", is_superuser="on")
    assert response.status_code == 200
    assert "A superuser must be an admin." in response.content.decode()
    ada.refresh_from_db()
    assert not ada.is_superuser


def test_a_new_password_is_stored_and_logs_in(ada: User, boss: User, admin_of: AdminOf) -> None:
    assert set_password(admin_of(boss), ada).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW_PASSWORD)
    body = {"name": "ada", "password": NEW_PASSWORD}
    response = Client().post("/api/v1/auth/token", body, content_type="application/json")
    assert response.status_code == 200


def test_a_weak_password_is_a_form_error(
    ada: User, boss: User, admin_of: AdminOf, hash_calls: list[str]
) -> None:
    client = admin_of(boss)
    for password, code in (("kV7-x", "password_too_short"), ("x" * 1025, "password_too_long")):
        response = set_password(client, ada, password1=password, password2=password)
        assert response.status_code == 200
        assert response.context["form"].has_error("password2", code)
    assert hash_calls == []
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_a_password_can_be_taken_away(ada: User, boss: User, admin_of: AdminOf) -> None:
    fields = {"usable_password": "false", "password1": "", "password2": ""}
    response = set_password(admin_of(boss), ada, **fields, **{"unset-password": "Disable"})
    assert response.status_code == 302
    ada.refresh_from_db()
    assert not ada.has_usable_password()


class Page:
    """A page of a user that an admin has opened, with the fields that a browser would send."""

    def __init__(self, client: Client, user: User) -> None:
        self._client, self._url = client, f"{USERS}{user.pk}/change/"
        self._read(client.get(self._url))

    def _read(self, response: Any) -> None:
        form = response.context["adminform"].form
        self.errors = dict(form.errors)
        self.fields = {
            name: value
            for name in form.fields
            if name != "password" and (value := form[name].value()) not in (None, False)
        }

    def save(self, **typed: str) -> int:
        """Send the page with the typed values, and return the status."""
        response = self._client.post(self._url, {**self.fields, **typed})
        if response.status_code == 200:
            self._read(response)
        return int(response.status_code)


def test_a_page_that_is_out_of_date_undoes_nothing(
    boss: User, make_user: Callable[..., User], admin_of: AdminOf
) -> None:
    """The rights that were taken away since, the new name and the removed address stay."""
    user = make_user("eve", email="eve@example.org", admin=True)
    page = Page(admin_of(boss), user)
    User.objects.filter(pk=user.pk).update(
        admin=False, is_active=False, name="Eva", name_key="eva", email=None, email_key=None
    )

    assert page.save() == 200
    assert "Somebody has changed this account" in str(page.errors["__all__"])
    user.refresh_from_db()
    assert (user.admin, user.is_active, user.name, user.email) == (False, False, "Eva", None)
    # The page has the new values now, and keeps what the admin typed.
    assert page.save(email="eva@example.org") == 302
    user.refresh_from_db()
    assert (user.admin, user.is_active, user.name) == (False, False, "Eva")
    assert user.email == "eva@example.org"


def test_what_was_typed_on_a_page_that_is_out_of_date_is_kept(
    boss: User, make_user: Callable[..., User], admin_of: AdminOf
) -> None:
    user = make_user("eve", email="eve@example.org")
    page = Page(admin_of(boss), user)
    User.objects.filter(pk=user.pk).update(editor=True)
    assert page.save(email="eva@example.org", admin="on") == 200
    assert page.save() == 302
    user.refresh_from_db()
    assert (user.email, user.admin, user.editor) == ("eva@example.org", True, True)


def test_a_made_up_state_is_out_of_date(
    boss: User, make_user: Callable[..., User], admin_of: AdminOf
) -> None:
    user = make_user("eve")
    page = Page(admin_of(boss), user)
    assert page.save(opened="[]", name="Eva") == 200
    assert page.save() == 302
    assert User.objects.get(pk=user.pk).name == "Eva"
    for opened in ("{", "[" * 10_000, "9" * 5_000):
        assert page.save(opened=opened, name="Evi") == 200


@pytest.mark.parametrize(
    ("lookup", "is_allowed"),
    [("admin__exact=1", True), ("login_sessions__sid__startswith=a", False), ("name=x", False)],
)
def test_the_list_is_filtered_by_its_filters_alone(
    boss: User, admin_of: AdminOf, lookup: str, is_allowed: bool
) -> None:
    response = admin_of(boss).get(f"{USERS}?{lookup}")
    assert response.status_code == (200 if is_allowed else 400)

"""The user model: derived columns, constraints, and the manager."""

import uuid
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]


def create_superuser(name: str) -> None:
    call_command("createsuperuser", "--noinput", "--name", name, verbosity=0)


def test_createsuperuser_makes_an_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    create_superuser("Root")
    user = User.objects.get()
    assert (user.name, user.name_key) == ("Root", "root")
    assert (user.admin, user.is_superuser, user.is_active) == (True, True, True)
    assert user.check_password(PASSWORD)


def test_createsuperuser_refuses_a_taken_name(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="already taken"):
        create_superuser("BOSS")
    assert User.objects.get() == boss


def test_createsuperuser_refuses_a_name_that_can_not_log_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="colon"):
        create_superuser("a:b")
    assert not User.objects.exists()


def test_create_user_makes_a_plain_active_user() -> None:
    user = User.objects.create_user("ada", PASSWORD, "")
    assert (user.admin, user.is_superuser, user.is_active) == (False, False, True)
    assert user.email is None
    assert user.check_password(PASSWORD)


def test_a_user_made_without_a_password_has_none_that_works() -> None:
    user = User.objects.create_user("ada")
    assert not user.has_usable_password()
    assert not user.check_password("")


def test_public_ids_are_random_and_stay(make_user: MakeUser) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    assert ada.public_id != bob.public_id
    assert ada.public_id.version == 4
    before = ada.public_id
    ada.save()
    ada.refresh_from_db()
    assert ada.public_id == before


def test_the_admin_flag_is_what_is_staff_says(ada: User, boss: User) -> None:
    assert ada.is_staff is False
    assert boss.is_staff is True


def test_a_user_is_shown_by_name(ada: User) -> None:
    assert str(ada) == "ada"


@pytest.mark.parametrize("name", ["ada", "ADA", "Ａｄａ"])
def test_the_natural_key_is_the_name_in_any_form(ada: User, name: str) -> None:
    assert User.objects.get_by_natural_key(name) == ada


@pytest.mark.parametrize("name", ["nobody", "", "a:b", "a\x00b", None])
def test_no_user_has_another_natural_key(ada: User, name: str | None) -> None:
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(name)


def test_bulk_create_fills_the_keys() -> None:
    User.objects.bulk_create([User(name="Straße", email="S@Example.org"), User(name="bob")])
    assert sorted(User.objects.values_list("name_key", "email_key"), key=str) == [
        ("bob", None),
        ("strasse", "s@example.org"),
    ]


def test_saving_the_name_alone_moves_its_key(ada: User) -> None:
    ada.name, ada.email = "Lovelace", "other@example.org"
    ada.save(update_fields=["name"])
    ada.refresh_from_db()
    assert (ada.name, ada.name_key) == ("Lovelace", "lovelace")
    assert (ada.email, ada.email_key) == ("ada@example.org", "ada@example.org")


def test_saving_the_address_alone_moves_its_key(ada: User) -> None:
    ada.name, ada.email = "Lovelace", "L@Example.org"
    ada.save(update_fields=["email"])
    ada.refresh_from_db()
    assert (ada.name, ada.name_key) == ("ada", "ada")
    assert (ada.email, ada.email_key) == ("L@Example.org", "l@example.org")


def test_saving_another_column_leaves_the_keys_of_a_newer_row_alone(ada: User) -> None:
    stale = User.objects.get(pk=ada.pk)
    ada.name, ada.email = "Lovelace", "l@example.org"
    ada.save()
    stale.save(update_fields=["last_login"])
    ada.refresh_from_db()
    assert (ada.name, ada.name_key) == ("Lovelace", "lovelace")
    assert (ada.email, ada.email_key) == ("l@example.org", "l@example.org")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"name": "ADA"}, id="name"),
        pytest.param({"name": "Ａｄａ"}, id="name in another form"),
        pytest.param(
            {"name": "bob", "email": "ADA@example.org", "email_confirmed_at": timezone.now()},
            id="address",
        ),
        pytest.param({"name": "", "email": None}, id="empty name"),
        pytest.param({"name": "root", "is_superuser": True}, id="superuser, no admin"),
    ],
)
def test_the_database_refuses_what_goes_around_save(ada: User, fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(**fields)])
    assert User.objects.get() == ada


def test_the_database_refuses_a_public_id_twice(ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(name="bob", public_id=ada.public_id)])


@pytest.mark.parametrize(
    "change",
    [
        {"admin": False},
        {"name": ""},
        {"name_key": "ada"},
        {"email_key": "ada@example.org", "email_confirmed_at": timezone.now()},
    ],
)
def test_the_database_refuses_an_update_of_rows(
    ada: User, root: User, change: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=root.pk).update(**change)
    root.refresh_from_db()
    assert (root.admin, root.name, root.name_key, root.email_key) == (True, "root", "root", None)


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"name": "ADA"}, {"name": "name_taken"}),
        ({"name": "bob", "email": "ADA@example.org"}, {"email": "email_taken"}),
        ({"name": "a:b"}, {"name": "colon"}),
        ({"name": "bob", "email": "nonsense"}, {"email": "invalid"}),
    ],
)
def test_full_clean_says_what_a_form_can_not_see(
    ada: User, fields: dict[str, str], codes: dict[str, str]
) -> None:
    with pytest.raises(ValidationError) as refused:
        User(password="x", **fields).full_clean()
    found = refused.value.error_dict
    assert {field: errors[0].code for field, errors in found.items()} == codes


def test_full_clean_accepts_the_row_itself(ada: User) -> None:
    ada.full_clean()


def test_active_admins_are_admin_and_active(ada: User, boss: User, make_user: MakeUser) -> None:
    make_user("retired", admin=True, is_active=False)
    assert list(User.objects.active_admins()) == [boss]


def test_a_public_id_can_be_chosen_in_code(make_user: MakeUser) -> None:
    chosen = uuid.uuid4()
    assert User.objects.get(pk=make_user("ada", public_id=chosen).pk).public_id == chosen

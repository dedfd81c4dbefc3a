"""Rules about accounts that guard against situations which HTTP alone can't create."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.origins import Origin
from accounts.services.users import user_register, user_update_access, user_update_profile
from bookstore_project.errors import ConflictError
from conftest import PASSWORD


@pytest.mark.django_db
def test_a_registration_never_makes_an_admin() -> None:
    user = user_register(name="ada", password=PASSWORD)
    assert (user.admin, user.is_superuser) == (False, False)


@pytest.mark.django_db
def test_an_empty_address_is_stored_as_none() -> None:
    user = user_register(name="ada", password=PASSWORD, email="")
    user.refresh_from_db()
    assert (user.email, user.email_key) == (None, None)
    user_update_profile(user=user, origin=Origin(), email="")
    user.refresh_from_db()
    assert (user.email, user.email_key) == (None, None)


@pytest.mark.django_db
def test_an_integrity_error_that_is_no_conflict_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(user: User, update_fields: list[str] | None = None) -> None:
        raise IntegrityError("another constraint")

    monkeypatch.setattr(User, "save", refuse)
    with pytest.raises(IntegrityError, match="another constraint"):
        user_register(name="ada", password=PASSWORD, email="ada@example.org")


def test_after_a_conflict_the_transaction_goes_on(ada: User, bob: User) -> None:
    with pytest.raises(ConflictError) as refused:
        user_update_profile(user=bob, origin=Origin(), name="ADA")
    assert refused.value.code == "name_taken"
    assert User.objects.get(pk=bob.pk).name == "bob"


def test_a_stale_profile_does_not_undo_another_change(ada: User) -> None:
    stale = User.objects.get(pk=ada.pk)
    user_update_profile(user=ada, origin=Origin(), email="new@example.org")
    user_update_profile(user=stale, origin=Origin(), name="lovelace")
    ada.refresh_from_db()
    assert (ada.name, ada.name_key) == ("lovelace", "lovelace")
    assert (ada.email, ada.email_key) == ("new@example.org", "new@example.org")


def test_a_stale_account_does_not_undo_a_demotion(root: User, boss: User) -> None:
    stale = User.objects.get(pk=root.pk)
    user_update_access(user=root, origin=Origin(), admin=False)
    user_update_access(user=stale, origin=Origin(), is_active=False)
    root.refresh_from_db()
    assert (root.admin, root.is_superuser, root.is_active) == (False, False, False)


def test_of_two_admins_who_demote_each_other_at_once_one_stays(
    make_user: Callable[..., User],
) -> None:
    first, second = make_user("first", admin=True), make_user("second", admin=True)
    stale = User.objects.get(pk=second.pk)
    user_update_access(user=first, origin=Origin(), admin=False)
    with pytest.raises(ConflictError) as refused:
        user_update_access(user=stale, origin=Origin(), admin=False)
    assert refused.value.code == "last_admin"
    assert list(User.objects.active_admins()) == [second]


def test_a_demotion_locks_the_admins_and_the_account(root: User, boss: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        user_update_access(user=root, origin=Origin(), admin=False)
    locks = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    # SQLite has one writer at a time, and each transaction begins by becoming the writer.
    assert len(locks) == (2 if connection.features.has_select_for_update else 0)

"""The list of users in the Django admin, and the autocomplete that chooses a book's owner."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User

USERS = "/admin/accounts/user/"
OWNERS = "/admin/autocomplete/?app_label=books&model_name=book&field_name=owner&term="

AdminOf = Callable[[User], Client]


def listed(response: Any) -> list[str]:
    assert response.status_code == 200
    return [user.name for user in response.context["cl"].result_list]


@pytest.mark.parametrize("path", [USERS, OWNERS])
def test_a_list_costs_the_same_queries_for_1_user_and_for_20(
    boss: User, make_user: Callable[..., User], admin_of: AdminOf, path: str
) -> None:
    client = admin_of(boss)
    with CaptureQueriesContext(connection) as for_one:
        assert client.get(path).status_code == 200
    for number in range(19):
        make_user(f"user {number}", email=f"user-{number}@example.org")
    with CaptureQueriesContext(connection) as for_twenty:
        assert client.get(path).status_code == 200
    assert len(for_twenty) == len(for_one)


def test_the_list_counts_no_further_than_its_bound(boss: User, admin_of: AdminOf) -> None:
    client = admin_of(boss)
    with CaptureQueriesContext(connection) as queries:
        client.get(USERS)
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 10000" in sql for sql in counts)


def test_users_are_listed_by_name_and_found_by_name_or_address(
    ada: User, bob: User, boss: User, admin_of: AdminOf
) -> None:
    client = admin_of(boss)
    assert listed(client.get(USERS)) == ["ada", "bob", "boss"]
    assert listed(client.get(f"{USERS}?q=BO")) == ["bob", "boss"]
    assert listed(client.get(f"{USERS}?q=ada@example")) == ["ada"]
    assert listed(client.get(f"{USERS}?q=nobody")) == []


def test_users_are_filtered_by_what_they_may_do(
    ada: User, boss: User, make_user: Callable[..., User], admin_of: AdminOf
) -> None:
    make_user("gone", is_active=False)
    client = admin_of(boss)
    assert listed(client.get(f"{USERS}?admin__exact=1")) == ["boss"]
    assert listed(client.get(f"{USERS}?is_active__exact=0")) == ["gone"]


def test_an_owner_is_chosen_by_typing_part_of_a_name(
    ada: User, bob: User, boss: User, admin_of: AdminOf
) -> None:
    response = admin_of(boss).get(OWNERS + "bo")
    assert response.status_code == 200
    assert response.json() == {
        "results": [{"id": str(bob.pk), "text": "bob"}, {"id": str(boss.pk), "text": "boss"}],
        "pagination": {"more": False},
    }


def test_a_plain_user_can_not_ask_for_owners(ada: User, admin_of: AdminOf) -> None:
    response = admin_of(ada).get(OWNERS + "bo")
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")

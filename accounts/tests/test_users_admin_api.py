"""/api/v1/users and /api/v1/users/{public_id}, for admins."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.client import ConformingClient
from tests.problems import field_codes

USERS = "/api/v1/users"
MEMBERS = {
    "public_id",
    "name",
    "email",
    "admin",
    "editor",
    "is_active",
    "second_factor",
    "date_joined",
}

ClientOf = Callable[[User], ConformingClient]


@pytest.fixture
def five(boss: User, make_user: Callable[..., User]) -> list[str]:
    """The names of five accounts, boss first, in the order they joined."""
    return [boss.name, *(make_user(name).name for name in ("dora", "carl", "beth", "abel"))]


def names(response: Any) -> list[str]:
    assert response.status_code == 200
    return [row["name"] for row in response.json()["results"]]


def address(user: User) -> str:
    return f"{USERS}/{user.public_id}"


@pytest.mark.parametrize("path", [USERS, USERS + "/"])
def test_an_admin_lists_everyone_in_the_order_they_joined(
    five: list[str], boss: User, client_of: ClientOf, path: str
) -> None:
    response = client_of(boss).get(path)
    assert names(response) == five
    assert response.json()["next"] is None
    assert response.json()["previous"] is None
    assert "count" not in response.json()


def test_a_row_is_exactly_six_members(ada: User, boss: User, client_of: ClientOf) -> None:
    rows = client_of(boss).get(USERS).json()["results"]
    assert [set(row) for row in rows] == [MEMBERS, MEMBERS]
    assert rows[0] == client_of(boss).get(address(ada)).json()
    assert rows[0]["public_id"] == str(ada.public_id)


def test_cursors_lead_through_all_pages_and_back(
    five: list[str], boss: User, client_of: ClientOf
) -> None:
    client = client_of(boss)
    first = client.get(f"{USERS}?limit=2")
    second = client.get(first.json()["next"])
    third = client.get(second.json()["next"])
    assert [names(first), names(second), names(third)] == [five[:2], five[2:4], five[4:]]
    assert first.json()["previous"] is None
    assert third.json()["next"] is None
    back = client.get(third.json()["previous"])
    start = client.get(back.json()["previous"])
    assert [names(back), names(start)] == [five[2:4], five[:2]]
    assert start.json()["previous"] is None


def test_a_cursor_holds_its_place_when_someone_joins_at_the_same_moment(
    five: list[str], boss: User, client_of: ClientOf, make_user: Callable[..., User]
) -> None:
    User.objects.update(date_joined=boss.date_joined)
    client = client_of(boss)
    first = client.get(f"{USERS}?limit=2")
    before = User(name="early", public_id=uuid.UUID(int=0), date_joined=boss.date_joined)
    before.save()
    rest = client.get(first.json()["next"].replace("limit=2", "limit=100"))
    assert sorted(names(first) + names(rest)) == sorted(five)


@pytest.mark.parametrize("text", ["true", "1", "TRUE"])
def test_everyone_is_counted_if_asked(
    five: list[str], boss: User, client_of: ClientOf, text: str
) -> None:
    response = client_of(boss).get(f"{USERS}?limit=2&count={text}")
    assert len(names(response)) == 2
    assert response.json()["count"] == 5


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "count=maybe", "cursor=x", "cursor="]
)
def test_a_bad_parameter_is_400(boss: User, client_of: ClientOf, query: str) -> None:
    response = client_of(boss).get(f"{USERS}?{query}")
    assert response.status_code == 400
    name = query.partition("=")[0]
    assert response.json()["code"] == (
        "invalid_cursor" if name == "cursor" else "invalid_parameter"
    )
    assert [error["parameter"] for error in response.json()["errors"]] == [name]


@pytest.mark.parametrize("extra", [0, 19])
def test_a_list_costs_two_queries_for_1_user_and_for_20(
    *,
    boss: User,
    make_user: Callable[..., User],
    client_of: ClientOf,
    django_assert_num_queries: Callable[[int], Any],
    extra: int,
) -> None:
    for number in range(extra):
        make_user(f"user {number}")
    client = client_of(boss)
    # The session of the token, and the rows.
    with django_assert_num_queries(2):
        response = client.get(USERS)
    assert len(names(response)) == 1 + extra


@pytest.mark.parametrize("suffix", ["", "/"])
def test_an_admin_sees_an_account(ada: User, boss: User, client_of: ClientOf, suffix: str) -> None:
    response = client_of(boss).get(address(ada) + suffix)
    assert response.status_code == 200
    assert set(response.json()) == MEMBERS
    assert response.json()["name"] == "ada"
    assert response.json()["email"] == "ada@example.org"


@pytest.mark.parametrize("method", ["get", "patch"])
@pytest.mark.parametrize(
    "identifier",
    [
        pytest.param("00000000-0000-4000-8000-000000000000", id="nobody"),
        pytest.param("1", id="a number"),
        pytest.param("ada", id="a name"),
        pytest.param("you", id="a word"),
        pytest.param("0" * 32, id="no hyphens"),
        pytest.param("00000000-0000-4000-8000-00000000000g", id="not hexadecimal"),
        pytest.param("%00", id="NUL"),
        pytest.param("٠" * 8 + "-0000-4000-8000-000000000000", id="other digits"),
    ],
)
def test_nobody_and_junk_are_404(
    *, ada: User, boss: User, client_of: ClientOf, method: str, identifier: str
) -> None:
    response = getattr(client_of(boss), method)(f"{USERS}/{identifier}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_the_internal_id_is_neither_shown_nor_an_address(
    boss: User, make_user: Callable[..., User], client_of: ClientOf
) -> None:
    user = make_user("ada", pk=987_654_321)
    shown = [
        client_of(boss).get(f"{USERS}?limit=1&count=true"),
        client_of(boss).get(f"{USERS}?limit=100"),
        client_of(boss).get(address(user)),
        client_of(boss).patch(address(user), {}),
        client_of(user).get(f"{USERS}/me"),
        client_of(user).patch(f"{USERS}/me", {}),
    ]
    for response in shown:
        assert response.status_code == 200
        assert "987654321" not in response.content.decode()
    assert client_of(boss).get(f"{USERS}/987654321").status_code == 404


def test_a_plain_user_gets_403_for_the_list(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).get(USERS)
    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"


@pytest.mark.parametrize("method", ["get", "patch"])
@pytest.mark.parametrize("whose", ["ada", "bob", "nobody"])
def test_a_plain_user_gets_403_whoever_they_ask_about(
    *, ada: User, bob: User, client_of: ClientOf, method: str, whose: str
) -> None:
    public_id = {"ada": ada.public_id, "bob": bob.public_id, "nobody": uuid.uuid4()}[whose]
    response = getattr(client_of(ada), method)(f"{USERS}/{public_id}")
    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"


def test_an_admin_promotes_and_deactivates(ada: User, boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).patch(address(ada), {"admin": True})
    assert response.status_code == 200
    assert response.json()["admin"] is True
    response = client_of(boss).patch(address(ada), {"is_active": False})
    assert response.status_code == 200
    assert response.json()["is_active"] is False
    ada.refresh_from_db()
    assert (ada.admin, ada.is_active) == (True, False)


def test_a_promotion_holds_from_the_next_request(
    ada: User, boss: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    assert client.get(USERS).status_code == 403
    client_of(boss).patch(address(ada), {"admin": True})
    assert client.get(USERS).status_code == 200
    client_of(boss).patch(address(ada), {"admin": False})
    assert client.get(USERS).status_code == 403


def test_an_admin_changes_nothing_else(ada: User, boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).patch(
        address(ada),
        {
            "name": "eve",
            "email": None,
            "password": "another-Harbour-28",
            "is_superuser": True,
            "public_id": str(uuid.uuid4()),
        },
    )
    assert response.status_code == 400
    read_only = ("name", "email", "public_id")
    unknown = ("password", "is_superuser")
    assert field_codes(response) == {
        *((f"#/{member}", "read_only") for member in read_only),
        *((f"#/{member}", "unknown_member") for member in unknown),
    }
    stored = User.objects.get(pk=ada.pk)
    for field in ("name", "email", "password", "is_superuser", "public_id", "date_joined"):
        assert getattr(stored, field) == getattr(ada, field)


@pytest.mark.parametrize("member", ["admin", "is_active"])
@pytest.mark.parametrize(("value", "code"), [(None, "null"), ("maybe", "invalid"), ([], "invalid")])
def test_a_flag_is_true_or_false(
    *, boss: User, client_of: ClientOf, member: str, value: Any, code: str
) -> None:
    response = client_of(boss).patch(address(boss), {member: value})
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", code)}


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_an_account_is_neither_replaced_nor_deleted(
    ada: User, boss: User, client_of: ClientOf, method: str
) -> None:
    response = getattr(client_of(boss), method)(address(ada))
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert User.objects.filter(pk=ada.pk).exists()

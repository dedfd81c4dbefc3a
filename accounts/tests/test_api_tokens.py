"""Personal API tokens are made, listed and ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import ApiToken, AuthEvent, User
from accounts.models.api_token import MAXIMUM_TOKENS
from accounts.origins import Origin
from accounts.services.api_tokens import NewToken, api_token_create, api_token_end
from bookstore_project.errors import SessionEndedError
from bookstore_project.http.api_token_text import is_well_formed
from tests.client import ConformingClient
from tests.problems import field_codes

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
TOKENS = "/api/v1/users/me/tokens"
BOOKS = "/api/v1/books"
NEW: dict[str, Any] = {
    "name": "nightly import",
    "scopes": ["books:write"],
    "expires_in_days": 90,
    "current_password": PASSWORD,
}
MEMBERS = {
    "id",
    "name",
    "scopes",
    "created_at",
    "expires_at",
    "last_used_on",
    "last_used_network",
    "keep_on_sign_out",
}

TokenOf = Callable[..., str]
ClientOf = Callable[[User], ConformingClient]


def make(client: ConformingClient, **changes: Any) -> Any:
    return client.post(TOKENS, {**NEW, **changes})


def test_a_token_is_made_and_shown_once(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    before = timezone.now()
    response = make(client)
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    made = response.json()
    assert set(made) == MEMBERS | {"token"}
    assert is_well_formed(made["token"])
    assert (made["name"], made["scopes"]) == ("nightly import", ["books:write"])
    assert (made["last_used_on"], made["last_used_network"]) == (None, None)
    assert made["keep_on_sign_out"] is False
    expiry, created = parse_datetime(made["expires_at"]), parse_datetime(made["created_at"])
    assert expiry is not None
    assert created is not None
    assert expiry - created == timedelta(days=90)
    assert created >= before

    assert make(ConformingClient(HTTP_AUTHORIZATION=f"Bearer {made['token']}")).status_code == 403
    for path in (TOKENS, f"{TOKENS}/{made['id']}"):
        again = client.get(path)
        assert again.status_code == 200
        assert made["token"] not in again.content.decode()
    assert client.get(f"{TOKENS}/{made['id']}").json() == {
        member: made[member] for member in MEMBERS
    }


def test_the_list_shows_your_accepted_tokens_and_their_last_use(
    ada: User, bob: User, client_of: ClientOf, token_of: TokenOf
) -> None:
    first, _ = token_of(ada, name="first"), token_of(bob, name="not ada's")
    token_of(ada, "books:read", "books:write", name="second", keep_on_sign_out=True, days=None)
    token_of(ada, name="expired")
    ApiToken.objects.filter(name="expired").update(expires_at=timezone.now())
    used = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {first}", REMOTE_ADDR="203.0.113.7")
    assert used.get(BOOKS).status_code == 200

    page = client_of(ada).get(TOKENS).json()

    assert page["next"] is None
    second, first_row = page["results"]
    assert all(set(row) == MEMBERS for row in page["results"])
    assert (second["name"], second["scopes"]) == ("second", ["books:read", "books:write"])
    assert (second["expires_at"], second["keep_on_sign_out"]) == (None, True)
    assert first_row["last_used_on"] == timezone.now().date().isoformat()
    assert first_row["last_used_network"] == "203.0.113.7"


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_is_two_queries_of_any_length(
    rows: int,
    ada: User,
    client_of: ClientOf,
    token_of: TokenOf,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    for _ in range(rows):
        token_of(ada)
    client = client_of(ada)
    with django_assert_num_queries(2):
        assert len(client.get(TOKENS).json()["results"]) == rows


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": ""}, "name", "blank"),
        ({"name": "   "}, "name", "blank"),
        ({"name": "x" * 101}, "name", "max_length"),
        ({"name": "a\u202eb"}, "name", "control_character"),
        ({"name": "a\nb"}, "name", "control_character"),
        ({"name": "a\u3164b"}, "name", "control_character"),
        ({"name": 7}, "name", "not_a_text"),
        ({"scopes": []}, "scopes", "empty"),
        ({"scopes": "books:read"}, "scopes", "not_a_list"),
        ({"scopes": ["users:read"]}, "scopes", "invalid_choice"),
        ({"scopes": [["books:read"]]}, "scopes", "invalid_choice"),
        ({"scopes": [{}]}, "scopes", "invalid_choice"),
        ({"scopes": None}, "scopes", "null"),
        ({"expires_in_days": 0}, "expires_in_days", "min_value"),
        ({"expires_in_days": -1}, "expires_in_days", "min_value"),
        ({"expires_in_days": 367}, "expires_in_days", "max_value"),
        ({"expires_in_days": "30"}, "expires_in_days", "invalid"),
        ({"expires_in_days": 1.5}, "expires_in_days", "invalid"),
        ({"expires_in_days": None}, "expires_in_days", "null"),
        ({"keep_on_sign_out": "yes"}, "keep_on_sign_out", "invalid"),
        ({"current_password": ""}, "current_password", "blank"),
        ({"admin": True}, "admin", "unknown_member"),
    ],
)
def test_another_body_is_refused(
    change: dict[str, Any], pointer: str, code: str, ada: User, client_of: ClientOf
) -> None:
    response = make(client_of(ada), **change)
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{pointer}", code)}
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("member", ["name", "scopes", "expires_in_days", "current_password"])
def test_each_choice_but_one_has_to_be_made(member: str, ada: User, client_of: ClientOf) -> None:
    body = {key: value for key, value in NEW.items() if key != member}
    response = client_of(ada).post(TOKENS, body)
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", "required")}


@pytest.mark.parametrize("days", [1, 366])
def test_the_bounds_of_a_lifetime(days: int, ada: User, client_of: ClientOf) -> None:
    assert make(client_of(ada), expires_in_days=days).status_code == 201


def test_a_token_never_expires_only_if_the_operator_allows_it(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    settings.API_TOKENS_WITHOUT_EXPIRY = True
    response = make(client_of(ada), expires_in_days=None)
    assert (response.status_code, response.json()["expires_at"]) == (201, None)
    settings.API_TOKENS_WITHOUT_EXPIRY = False
    refused = make(client_of(ada), expires_in_days=None)
    assert "Give a number of days from 1 to 366." in refused.json()["errors"][0]["detail"]


def test_a_wrong_password_makes_none_and_counts(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 900)}
    client = client_of(ada)
    for status, code in ((403, "wrong_password"), (403, "wrong_password"), (429, "throttled")):
        response = make(client, current_password="wrong")
        assert (response.status_code, response.json()["code"]) == (status, code)
    assert not ApiToken.objects.exists()
    assert AuthEvent.objects.filter(kind="password_wrong").count() == 2


def test_an_account_has_a_bounded_number_of_tokens(
    ada: User, bob: User, client_of: ClientOf, token_of: TokenOf
) -> None:
    for _ in range(MAXIMUM_TOKENS):
        token_of(ada)
    client = client_of(ada)
    response = make(client)
    assert (response.status_code, response.json()["code"]) == (409, "too_many_api_tokens")
    assert make(client_of(bob)).status_code == 201
    # Tokens that are no longer accepted do not count.
    ApiToken.objects.filter(pk=ada.api_tokens.all()[0].pk).update(expires_at=timezone.now())
    assert make(client).status_code == 201
    assert make(client).status_code == 409


def test_making_tokens_is_limited_for_each_account(
    ada: User, bob: User, client_of: ClientOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api-token": (2, 3600)}
    client = client_of(ada)
    assert [make(client).status_code for _ in range(3)] == [201, 201, 429]
    assert make(client_of(bob)).status_code == 201


def test_a_refused_token_is_not_counted(
    ada: User, client_of: ClientOf, token_of: TokenOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api-token": (1, 3600)}
    for _ in range(MAXIMUM_TOKENS):
        token_of(ada)
    client = client_of(ada)
    assert [make(client).status_code for _ in range(2)] == [409, 409]


def test_one_token_is_ended_at_once(ada: User, client_of: ClientOf, token_of: TokenOf) -> None:
    ended, kept = token_of(ada, name="ended"), token_of(ada, name="kept")
    client = client_of(ada)
    pk = ApiToken.objects.get(name="ended").pk
    assert client.delete(f"{TOKENS}/{pk}").status_code == 204
    assert client.delete(f"{TOKENS}/{pk}").status_code == 404
    for token, status in ((ended, 401), (kept, 200)):
        job = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {token}")
        assert job.get(BOOKS).status_code == status


def test_somebody_elses_token_is_not_there(
    ada: User, bob: User, boss: User, client_of: ClientOf, token_of: TokenOf
) -> None:
    token_of(bob)
    path = f"{TOKENS}/{bob.api_tokens.get().pk}"
    for user in (ada, boss):
        assert client_of(user).get(path).status_code == 404
        assert client_of(user).delete(path).status_code == 404
    assert bob.api_tokens.exists()


def test_events_tell_which_token_was_made_and_ended_and_no_secret(
    ada: User, boss: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    made = make(client).json()
    client_of(boss).delete(f"/api/v1/users/{ada.public_id}/tokens/{made['id']}")
    ended, created, *_ = client.get("/api/v1/users/me/events").json()["results"]
    assert (created["kind"], created["is_yours"]) == ("api_token_created", True)
    assert (ended["kind"], ended["is_yours"]) == ("api_token_ended", False)
    assert created["detail"] == ended["detail"] == "nightly import: books:write"
    values = [str(value) for row in AuthEvent.objects.values_list() for value in row]
    assert not any(made["token"] in value for value in values)


def test_an_end_that_came_too_late_is_no_event(ada: User, token_of: TokenOf) -> None:
    token_of(ada)
    token = ada.api_tokens.get()
    for _ in range(2):
        api_token_end(token, origin=Origin())
    assert AuthEvent.objects.filter(kind="api_token_ended").count() == 1


def test_no_token_is_made_for_a_session_that_has_ended(ada: User) -> None:
    asked = NewToken(name="late", scopes=("books:read",), days=1)
    User.objects.get(pk=ada.pk).delete()
    with pytest.raises(SessionEndedError):
        api_token_create(user=ada, asked=asked, origin=Origin())


# --- Admins --------------------------------------------------------------------------------------


def test_an_admin_lists_and_ends_the_tokens_of_others(
    ada: User, bob: User, boss: User, client_of: ClientOf, token_of: TokenOf
) -> None:
    for name in ("one", "two", "three"):
        token_of(ada, name=name)
    token_of(bob)
    admin, path = client_of(boss), f"/api/v1/users/{ada.public_id}/tokens"

    page = admin.get(path, {"limit": "2", "count": "true"}).json()

    assert ([row["name"] for row in page["results"]], page["count"]) == (["three", "two"], 3)
    assert [row["name"] for row in admin.get(page["next"]).json()["results"]] == ["one"]
    assert admin.delete(f"{path}/{page['results'][0]['id']}").status_code == 204
    assert [row["name"] for row in admin.get(path).json()["results"]] == ["two", "one"]
    assert admin.delete(path).status_code == 204
    assert admin.get(path).json()["results"] == []
    assert bob.api_tokens.count() == 1
    ended = AuthEvent.objects.filter(kind="api_token_ended", subject_id=ada.public_id)
    assert {event.actor_id for event in ended} == {boss.public_id}
    assert ended.count() == 3


def test_an_admin_makes_no_token_for_others(ada: User, boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).post(f"/api/v1/users/{ada.public_id}/tokens", NEW)
    assert response.status_code == 405
    assert not ApiToken.objects.exists()


def test_a_token_is_found_below_its_own_user_alone(
    ada: User, bob: User, boss: User, client_of: ClientOf, token_of: TokenOf
) -> None:
    token_of(bob)
    admin, pk = client_of(boss), bob.api_tokens.get().pk
    nobody = "00000000-0000-4000-8000-000000000000"
    assert admin.delete(f"/api/v1/users/{ada.public_id}/tokens/{pk}").status_code == 404
    assert admin.delete(f"/api/v1/users/{ada.public_id}/tokens/{nobody}").status_code == 404
    assert admin.get(f"/api/v1/users/{nobody}/tokens").status_code == 404
    assert admin.delete(f"/api/v1/users/{nobody}/tokens").status_code == 404
    assert bob.api_tokens.exists()


@pytest.mark.parametrize("rows", [1, 20])
def test_an_admins_list_is_three_queries_of_any_length(  # noqa: PLR0913  # fixtures
    *,
    rows: int,
    ada: User,
    boss: User,
    client_of: ClientOf,
    token_of: TokenOf,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    for _ in range(rows):
        token_of(ada)
    admin = client_of(boss)
    with django_assert_num_queries(3):
        page = admin.get(f"/api/v1/users/{ada.public_id}/tokens").json()
    assert len(page["results"]) == rows


# --- The browsable API ---------------------------------------------------------------------------


def test_a_person_makes_and_ends_a_token_on_the_pages(
    ada: User, session_of: Callable[[User], Client]
) -> None:
    browser = session_of(ada)
    page = browser.get(TOKENS, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "<h1>API tokens</h1>" in page.content.decode()
    assert 'name="scopes"' in page.content.decode()
    assert 'name="current_password"' in page.content.decode()
    form = {
        "csrfmiddlewaretoken": browser.cookies["csrftoken"].value,
        "name": "from a page",
        "scopes": ["books:read", "books:write"],
        "expires_in_days": "30",
        "keep_on_sign_out": "true",
        "current_password": PASSWORD,
    }
    made = browser.post(TOKENS, form, headers={"accept": "text/html"})
    assert made.status_code == 201
    token = ada.api_tokens.get()
    assert (token.scopes, token.keep_on_sign_out) == (("books:read", "books:write"), True)
    assert "bks_" in made.content.decode()
    assert PASSWORD not in made.content.decode()

    path = f"{TOKENS}/{token.pk}"
    listed = browser.get(TOKENS, headers={"accept": "text/html"}).content.decode()
    assert f'href="{path}"' in listed
    shown = browser.get(path, headers={"accept": "text/html"}).content.decode()
    assert 'data-method="DELETE"' in shown
    ended = browser.delete(
        path, headers={"accept": "text/html", "x-csrftoken": browser.cookies["csrftoken"].value}
    )
    # DRF shows the page of a 204 as a 200.
    assert ended.status_code == 200
    assert not ada.api_tokens.exists()


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_form_without_days_asks_for_a_token_that_never_expires(
    is_allowed: bool,
    ada: User,
    session_of: Callable[[User], Client],
    settings: Any,
) -> None:
    settings.API_TOKENS_WITHOUT_EXPIRY = is_allowed
    browser = session_of(ada)
    browser.get(TOKENS, headers={"accept": "text/html"})
    form = {
        "csrfmiddlewaretoken": browser.cookies["csrftoken"].value,
        "name": "x",
        "scopes": ["books:read"],
        "expires_in_days": "",
        "current_password": PASSWORD,
    }
    response = browser.post(TOKENS, form, headers={"accept": "text/html"})
    assert response.status_code == (201 if is_allowed else 400)
    assert ApiToken.objects.filter(expires_at=None).exists() == is_allowed
    assert PASSWORD not in response.content.decode()

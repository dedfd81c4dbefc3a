"""Requests with an API token."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.services.api_tokens import NOTED_FOR
from accounts.tokens.classes import AccessToken
from bookstore_project.http.api_token_text import is_well_formed, new_token
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books"
BOOK = {"name": "Romola", "author": "George Eliot"}
REFUSED = (
    'Bearer realm="bookstore", error="invalid_token", error_description="The token is not valid."'
)

TokenOf = Callable[..., str]
JobOf = Callable[..., ConformingClient]


def bearer(token: str) -> ConformingClient:
    return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {token}")


def test_a_job_reads_and_writes_as_its_user(ada: User, job_of: JobOf) -> None:
    job = job_of(ada)
    made = job.post(BOOKS, BOOK)
    assert made.status_code == 201
    assert made.json()["owner"] == str(ada.public_id)
    assert [book["name"] for book in job.get(BOOKS).json()["results"]] == ["Romola"]


def test_only_a_digest_is_stored(ada: User, token_of: TokenOf) -> None:
    token = token_of(ada)
    values = ApiToken.objects.values_list().get()
    assert not any(token[4:20] in str(value) for value in values)
    assert len(ApiToken.objects.get().digest) == 64


def test_an_unknown_token_is_401(ada: User, token_of: TokenOf) -> None:
    token_of(ada)
    response = bearer(new_token()).get(BOOKS)
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert response["WWW-Authenticate"] == REFUSED


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        lambda token: "bks_",
        lambda token: f"{token}.a.b",
        lambda token: f"{token[:-1]}\u00e9",
    ],
)
def test_a_mistyped_token_is_401_without_a_query(
    *,
    change: Callable[[str], str],
    ada: User,
    token_of: TokenOf,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    token = change(token_of(ada))
    assert not is_well_formed(token)
    with django_assert_num_queries(0):
        response = bearer(token).get(BOOKS)
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


def test_an_expired_token_is_401_and_told_so(ada: User, token_of: TokenOf) -> None:
    token = token_of(ada)
    ApiToken.objects.update(expires_at=timezone.now())
    response = bearer(token).get(BOOKS)
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


def test_a_token_without_expiry_goes_on(ada: User, token_of: TokenOf) -> None:
    assert bearer(token_of(ada, days=None)).get(BOOKS).status_code == 200


@pytest.mark.parametrize("header", ["x-access-tokens", "x-access-token"])
def test_the_tutorials_headers_take_no_api_token(header: str, ada: User, token_of: TokenOf) -> None:
    token = token_of(ada)
    response = ConformingClient().get(BOOKS, headers={header: token})
    assert (response.status_code, response.json()["detail"]) == (
        401,
        "Send an API token as Authorization: Bearer.",
    )
    both = bearer(token).get(BOOKS, headers={header: token})
    assert both.status_code == 401


def test_an_api_token_beside_another_token_is_401(ada: User, token_of: TokenOf) -> None:
    client = ConformingClient(
        HTTP_AUTHORIZATION=f"Bearer {token_of(ada)}",
        HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(ada)),
    )
    response = client.get(BOOKS)
    assert (response.status_code, response.json()["code"]) == (401, "conflicting_tokens")


def queries_of(client: ConformingClient, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", [BOOKS, f"{BOOKS}/deleted", f"{BOOKS}/export"])
def test_a_request_costs_as_many_queries_as_with_a_login(
    path: str, ada: User, job_of: JobOf, client_of: Callable[[User], ConformingClient]
) -> None:
    job, login = job_of(ada), client_of(ada)
    # The first request notes the use of the token.
    assert queries_of(job, path) > queries_of(login, path)
    assert queries_of(job, path) == queries_of(login, path)


def test_the_token_and_its_user_are_read_by_one_query_by_the_digest(
    ada: User, job_of: JobOf
) -> None:
    job = job_of(ada)
    job.get(BOOKS)
    with CaptureQueriesContext(connection) as captured:
        job.get(BOOKS)
    first, *others = [query["sql"] for query in captured]
    assert "accounts_apitoken" in first
    assert '"digest" = ' in first
    assert not any("accounts_apitoken" in other for other in others)


def test_a_use_is_written_at_most_once_an_hour(ada: User, job_of: JobOf) -> None:
    job = job_of(ada)
    job.get(BOOKS, REMOTE_ADDR="203.0.113.7")
    first = ApiToken.objects.get()
    assert first.last_used_network == "203.0.113.7"
    job.get(BOOKS, REMOTE_ADDR="2001:db8:1:2:3::4")
    assert ApiToken.objects.get().last_used_at == first.last_used_at
    assert ApiToken.objects.get().last_used_network == "203.0.113.7"
    ApiToken.objects.update(last_used_at=timezone.now() - NOTED_FOR - timedelta(seconds=1))
    job.get(BOOKS, REMOTE_ADDR="2001:db8:1:2:3::4")
    again = ApiToken.objects.get()
    assert again.last_used_at is not None
    assert first.last_used_at is not None
    assert again.last_used_at >= first.last_used_at
    assert again.last_used_network == "2001:db8:1:2::/64"


def test_a_use_without_an_address_has_no_network(ada: User, job_of: JobOf) -> None:
    assert job_of(ada).get(BOOKS, REMOTE_ADDR="").status_code == 200
    used = ApiToken.objects.get()
    assert (used.last_used_on, used.last_used_network) == (timezone.now().date(), None)


def test_a_refused_request_is_no_use(ada: User, job_of: JobOf) -> None:
    assert job_of(ada, "books:read").post(BOOKS, BOOK).status_code == 403
    assert ApiToken.objects.get().last_used_at is None


def test_a_use_that_can_not_be_written_keeps_nobody_from_reading(
    ada: User, job_of: JobOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(ada)

    def locked(*args: object, **values: object) -> int:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "update", locked)
        assert job.get(BOOKS).status_code == 200
    assert ApiToken.objects.get().last_used_at is None
    job.get(BOOKS)
    assert ApiToken.objects.get().last_used_at is not None


def test_an_import_goes_on_with_a_token(ada: User, job_of: JobOf) -> None:
    response = job_of(ada).post(
        f"{BOOKS}/import", "name,author\nRomola,George Eliot\n", content_type="text/csv"
    )
    assert response.status_code == 200
    assert response.json()["created"] == 1

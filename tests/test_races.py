"""Parallel requests to a real server: the database and the counters decide."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest

from accounts.models.api_token import MAXIMUM_TOKENS

from .live import (
    LiveServer,
    call,
    live_server,
    mailed_token,
    mailed_tokens,
    post,
    post_at_once,
)
from .redis_server import redis_server

pytestmark = pytest.mark.live

PARALLEL = 20


def log_in(server: LiveServer) -> Any:
    credentials = {"name": "admin", "password": server.admin_password}
    _, tokens = post(server, "auth/token", credentials)
    return tokens


def test_twenty_refreshes_of_one_token_at_once_leave_one_line(server: LiveServer) -> None:
    refresh = log_in(server)["refresh"]

    bodies = [{"refresh": refresh}] * PARALLEL
    answers = post_at_once(server, "auth/token/refresh", bodies)

    assert {status for status, _ in answers} == {200}
    successors = {tokens["refresh"] for _, tokens in answers}
    assert len(successors) == 1
    claims = jwt.decode(successors.pop(), options={"verify_signature": False})
    assert claims["gen"] == 1


def test_many_logins_of_one_account_at_once_and_a_new_password_hold_nobody_up(
    server: LiveServer,
) -> None:
    """Each login stores its time in the account's row, which a new password locks as well."""
    account = {"name": "many-logins", "password": "violet-Harbour-27"}
    post(server, "auth/register", account)
    token = post(server, "auth/token", account)[1]["access"]
    body = {"current_password": account["password"], "new_password": account["password"]}

    def ask(number: int) -> int:
        if number % 5 == 0:
            return call(server, "POST", "users/me/password", body, token=token)[0]
        return post(server, "auth/token", account)[0]

    with ThreadPoolExecutor(PARALLEL) as threads:
        statuses = Counter(threads.map(ask, range(PARALLEL)))

    # Of the changes, one may find its session ended by another.
    assert set(statuses) <= {200, 204, 401}
    assert statuses[200] == PARALLEL - PARALLEL // 5


def test_a_replay_of_an_old_token_kills_the_line(server: LiveServer) -> None:
    first = log_in(server)["refresh"]
    _, second = post(server, "auth/token/refresh", {"refresh": first})
    _, third = post(server, "auth/token/refresh", {"refresh": second["refresh"]})

    status, problem = post(server, "auth/token/refresh", {"refresh": first})

    assert (status, problem["code"]) == (401, "refresh_reused")
    status, problem = post(server, "auth/token/refresh", {"refresh": third["refresh"]})
    assert (status, problem["code"]) == (401, "token_invalid")


def test_of_many_registrations_of_one_name_exactly_one_wins(server: LiveServer) -> None:
    forms = ["Mary", "MARY", "mary", "Ｍａｒｙ", "ｍARY"] * 3
    bodies = [{"name": name, "password": "violet-Harbour-27"} for name in forms]

    answers = post_at_once(server, "auth/register", bodies)

    assert Counter(status for status, _ in answers) == {201: 1, 409: len(forms) - 1}
    assert {body["code"] for status, body in answers if status == 409} == {"name_taken"}


@pytest.mark.parametrize("end", ["PATCH", "DELETE"])
def test_of_many_who_want_a_name_that_is_given_up_nobody_gets_it(
    end: str, server: LiveServer
) -> None:
    account = {"name": f"given-up-by-{end}", "password": "violet-Harbour-27"}
    post(server, "auth/register", account)
    token = post(server, "auth/token", account)[1]["access"]
    bodies = {
        "PATCH": {"name": "given-a-new-one", "current_password": account["password"]},
        "DELETE": {"password": account["password"]},
    }

    def ask(number: int) -> int:
        if number == PARALLEL // 2:
            return call(server, end, "users/me", bodies[end], token=token)[0]
        return post(server, "auth/register", account)[0]

    with ThreadPoolExecutor(PARALLEL) as threads:
        statuses = Counter(threads.map(ask, range(PARALLEL)))

    assert statuses == {409: PARALLEL - 1, {"PATCH": 200, "DELETE": 204}[end]: 1}
    # Only its former owner can take the name back.
    if end == "PATCH":
        body = {"name": account["name"], "current_password": account["password"]}
        assert call(server, end, "users/me", body, token=token)[0] == 200


def test_parallel_failures_never_exceed_the_limit(tmp_path: Path) -> None:
    bodies = [{"name": "admin", "password": "wrong"}] * PARALLEL
    with live_server(directory=tmp_path, LIMIT_FAILED_LOGIN="5/3600") as limited:
        answers = post_at_once(limited, "auth/token", bodies)

    assert Counter(status for status, _ in answers) == {401: 5, 429: PARALLEL - 5}


def test_two_servers_share_one_limit_by_redis(tmp_path: Path) -> None:
    body = {"name": "admin", "password": "wrong"}
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with (
        redis_server() as url,
        live_server(directory=one, LIMIT_FAILED_LOGIN="5/3600", CACHE_URL=url) as first,
        live_server(directory=two, LIMIT_FAILED_LOGIN="5/3600", CACHE_URL=url) as second,
        ThreadPoolExecutor(PARALLEL) as threads,
    ):
        servers = [first, second] * (PARALLEL // 2)
        answers = list(threads.map(lambda server: post(server, "auth/token", body), servers))

    assert Counter(status for status, _ in answers) == {401: 5, 429: PARALLEL - 5}


def test_of_many_new_passwords_by_one_token_exactly_one_is_set(server: LiveServer) -> None:
    account = {"name": "forgetful", "password": "violet-Harbour-27"}
    post(server, "auth/register", {**account, "email": "forgetful@example.org"})
    post(server, "auth/password-reset", {"email": "forgetful@example.org"})
    token = mailed_token(server, to="forgetful@example.org", page="reset-password")
    passwords = [f"amber-Compass-{number}" for number in range(PARALLEL)]

    bodies = [{"token": token, "new_password": password} for password in passwords]
    answers = post_at_once(server, "auth/password-reset/confirm", bodies)

    assert Counter(status for status, _ in answers) == {200: 1, 403: PARALLEL - 1}
    (set_one,) = (
        password for password, (status, _) in zip(passwords, answers, strict=True) if status == 200
    )
    login = {"name": "forgetful", "password": set_one}
    assert post(server, "auth/token", login)[0] == 200


def test_of_many_accounts_with_one_address_exactly_one_confirms_it(server: LiveServer) -> None:
    address = "shared@example.org"
    for number in range(10):
        account = {"name": f"shared-{number}", "password": "violet-Harbour-27", "email": address}
        assert post(server, "auth/register", account)[0] == 201
    tokens = mailed_tokens(server, to=address, page="confirm-email", number=10)
    account = {"name": "shared-late", "password": "violet-Harbour-27", "email": address}

    bodies = [{"token": token} for token in tokens]
    answers = post_at_once(server, "auth/email/confirm", bodies)

    # The others lost the address while they waited, which makes their tokens void.
    assert Counter(status for status, _ in answers) == {200: 1, 403: 9}
    (confirmed,) = (body for status, body in answers if status == 200)
    assert confirmed["email"] == address
    assert post(server, "auth/register", account)[0] == 409


def test_books_and_the_end_of_their_owner_at_once_are_no_failure(server: LiveServer) -> None:
    account = {"name": "leaving", "password": "violet-Harbour-27"}
    post(server, "auth/register", account)
    token = post(server, "auth/token", account)[1]["access"]
    book = {"author": "George Eliot", "publisher": "Blackwood"}

    def ask(number: int) -> int:
        if number == PARALLEL // 2:
            body = {"password": account["password"]}
            return call(server, "DELETE", "users/me", body, token=token)[0]
        body = {**book, "name": f"Volume {number}"}
        return call(server, "POST", "books", body, token=token)[0]

    with ThreadPoolExecutor(PARALLEL) as threads:
        statuses = Counter(threads.map(ask, range(PARALLEL)))

    assert statuses[204] == 1
    assert statuses[201] + statuses[401] == PARALLEL - 1
    assert call(server, "GET", "users/me", token=token)[0] == 401


def test_tokens_made_at_once_never_exceed_their_number(tmp_path: Path) -> None:
    token = {
        "name": "job",
        "scopes": ["books:read"],
        "expires_in_days": 1,
        "current_password": "violet-Harbour-27",
    }
    account = {"name": "with-many-jobs", "password": token["current_password"]}
    with live_server(directory=tmp_path, LIMIT_API_TOKEN="1000/3600") as roomy:
        post(roomy, "auth/register", account)
        access = post(roomy, "auth/token", account)[1]["access"]

        def make(number: int) -> int:
            return post(roomy, "users/me/tokens", token, token=access)[0]

        # Fewer at once than the server queues for the check of a password.
        assert {make(number) for number in range(MAXIMUM_TOKENS - 2)} == {201}
        with ThreadPoolExecutor(6) as threads:
            statuses = Counter(threads.map(make, range(6)))
        listed = call(roomy, "GET", "users/me/tokens?count=true", token=access)[1]

    assert statuses == {201: 2, 409: 4}
    assert listed["count"] == MAXIMUM_TOKENS


def test_batches_of_the_same_books_at_once_are_all_done_one_after_another(
    server: LiveServer,
) -> None:
    token = log_in(server)["access"]
    creations = [{"op": "create", "book": {"name": f"B{n}", "author": "Raced"}} for n in range(10)]
    _, made = post(server, "books/batch", {"operations": creations}, token=token)
    ids = [outcome["id"] for outcome in made["outcomes"]]

    def ask(number: int) -> int:
        # Each begins with another book, half of them backwards.
        order = (ids[number % 10 :] + ids[: number % 10])[:: 1 if number % 2 else -1]
        book = {"price": f"{number + 1}.00"}
        operations = [{"op": "change", "id": pk, "book": book} for pk in order]
        return post(server, "books/batch", {"operations": operations}, token=token)[0]

    with ThreadPoolExecutor(PARALLEL) as threads:
        statuses = Counter(threads.map(ask, range(PARALLEL)))

    assert statuses == {200: PARALLEL}
    page = call(server, "GET", "books?author=raced", token=token)[1]["results"]
    assert {book["version"] for book in page} == {1 + PARALLEL}
    # Nothing came between the changes of one batch.
    assert len({book["price"] for book in page}) == 1


def test_of_many_batches_with_one_version_exactly_one_is_done(server: LiveServer) -> None:
    token = log_in(server)["access"]
    book = {"name": "One version", "author": "Batch of one"}
    pk = post(server, "books", book, token=token)[1]["id"]

    def ask(number: int) -> int:
        operations = [
            {"op": "create", "book": {"name": f"Beside {number}", "author": book["author"]}},
            {"op": "change", "id": pk, "version": 1, "book": {"price": f"{number + 1}.00"}},
        ]
        return post(server, "books/batch", {"operations": operations}, token=token)[0]

    with ThreadPoolExecutor(PARALLEL) as threads:
        statuses = Counter(threads.map(ask, range(PARALLEL)))

    assert statuses == {200: 1, 412: PARALLEL - 1}
    page = call(server, "GET", "books?author=batch+of+one", token=token)[1]["results"]
    assert [book["version"] for book in page if book["name"] == "One version"] == [2]
    assert len(page) == 2

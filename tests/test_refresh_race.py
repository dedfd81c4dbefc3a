"""Refreshing from many places at once, against a real server: one line of descent is left."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest

from .live import LiveServer

pytestmark = pytest.mark.live

PARALLEL = 20


def post(server: LiveServer, path: str, body: Any) -> tuple[int, Any]:
    request = Request(
        f"{server.url}/api/v1/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urlopen(request) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


def log_in(server: LiveServer) -> Any:
    credentials = {"name": "admin", "password": server.admin_password}
    _, tokens = post(server, "auth/token", credentials)
    return tokens


def test_twenty_refreshes_of_one_token_at_once_leave_one_line(server: LiveServer) -> None:
    refresh = log_in(server)["refresh"]

    with ThreadPoolExecutor(PARALLEL) as threads:
        answers = list(
            threads.map(
                lambda _: post(server, "auth/token/refresh", {"refresh": refresh}), range(PARALLEL)
            )
        )

    assert {status for status, _ in answers} == {200}
    successors = {tokens["refresh"] for _, tokens in answers}
    assert len(successors) == 1
    claims = jwt.decode(successors.pop(), options={"verify_signature": False})
    assert claims["gen"] == 1


def test_a_replay_of_an_old_token_kills_the_line(server: LiveServer) -> None:
    first = log_in(server)["refresh"]
    _, second = post(server, "auth/token/refresh", {"refresh": first})
    _, third = post(server, "auth/token/refresh", {"refresh": second["refresh"]})

    status, problem = post(server, "auth/token/refresh", {"refresh": first})

    assert (status, problem["code"]) == (401, "refresh_reused")
    status, problem = post(server, "auth/token/refresh", {"refresh": third["refresh"]})
    assert (status, problem["code"]) == (401, "token_invalid")

"""Step-ups in parallel with one another and with refreshes, on a real server."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import jwt
import pytest
from pyotp import TOTP, parse_uri

from .live import LiveServer, call, post

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"
PARALLEL = 12
STEP = 30


def enrolled(server: LiveServer, name: str) -> tuple[TOTP, list[str], Any]:
    """Return the app, the recovery codes and the tokens of a new user."""
    credentials = {"name": name, "password": PASSWORD}
    post(server, "auth/register", credentials)
    _, tokens = post(server, "auth/token", credentials)
    body = {"current_password": PASSWORD}
    _, setup = post(server, "users/me/totp", body, token=tokens["access"])
    app = cast("TOTP", parse_uri(setup["otpauth_uri"]))
    body = {"code": app.now()}
    _, made = post(server, "users/me/totp/confirm", body, token=tokens["access"])
    return app, made["recovery_codes"], tokens


def test_of_many_step_ups_with_one_code_exactly_one_wins(server: LiveServer) -> None:
    app, _, tokens = enrolled(server, "one-code")
    body = {"code": app.at(int(time.time()) + STEP)}

    def step_up(number: int) -> tuple[int, Any]:
        return post(server, "auth/step-up", body, token=tokens["access"])

    with ThreadPoolExecutor(PARALLEL) as threads:
        answers = list(threads.map(step_up, range(PARALLEL)))

    assert Counter(status for status, _ in answers) == {200: 1, 403: PARALLEL - 1}
    assert {body["code"] for status, body in answers if status == 403} == {"wrong_code"}
    (pair,) = (body for status, body in answers if status == 200)
    assert jwt.decode(pair["access"], options={"verify_signature": False})["gen"] == 1


def test_a_refresh_and_a_step_up_at_once_leave_a_session_that_goes_on(server: LiveServer) -> None:
    """Whichever is first: the later tokens continue the session, and the proof is the step-up's."""
    _, recovery_codes, tokens = enrolled(server, "at-once")
    for number, code in enumerate(recovery_codes):
        with ThreadPoolExecutor(2) as threads:
            refreshing = threads.submit(
                post, server, "auth/token/refresh", {"refresh": tokens["refresh"]}
            )
            stepping_up = threads.submit(
                post, server, "auth/step-up", {"recovery_code": code}, token=tokens["access"]
            )
            pairs = [refreshing.result(), stepping_up.result()]
        assert [status for status, _ in pairs] == [200, 200]
        renewed, stepped_up = (
            jwt.decode(pair["access"], options={"verify_signature": False}) for _, pair in pairs
        )
        assert "mfa" in stepped_up["amr"]
        assert stepped_up["gen"] >= renewed["gen"]
        tokens = pairs[1][1]
        name = {"name": f"at-once-{number}"}
        assert call(server, "PATCH", "users/me", name, token=tokens["access"])[0] == 200

"""All flows that use mail, with a real server that prints its mails."""

import pytest

from .live import LiveServer, call, mailed_token, post

pytestmark = pytest.mark.live

OLD, NEW = "violet-Harbour-27", "amber-Compass-31"


def log_in(server: LiveServer, name: str, password: str) -> tuple[int, str]:
    status, tokens = post(server, "auth/token", {"name": name, "password": password})
    return status, tokens.get("access", "")


def test_a_forgotten_password(server: LiveServer) -> None:
    account = {"name": "susan", "password": OLD, "email": "susan@example.org"}
    post(server, "auth/register", account)
    token = mailed_token(server, to="susan@example.org", page="confirm-email")
    confirmed = {"name": "susan", "email": "susan@example.org"}
    assert post(server, "auth/email/confirm", {"token": token}) == (200, confirmed)
    _, session = log_in(server, "susan@example.org", OLD)

    for email in ("susan@example.org", "nobody@example.org"):
        assert post(server, "auth/password-reset", {"email": email}) == (202, {})
    token = mailed_token(server, to="susan@example.org", page="reset-password")
    body = {"token": token, "new_password": NEW}
    assert post(server, "auth/password-reset/confirm", body) == (200, {"name": "susan"})

    assert post(server, "auth/password-reset/confirm", body)[0] == 403
    assert call(server, "GET", "users/me", token=session)[0] == 401
    assert [log_in(server, "susan", password)[0] for password in (OLD, NEW)] == [401, 200]
    assert "nobody@example.org" not in server.log.read_text()


def test_another_address(server: LiveServer) -> None:
    post(server, "auth/register", {"name": "jane", "password": OLD})
    _, session = log_in(server, "jane", OLD)

    body = {"email": "jane@example.org", "current_password": OLD}
    assert post(server, "users/me/email", body, token=session) == (202, {})
    token = mailed_token(server, to="jane@example.org", page="confirm-email")
    assert post(server, "users/me/email/confirm", {"token": token}, token=session) == (204, None)

    assert call(server, "GET", "users/me", token=session)[1]["email"] == "jane@example.org"

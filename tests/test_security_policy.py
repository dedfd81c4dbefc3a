"""The Content-Security-Policy of all pages: no inline script or style, and no other hosts."""

import pytest
from django.test import Client

PAGES = [
    "/",
    "/api/session/login/",
    "/account/register/",
    "/api/v1",
    "/api/docs",
    "/api/redoc",
    "/admin/login/",
]
ALLOWED = {"'self'", "'none'", "data:", "blob:"}


@pytest.mark.parametrize("path", PAGES)
def test_scripts_come_from_here_alone(client: Client, path: str) -> None:
    policy = _policy(client, path)

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert "script-src-elem" not in policy
    assert "script-src-attr" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_nothing_comes_from_another_host(client: Client, path: str) -> None:
    sources = {source for sources in _policy(client, path).values() for source in sources}

    assert sources - {"'unsafe-inline'"} <= ALLOWED


@pytest.mark.parametrize("path", PAGES)
def test_only_redoc_may_make_styles(client: Client, path: str) -> None:
    policy = _policy(client, path)

    assert not {"style-src-attr", "style-src-elem"} & set(policy)
    assert ("'unsafe-inline'" in policy["style-src"]) == (path == "/api/redoc")


def _policy(client: Client, path: str) -> dict[str, list[str]]:
    response = client.get(path, headers={"Accept": "text/html, */*;q=0.1"})
    assert response.status_code == 200
    directives = response.headers["Content-Security-Policy"].split("; ")
    return {name: sources.split() for name, _, sources in (d.partition(" ") for d in directives)}

"""Errors outside the canonical API: a page for people, problem details for programs."""

from typing import NoReturn

import pytest
from django.template.loader import render_to_string
from django.test import Client

from accounts.models import User
from tests.problems import a_problem, problem_of

PAGE = {"Accept": "text/html"}
DATA = {"Accept": "application/json"}


def test_a_page_that_is_not_there(client: Client) -> None:
    response = client.get("/nothing", headers=PAGE)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    page = response.content.decode()
    assert "There is nothing at this address." in page
    assert response.headers["X-Request-Id"] in page


def test_an_address_that_is_not_there_for_a_program(client: Client) -> None:
    response = client.get("/nothing", headers=DATA)

    assert response.status_code == 404
    assert problem_of(response) == a_problem(404, "not_found", "There is nothing at this address.")


@pytest.mark.parametrize("path", ["/api/v2/books", "/api/v1x", "/api", "/healthz/", "/index.html"])
def test_addresses_near_the_real_ones_are_not_there(client: Client, path: str) -> None:
    response = client.get(path, headers=DATA)

    assert response.status_code == 404
    assert problem_of(response)["code"] == "not_found"


def test_a_failure_is_a_page_without_its_cause(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = _failing(client, monkeypatch).get("/", headers=PAGE)

    assert response.status_code == 500
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    page = response.content.decode()
    assert "Internal Server Error" in page
    assert response.headers["X-Request-Id"] in page
    assert "the cause" not in page


def test_a_failure_is_a_problem_for_a_program(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = _failing(client, monkeypatch).get("/", headers=DATA)

    assert response.status_code == 500
    assert problem_of(response) == a_problem(
        500, "server_error", "The server failed. Report the request id to the operator."
    )


@pytest.mark.parametrize("path", ["/", "/api/v1/books", "/admin/"])
def test_a_host_that_is_not_ours_is_400(client: Client, path: str) -> None:
    response = client.get(path, headers={**DATA, "Host": "evil.example"})

    assert response.status_code == 400
    assert problem_of(response) == a_problem(400, "bad_request", "The request can't be read.")


def test_a_host_that_is_not_ours_is_a_page_for_people(client: Client) -> None:
    response = client.get("/", headers={**PAGE, "Host": "evil.example"})

    assert response.status_code == 400
    assert "The request can&#x27;t be read." in response.content.decode()


@pytest.mark.parametrize(("accept", "kind"), [(PAGE, "text/html"), (DATA, "application/problem")])
def test_a_page_that_one_may_not_see_is_403(
    client: Client, boss: User, accept: dict[str, str], kind: str
) -> None:
    client.force_login(boss)

    # Nobody deletes their own account in the admin.
    response = client.get(f"/admin/accounts/user/{boss.pk}/delete/", headers=accept)

    assert response.status_code == 403
    assert response.headers["Content-Type"].startswith(kind)
    assert "You may not see this page." in response.content.decode()


def test_the_page_escapes_what_it_shows() -> None:
    script = "<script>alert(1)</script>"

    page = render_to_string("error.html", {"title": script, "detail": script, "request_id": script})

    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4


def test_the_page_shows_nothing_of_the_address_or_a_hostile_request_id(client: Client) -> None:
    script = "<script>alert(1)</script>"

    response = client.get(f"/{script}?{script}", headers={**PAGE, "X-Request-Id": script})

    assert response.status_code == 404
    assert "alert" not in response.content.decode()


def _failing(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    def fail(*args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError("the cause")

    monkeypatch.setattr("bookstore_project.web.home.render", fail)
    client.raise_request_exception = False
    return client

"""The parts that all pages of the browsable API have in common."""

import re
from typing import Any

import pytest

from accounts.models import User
from bookstore_project.openapi.operation_texts import OperationTexts, operation_texts
from bookstore_project.web.home import NothingHereView
from tests.client import ConformingClient

BOOKS = "/api/v1/books"


@pytest.fixture
def browser(ada: User) -> ConformingClient:
    client = ConformingClient(HTTP_ACCEPT="text/html")
    client.force_login(ada)
    return client


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.mark.parametrize(
    "path", ["/api/v1", BOOKS, f"{BOOKS}/import", f"{BOOKS}/7", "/api/v1/nothing"]
)
def test_a_page_has_a_language_one_main_and_one_heading(
    browser: ConformingClient, path: str
) -> None:
    page = text_of(browser.get(path))

    assert '<html lang="en">' in page
    assert page.count("<main") == 1
    assert page.count("<h1") == 1
    assert 'role="main"' not in page
    assert re.search(r'<nav class="breadcrumb" aria-label="\w+">', page)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_the_texts_of_the_api_stay_english_on_a_german_page(browser: ConformingClient) -> None:
    page = text_of(browser.get("/api/v1/users/me", headers={"Accept-Language": "de"}))

    assert '<html lang="de">' in page
    assert '<h1 lang="en">Profile</h1>' in page
    assert '<h2 id="delete-question"><span lang="en">Delete your account</span>?</h2>' in page


def test_a_route_without_get_shows_its_form_alone(browser: ConformingClient) -> None:
    page = text_of(browser.get("/api/v1/auth/token"))

    assert '<details class="panel" id="post" open>' in page
    assert "<summary>Sign in</summary>" in page
    assert 'class="response-info' not in page
    assert 'id="problem"' not in page


def test_a_form_that_html_cannot_send_is_left_out(browser: ConformingClient) -> None:
    page = text_of(browser.get(f"{BOOKS}/batch"))

    assert 'id="post-object-form"' not in page
    assert 'id="post-generic-content-form"' in page


def test_a_refused_request_is_summed_up_at_the_top(browser: ConformingClient) -> None:
    response = browser.post(BOOKS, {"name": "", "nme": "Emma", "author": "A"}, format="multipart")

    page = text_of(response)
    assert response.status_code == 400
    summary = page.partition('id="problem"')[2].partition("</div>")[0]
    assert summary.startswith(' tabindex="-1" autofocus>')
    assert '<a href="#field-name">Name</a>: This field may not be blank.' in summary
    # A member without a field has no place to lead to.
    assert "<li>nme: " in summary
    assert '<details class="panel" id="post" open>' in page


def test_refused_raw_data_are_shown_again_unfolded(browser: ConformingClient) -> None:
    page = text_of(browser.post(BOOKS, {"name": ""}, format="json"))

    assert '<details class="needs-script" open><summary>Raw data</summary>' in page


def test_another_success_says_that_it_is_done(browser: ConformingClient) -> None:
    body = {"current_password": "violet-Harbour-27", "new_password": "amber-Compass-31"}

    page = text_of(browser.post("/api/v1/users/me/password", body, format="multipart"))

    assert "Done. The answer is below." in page
    assert 'class="description"' not in page
    assert "amber-Compass-31" not in page


def test_options_change_nothing_and_say_so(browser: ConformingClient) -> None:
    response = browser.options(BOOKS)

    assert response.status_code == 200
    assert 'id="notice"' not in text_of(response)


def test_a_created_record_without_an_address_is_in_the_answer(browser: ConformingClient) -> None:
    body = {"name": "nightly", "scopes": ["books:read"], "expires_in_days": 1}
    body["current_password"] = "violet-Harbour-27"

    page = text_of(browser.post("/api/v1/users/me/tokens", body, format="multipart"))

    assert 'Created: <a href="#answer-title">nightly</a>' in page
    assert 'id="answer-title"' in page


def test_a_problem_is_said_once(browser: ConformingClient) -> None:
    page = text_of(browser.get(f"{BOOKS}/7"))
    refused = text_of(browser.get(BOOKS, {"limit": "no"}))

    assert '<p lang="en"><b>Not Found.</b></p>' in page
    assert '<p lang="en"><b>Bad Request.</b> Not valid: limit.</p>' in refused


def test_a_stranger_is_led_to_the_sign_in_and_back() -> None:
    client = ConformingClient(HTTP_ACCEPT="text/html")

    asked = text_of(client.get(f"{BOOKS}?q=emma"))
    sent = text_of(client.post(BOOKS, {}, format="json"))

    assert '<a href="/api/session/login/?next=/api/v1/books%3Fq%3Demma">Sign in</a>' in asked
    assert "Deleted books" not in asked
    assert '<a href="/api/session/login/">Sign in</a>' in sent


def test_a_view_that_the_document_leaves_out_has_no_texts() -> None:
    assert operation_texts(NothingHereView(), "GET") == OperationTexts("", "")

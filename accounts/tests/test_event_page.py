"""The page with the events of an account in words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import AuthEvent, EventKind, User
from accounts.origins import Origin
from accounts.pages.devices import device_words
from accounts.pages.event_words import event_words
from accounts.services.events import event_record
from accounts.services.users import user_update_access
from tests.client import ConformingClient

from .pages import PROOF, browser_of, text_of

pytestmark = pytest.mark.django_db

PAGE = "/account/events/"
HOME = Origin(address="192.0.2.7", user_agent="curl/8.5.0")
NOON = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_has_words_of_its_own(kind: EventKind) -> None:
    words = event_words(AuthEvent(kind=kind))
    assert words[0].isupper()
    others = {event_words(AuthEvent(kind=other)) for other in EventKind if other != kind}
    assert words not in others


def test_an_event_has_its_time_with_the_zone_its_place_and_its_program(ada: User) -> None:
    client = browser_of(ada)
    event_record(EventKind.PASSWORD_CHANGED, subject=ada, origin=replace(HOME, actor=ada), at=NOON)
    page = client.get(PAGE)
    assert (
        "Password changed Time 2026-03-01 12:05 UTC By You IP address 192.0.2.7 Program curl 8.5.0"
    ) in text_of(page)
    assert '<time datetime="2026-03-01T12:05:00+00:00">' in page.content.decode()


def test_the_latest_come_first_and_older_ones_on_further_pages(ada: User) -> None:
    for number in range(40):
        event_record(
            EventKind.API_TOKEN_ENDED,
            subject=ada,
            origin=HOME,
            detail=f"job {number:02}: books:read",
            at=NOON,
        )
    client = browser_of(ada)
    first = client.get(PAGE)
    text = text_of(first)
    assert text.index("Signed in") < text.index("API token ended: job 39")
    second = text_of(client.get(PAGE, {"after": first.context["older"]}))
    seen = [f"job {number:02}" for number in range(40)]
    assert all((each in text) != (each in second) for each in seen)


def test_a_mistyped_current_password_is_no_failed_sign_in(ada: User) -> None:
    """P18."""
    client = browser_of(ada)
    client.post("/account/name/", {"name": "lovelace", "current_password": "mistyped"})
    text = text_of(client.get(PAGE))
    assert "Current password mistyped while signed in" in text
    assert "failed" not in text


def test_what_an_admin_did_has_neither_their_address_nor_their_name(ada: User, boss: User) -> None:
    origin = Origin(actor=boss, address="198.51.100.9", user_agent="Firefox/140.0")
    user_update_access(user=ada, origin=origin, editor=True)
    text = text_of(browser_of(ada).get(PAGE))
    assert "You became an editor" in text
    assert "By An admin" in text
    assert "198.51.100.9" not in text
    assert "Firefox" not in text
    assert "boss" not in text


def test_who_failed_to_sign_in_is_not_known(ada: User, anonymous: ConformingClient) -> None:
    anonymous.post("/api/v1/auth/token", {"name": "ada", "password": "wrong"})
    text = text_of(browser_of(ada).get(PAGE))
    assert "Sign-in failed: wrong password" in text
    assert "By Not known" in text


def test_an_event_of_the_server_itself_has_no_place(ada: User) -> None:
    client = browser_of(ada)
    event_record(EventKind.MAIL_FAILED, subject=ada, origin=Origin())
    entry = text_of(client.get(PAGE)).split("Mail could not be sent")[1]
    assert "IP address" not in entry.split("Signed in")[0]


def test_names_of_tokens_and_accounts_are_shown(ada: User) -> None:
    client = browser_of(ada)
    client.post("/account/name/", {"name": "lovelace", **PROOF})
    asked = {"name": "sync: shop", "scope": "books:write", "days": "7", **PROOF}
    client.post("/account/tokens/new/", asked)
    text = text_of(client.get(PAGE))
    assert "Name changed: lovelace Time" in text
    assert "API token made: sync: shop Time" in text


def test_texts_of_others_stay_texts(ada: User) -> None:
    event_record(
        EventKind.API_TOKEN_CREATED, subject=ada, origin=HOME, detail="<b>x</b>: books:read"
    )
    assert "&lt;b&gt;x&lt;/b&gt;" in browser_of(ada).get(PAGE).content.decode()


def test_a_kind_of_a_newer_version_is_named_all_the_same(ada: User) -> None:
    assert event_words(AuthEvent(kind="invented", detail="")) == "Invented"


def test_the_events_of_others_are_not_listed(ada: User, bob: User) -> None:
    event_record(EventKind.PASSWORD_RESET, subject=bob, origin=HOME)
    assert "New password" not in text_of(browser_of(ada).get(PAGE))


def test_an_account_without_events_says_so(ada: User) -> None:
    client = browser_of(ada)
    # The database refuses to delete events; those of another id are not the account's.
    User.objects.filter(pk=ada.pk).update(public_id="00000000-0000-4000-8000-000000000001")
    session = client.session
    session["_auth_user_hash"] = User.objects.get(pk=ada.pk).get_session_auth_hash()
    session.save()
    assert "Nothing yet." in text_of(client.get(PAGE))


def test_many_events_cost_no_more_queries(
    ada: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = browser_of(ada)
    with django_assert_num_queries(3):
        client.get(PAGE)
    for _ in range(20):
        event_record(EventKind.LOGOUT, subject=ada, origin=HOME)
    with django_assert_num_queries(3):
        client.get(PAGE)


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{CHROME} Safari/537.36", "Chrome on Linux"),
        (f"{CHROME} Safari/537.36 Edg/140.0.0.0", "Edge on Linux"),
        (SAFARI, "Safari on iPhone"),
        ("Firefox/140.0", "Firefox"),
        ("curl/8.5.0", "curl 8.5.0"),
        ("python-requests/2.32 extra", "python-requests 2.32"),
        ("x" * 200, "x" * 40),
        ("", "an unknown program"),
        ("<script>", "an unknown program"),
    ],
)
def test_the_words_for_a_program(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words

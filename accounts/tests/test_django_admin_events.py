"""Account events in the Django admin are read and searched, never changed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuthEvent, EventKind, User

EVENTS = "/admin/accounts/authevent/"

AdminOf = Callable[[User], Client]


@pytest.fixture
def events(ada: User, bob: User) -> None:
    """One event of ada's account, done by bob, and one of no account."""
    AuthEvent.objects.create(
        kind=EventKind.SESSIONS_REVOKED,
        subject_id=ada.public_id,
        subject_name="ada",
        actor_id=bob.public_id,
        actor_name="bob",
        address="2001:db8::1",
        request_id="req-1",
    )
    AuthEvent.objects.create(kind=EventKind.LOGIN_FAILED, address="203.0.113.7")


def found(client: Client, term: str) -> list[str]:
    response = client.get(EVENTS, {"q": term})
    assert response.status_code == 200
    return [event.kind for event in response.context["cl"].result_list if event.kind != "login"]


@pytest.mark.parametrize(
    ("term", "kinds"),
    [
        ("ada", ["sessions_revoked"]),
        ("ADA", ["sessions_revoked"]),
        ("bob", ["sessions_revoked"]),
        (" req-1 ", ["sessions_revoked"]),
        ("2001:0db8::0001", ["sessions_revoked"]),
        ("203.0.113.7", ["login_failed"]),
        ("ad", []),
        ("", ["login_failed", "sessions_revoked"]),
    ],
)
def test_an_event_is_found_by_whole_values(
    term: str, kinds: list[str], events: None, boss: User, admin_of: AdminOf
) -> None:
    assert found(admin_of(boss), term) == kinds


def test_an_address_is_not_taken_for_one_of_mail(
    events: None, ada: User, boss: User, admin_of: AdminOf
) -> None:
    event = AuthEvent.objects.get(request_id="req-1")
    pages = (
        EVENTS,
        f"{EVENTS}{event.pk}/change/",
        f"/admin/accounts/user/{ada.pk}/history/",
    )

    for page in pages:
        text = admin_of(boss).get(page).content.decode()
        assert "IP address" in text
        assert ">Address" not in text


def test_an_event_is_found_by_public_id_and_after_the_account_is_gone(
    events: None, ada: User, boss: User, admin_of: AdminOf
) -> None:
    public_id = ada.public_id
    ada.delete()
    assert found(admin_of(boss), str(public_id)) == ["sessions_revoked"]
    assert found(admin_of(boss), "ada") == ["sessions_revoked"]


def test_events_are_filtered_by_what_happened(events: None, boss: User, admin_of: AdminOf) -> None:
    response = admin_of(boss).get(EVENTS, {"kind__exact": "login_failed"})
    assert [event.kind for event in response.context["cl"].result_list] == ["login_failed"]


def test_nobody_adds_changes_or_deletes_an_event(
    events: None, root: User, admin_of: AdminOf
) -> None:
    client = admin_of(root)
    event = AuthEvent.objects.get(kind="sessions_revoked")
    page = client.get(f"{EVENTS}{event.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    for path in (f"{EVENTS}add/", f"{EVENTS}{event.pk}/delete/"):
        assert client.post(path, {"post": "yes"}).status_code == 403
    assert client.post(f"{EVENTS}{event.pk}/change/", {"detail": "x"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"}
    client.post(EVENTS, delete)
    event.refresh_from_db()
    assert event.detail == ""


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_costs_the_same_queries_for_1_event_and_for_20(
    rows: int, boss: User, admin_of: AdminOf, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = admin_of(boss)
    for _ in range(rows - 1):
        AuthEvent.objects.create(kind=EventKind.LOGIN)
    with django_assert_num_queries(5):
        assert client.get(EVENTS).status_code == 200

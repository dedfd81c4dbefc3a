"""`manage.py issue_token`."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.management.commands import issue_token
from accounts.models import ApiToken, AuthEvent, User
from accounts.models.api_token import MAXIMUM_TOKENS
from bookstore_project.errors import SessionEndedError
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books"


def issue(*arguments: str) -> tuple[str, str]:
    """Return what the command writes to standard output and to standard error."""
    output, errors = StringIO(), StringIO()
    call_command("issue_token", *arguments, stdout=output, stderr=errors)
    return output.getvalue(), errors.getvalue()


def test_it_prints_the_token_alone_so_that_a_script_can_read_it(ada: User) -> None:
    output, said = issue("--user", "Ada", "--scope", "books:read", "--days", "30")
    token = ApiToken.objects.get()
    assert output.count("\n") == 1
    job = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {output.strip()}")
    assert job.get(BOOKS).status_code == 200
    assert job.post(BOOKS, {"name": "a", "author": "b"}).status_code == 403
    assert (token.user, token.scopes, token.name) == (ada, ("books:read",), "issue_token")
    assert token.keep_on_sign_out is False
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    end = f"{token.expires_at:%Y-%m-%d %H:%M} UTC"
    assert said == f"Token {token.pk} of ada: books:read, expires {end}.\n"
    assert output.strip() not in said
    event = AuthEvent.objects.get(kind="api_token_created")
    assert (event.subject_id, event.actor_id, event.detail) == (
        ada.public_id,
        None,
        "issue_token: books:read",
    )


def test_it_takes_every_choice(ada: User, settings: Any) -> None:
    settings.API_TOKENS_WITHOUT_EXPIRY = True
    scopes = ("--scope", "books:write", "--scope", "books:read")
    others = ("--name", " nightly ", "--keep-on-sign-out")
    _, said = issue("--user", "ada", *scopes, "--days", "never", *others)
    token = ApiToken.objects.get()
    assert (token.name, token.scopes) == ("nightly", ("books:read", "books:write"))
    assert (token.keep_on_sign_out, token.expires_at) == (True, None)
    assert said.endswith("never expires.\n")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--user": "nobody"}, "There is no active user 'nobody'."),
        ({"--user": "bob"}, "There is no active user 'bob'."),
        ({"--scope": "users:read"}, "invalid choice: 'users:read'"),
        ({"--days": "0"}, "'0' is not a number of days from 1 to 366"),
        ({"--days": "367"}, "'367' is not a number of days from 1 to 366"),
        ({"--days": "x"}, "'x' is not a number of days from 1 to 366"),
        ({"--days": "\u0663"}, "is not a number of days from 1 to 366"),
        ({"--days": "never"}, "Only with API_TOKENS_WITHOUT_EXPIRY a token never expires."),
        ({"--name": " "}, "a name has 1 to 100 characters"),
        ({"--name": "x" * 101}, "a name has 1 to 100 characters"),
        ({"--name": "a\nb"}, "A name can't contain control or invisible characters."),
    ],
)
def test_it_says_what_is_wrong(
    changes: dict[str, str], message: str, ada: User, make_user: Callable[..., User]
) -> None:
    make_user("bob", is_active=False)
    asked = {"--user": "ada", "--scope": "books:read", "--days": "30", **changes}
    with pytest.raises(CommandError, match=message):
        issue(*(word for pair in asked.items() for word in pair))
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("option", ["--user", "--scope", "--days"])
def test_it_asks_for_what_is_missing(option: str, ada: User) -> None:
    asked = {"--user": "ada", "--scope": "books:read", "--days": "30"}
    del asked[option]
    with pytest.raises(CommandError, match=f"required: {option}"):
        issue(*(word for pair in asked.items() for word in pair))


def test_it_keeps_to_the_number_of_tokens(ada: User, token_of: Callable[..., str]) -> None:
    for _ in range(MAXIMUM_TOKENS):
        token_of(ada)
    with pytest.raises(CommandError, match="too many API tokens"):
        issue("--user", "ada", "--scope", "books:read", "--days", "30")


def test_it_says_if_the_account_changes_meanwhile(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(**values: object) -> None:
        raise SessionEndedError

    monkeypatch.setattr(issue_token, "api_token_create", ended)
    with pytest.raises(CommandError, match="'ada' has just changed"):
        issue("--user", "ada", "--scope", "books:read", "--days", "30")

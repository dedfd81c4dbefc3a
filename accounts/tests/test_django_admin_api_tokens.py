"""API tokens in the Django admin are listed and ended, and never made."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, AuthEvent, User
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

TOKENS = "/admin/accounts/apitoken/"

AdminOf = Callable[[User], Client]
TokenOf = Callable[..., str]


def names(client: Client, term: str = "") -> list[str]:
    response = client.get(TOKENS, {"q": term})
    assert response.status_code == 200
    return [token.name for token in response.context["cl"].result_list]


def end(client: Client, *tokens: ApiToken) -> Client:
    form = {"action": "end_tokens", "_selected_action": [str(token.pk) for token in tokens]}
    assert client.post(TOKENS, form).status_code == 302
    return client


def test_an_admin_sees_the_accepted_tokens_of_all_users(
    ada: User, bob: User, boss: User, admin_of: AdminOf, token_of: TokenOf
) -> None:
    token_of(ada, name="first")
    token_of(bob, name="second")
    secret = token_of(bob, name="third")
    token_of(ada, name="expired")
    ApiToken.objects.filter(name="expired").update(expires_at=timezone.now())
    admin = admin_of(boss)
    assert names(admin) == ["third", "second", "first"]
    assert names(admin, "BOB") == ["third", "second"]
    assert names(admin, "bo") == []
    pages = [TOKENS, f"{TOKENS}{ApiToken.objects.get(name='third').pk}/change/"]
    for page in pages:
        text = admin.get(page).content.decode()
        assert "books:write" in text
        assert secret not in text
        assert ApiToken.objects.get(name="third").digest not in text
        # It was never used.
        assert "None" not in text


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_runs_a_fixed_number_of_queries(  # noqa: PLR0913  # fixtures
    *,
    rows: int,
    ada: User,
    boss: User,
    admin_of: AdminOf,
    token_of: TokenOf,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    for _ in range(rows):
        token_of(ada)
    admin = admin_of(boss)
    # The session, the user, two kinds of permissions, and the page.
    with django_assert_num_queries(5):
        assert len(names(admin)) == rows


def test_nobody_makes_changes_or_deletes_one_there(
    ada: User, root: User, admin_of: AdminOf, token_of: TokenOf
) -> None:
    token_of(ada, name="job")
    pk, admin = ApiToken.objects.get().pk, admin_of(root)
    assert admin.get(f"{TOKENS}add/").status_code == 403
    assert admin.post(f"{TOKENS}add/", {"name": "x"}).status_code == 403
    assert admin.post(f"{TOKENS}{pk}/change/", {"name": "x"}).status_code == 403
    assert admin.post(f"{TOKENS}{pk}/delete/", {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"}
    admin.post(TOKENS, form)
    assert ApiToken.objects.get().name == "job"


def test_the_action_ends_the_chosen_tokens_with_an_event_for_each(
    ada: User, boss: User, admin_of: AdminOf, token_of: TokenOf
) -> None:
    ended = token_of(ada, name="ended")
    token_of(ada, name="kept")
    admin = end(admin_of(boss), ApiToken.objects.get(name="ended"))
    assert "1 API token was ended." in admin.get(TOKENS).content.decode()
    assert [token.name for token in ApiToken.objects.all()] == ["kept"]
    job = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {ended}")
    assert job.get("/api/v1/books").status_code == 401
    event = AuthEvent.objects.get(kind="api_token_ended")
    assert (event.subject_id, event.actor_id) == (ada.public_id, boss.public_id)


@pytest.mark.parametrize(("actor", "is_ended"), [("boss", False), ("root", True)])
def test_only_a_superuser_ends_the_tokens_of_a_superuser(  # noqa: PLR0913  # fixtures
    *,
    actor: str,
    is_ended: bool,
    boss: User,
    root: User,
    make_user: Callable[..., User],
    admin_of: AdminOf,
    token_of: TokenOf,
) -> None:
    chief = make_user("chief", admin=True, is_superuser=True)
    token_of(chief)
    end(admin_of({"boss": boss, "root": root}[actor]), ApiToken.objects.get())
    assert ApiToken.objects.exists() != is_ended
    assert boss.api_tokens.count() == 0


@pytest.mark.parametrize("key", ["7", "x", "", "00000000-0000-4000-8000-000000000000"])
def test_a_forged_key_is_no_500(key: str, boss: User, admin_of: AdminOf) -> None:
    form = {"action": "end_tokens", "_selected_action": [key]}
    assert admin_of(boss).post(TOKENS, form).status_code in (302, 400)
    assert admin_of(boss).get(f"{TOKENS}{key or 'x'}/change/").status_code == 302


def test_an_editor_sees_none(
    make_user: Callable[..., User], ada: User, admin_of: AdminOf, token_of: TokenOf
) -> None:
    token_of(ada)
    editor = admin_of(make_user("eve", editor=True))
    assert editor.get(TOKENS).status_code == 403
    form = {"action": "end_tokens", "_selected_action": [str(ApiToken.objects.get().pk)]}
    assert editor.post(TOKENS, form).status_code == 403
    assert ApiToken.objects.exists()

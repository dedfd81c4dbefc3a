"""Pages for which a stolen session must not be enough: they ask again who somebody is."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.login.own_password import own_password_check
from accounts.models import AuthEvent, LoginSession, User
from accounts.origins import Origin
from accounts.pages import proof
from accounts.services.api_tokens import NewToken, api_token_create
from tests.authenticator import Authenticator

from .pages import PROOF, browser_of, error_of, prove_factor, text_of

pytestmark = pytest.mark.django_db

STEP_UP = "/api/session/step-up/"


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form that somebody sends with their password, or with a fresh factor."""

    path: str
    sent: dict[str, str] = field(default_factory=dict)
    # Whether it also makes sense for an account with, or without, a second factor.
    with_factor: bool = True
    without: bool = True


FORMS = {
    "password": Form(
        path="/account/password/",
        sent={"new_password": "amber-Compass-31", "repeated_password": "amber-Compass-31"},
    ),
    "name": Form(path="/account/name/", sent={"name": "lovelace"}),
    "email": Form(path="/account/email/", sent={"email": "new@example.org"}),
    "remove-email": Form(path="/account/email/remove/"),
    "new-token": Form(
        path="/account/tokens/new/", sent={"name": "job", "scope": "books:read", "days": "30"}
    ),
    "add-app": Form(path="/account/second-factor/app/", with_factor=False),
    "remove-app": Form(path="/account/second-factor/app/remove/", without=False),
    "recovery-codes": Form(path="/account/recovery-codes/", without=False),
    "deletion": Form(path="/account/deletion/", sent={"name": "ada"}),
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def state(user: User) -> list[Any]:
    """Return what the forms change of an account."""
    columns = ("name", "email", "password", "has_factor", "session_epoch")
    stored = User.objects.filter(pk=user.pk).values_list(*columns).first()
    kinds = AuthEvent.objects.exclude(kind__in=("login", "password_wrong", "stepped_up"))
    return [stored, kinds.count(), user.api_tokens.count(), user.recovery_codes.count()]


@each_form
def test_a_wrong_password_changes_nothing(form: Form, ada: User) -> None:
    client, before = browser_of(ada), state(ada)
    response = client.post(form.path, {**form.sent, "current_password": "wrong"})
    assert response.status_code == 200
    assert error_of(response, "current_password") == "This is not your password."
    assert state(ada) == before
    assert AuthEvent.objects.filter(kind="password_wrong", subject_id=ada.public_id).count() == 1


@each_form
def test_a_missing_password_is_asked_for(form: Form, ada: User) -> None:
    client, before = browser_of(ada), state(ada)
    response = client.post(form.path, form.sent)
    assert error_of(response, "current_password") == "This field is required."
    assert state(ada) == before
    assert not AuthEvent.objects.filter(kind="password_wrong").exists()


@each_form
def test_the_password_is_never_sent_back(form: Form, ada: User) -> None:
    response = browser_of(ada).post(form.path, {**form.sent, "current_password": "mistyped-99"})
    assert "mistyped-99" not in response.content.decode()
    assert "amber-Compass-31" not in response.content.decode()


@each_form
def test_the_right_password_is_enough_without_a_factor(form: Form, ada: User) -> None:
    if not form.without:
        return
    client, before = browser_of(ada), state(ada)
    assert client.post(form.path, {**form.sent, **PROOF}).status_code in (200, 302)
    assert state(ada) != before or form.path.endswith("/app/")


@each_form
def test_wrong_passwords_are_limited_as_failed_sign_ins(
    form: Form, ada: User, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (1, 3600)}
    client, before = browser_of(ada), state(ada)
    client.post(form.path, {**form.sent, "current_password": "wrong"})
    response = client.post(form.path, {**form.sent, **PROOF})
    assert response.status_code == 200
    assert "There were too many attempts. Try again in" in text_of(response)
    assert state(ada) == before


@each_form
def test_a_factor_is_asked_for_before_the_form_is_shown(form: Form, ada: User) -> None:
    Authenticator(ada)
    response = browser_of(ada).get(form.path)
    assert response.status_code == 302
    assert response.headers["Location"] == f"{STEP_UP}?next={form.path.replace('/', '%2F')}"


@each_form
def test_the_password_does_not_stand_in_for_a_factor(form: Form, ada: User) -> None:
    Authenticator(ada)
    client, before = browser_of(ada), state(ada)
    response = client.post(form.path, {**form.sent, **PROOF})
    assert response.headers["Location"].startswith(STEP_UP)
    assert state(ada) == before
    assert "Nothing was changed, because" in text_of(client.get(STEP_UP, {"next": form.path}))


@each_form
def test_a_fresh_factor_is_enough_and_no_password_is_asked_for(form: Form, ada: User) -> None:
    Authenticator(ada)
    client = browser_of(ada)
    prove_factor(client)
    if form.with_factor:
        assert "current_password" not in client.get(form.path).content.decode()
        before = state(ada)
        assert client.post(form.path, form.sent).status_code in (200, 302)
        assert state(ada) != before


@each_form
def test_a_factor_is_fresh_for_five_minutes(form: Form, ada: User) -> None:
    Authenticator(ada)
    client = browser_of(ada)
    prove_factor(client)
    LoginSession.objects.update(authenticated_at=timezone.now() - timedelta(minutes=5, seconds=1))
    assert client.post(form.path, form.sent).headers["Location"].startswith(STEP_UP)


def test_the_step_up_leads_back_to_the_form(ada: User) -> None:
    app, client = Authenticator(ada), browser_of(ada)
    asked = client.get("/account/name/").headers["Location"]
    response = client.post(asked, {"code": app.fresh(), "next": "/account/name/"})
    assert response.headers["Location"] == "/account/name/"
    assert client.post("/account/name/", {"name": "lovelace"}).status_code == 302
    ada.refresh_from_db()
    assert ada.name == "lovelace"


def test_ending_an_api_token_asks_for_a_factor_alone(ada: User) -> None:
    asked = NewToken(name="job", scopes=("books:read",), days=9)
    row, _token = api_token_create(user=ada, asked=asked, origin=Origin())
    Authenticator(ada)
    client, path = browser_of(ada), f"/account/tokens/{row.pk}/end/"
    for response in (client.get(path), client.post(path)):
        assert response.headers["Location"].startswith(STEP_UP)
    assert ada.api_tokens.exists()
    prove_factor(client)
    assert client.post(path).status_code == 302
    assert not ada.api_tokens.exists()


@pytest.mark.parametrize("path", ["/account/access-token/", "/account/sessions/end-others/"])
def test_other_forms_ask_for_none(path: str, ada: User) -> None:
    Authenticator(ada)
    client = browser_of(ada)
    assert client.get(path).status_code == 200
    assert client.post(path).status_code in (200, 302)
    assert AuthEvent.objects.exclude(kind__in=("login", "totp_added")).count() <= 1


def test_a_second_factor_that_was_added_meanwhile_is_asked_for(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request with the password, whose body was held back, changes nothing."""
    client = browser_of(ada)
    original = own_password_check

    def added_meanwhile(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        Authenticator(User.objects.get(pk=ada.pk))

    monkeypatch.setattr(proof, "own_password_check", added_meanwhile)
    response = client.post("/account/name/", {"name": "lovelace", **PROOF})
    assert response.headers["Location"].startswith("/api/session/login/")
    ada.refresh_from_db()
    assert ada.name == "ada"


def test_a_password_is_hashed_once(ada: User, hash_calls: list[str]) -> None:
    client = browser_of(ada)
    hash_calls.clear()
    client.post("/account/name/", {"name": "lovelace", "current_password": "wrong"})
    assert len([call for call in hash_calls if call.endswith("verify")]) == 1

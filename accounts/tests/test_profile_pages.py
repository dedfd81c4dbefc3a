"""The pages that change one's password, name and email address."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage

from accounts.models import AuthEvent, FreedName, User
from tests.client import ConformingClient

from .pages import PROOF, browser_of, error_of, text_of

pytestmark = pytest.mark.django_db

NEW = "amber-Compass-31"
OVERVIEW = "/account/"


# --- Password ------------------------------------------------------------------------------------

PASSWORD_PAGE = "/account/password/"  # an address


def password_sent(new: str = NEW, again: str | None = None) -> dict[str, str]:
    return {**PROOF, "new_password": new, "repeated_password": new if again is None else again}


def test_a_new_password_ends_all_other_sessions_and_not_this_one(
    ada: User, client_of: Callable[[User], ConformingClient], token_of: Callable[..., str]
) -> None:
    program, other, client = client_of(ada), browser_of(ada), browser_of(ada)
    token_of(ada)
    response = client.post(PASSWORD_PAGE, password_sent())
    assert (response.status_code, response.headers["Location"]) == (302, OVERVIEW)
    assert "Your password was changed. All your other sessions" in text_of(client.get(OVERVIEW))
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert other.get(OVERVIEW).status_code == 302
    assert program.get("/api/v1/users/me").status_code == 401
    assert not ada.api_tokens.exists()
    assert AuthEvent.objects.filter(kind="password_changed").count() == 1


def test_the_browser_gets_another_key(ada: User) -> None:
    client = browser_of(ada)
    key = client.cookies["sessionid"].value
    client.post(PASSWORD_PAGE, password_sent())
    assert client.cookies["sessionid"].value != key


@pytest.mark.parametrize(
    ("new", "error"),
    [
        ("short", "at least 8 characters"),
        ("password", "too common"),
        ("1928374655", "entirely numeric"),
        ("ada@example.org", "too similar"),
        ("with\u200binvisible-31", "invisible characters"),
    ],
)
def test_a_weak_password_is_refused_beside_its_field(new: str, error: str, ada: User) -> None:
    response = browser_of(ada).post(PASSWORD_PAGE, password_sent(new))
    assert error in error_of(response, "new_password")
    ada.refresh_from_db()
    assert not ada.check_password(new)


def test_two_different_passwords_are_refused(ada: User) -> None:
    response = browser_of(ada).post(PASSWORD_PAGE, password_sent(NEW, "amber-Compass-32"))
    assert error_of(response, "repeated_password") == "This is not the same password as above."
    ada.refresh_from_db()
    assert not ada.check_password(NEW)


def test_a_weak_password_has_one_error(ada: User) -> None:
    response = browser_of(ada).post(PASSWORD_PAGE, password_sent("short", "short"))
    assert response.content.decode().count('class="error"') == 1


def test_spaces_are_part_of_a_password(ada: User) -> None:
    browser_of(ada).post(PASSWORD_PAGE, password_sent(f" {NEW} "))
    ada.refresh_from_db()
    assert ada.check_password(f" {NEW} ")


def test_password_managers_know_the_fields(ada: User) -> None:
    page = browser_of(ada).get(PASSWORD_PAGE).content.decode()
    assert page.count('autocomplete="new-password"') == 2
    assert page.count('autocomplete="current-password"') == 1
    assert page.index("current-password") < page.index("new-password")
    assert page.count('type="password"') == 3
    assert page.count("required") >= 3


def test_the_rules_name_the_setting(ada: User, settings: Any) -> None:
    settings.PASSWORD_MIN_LENGTH = 15
    assert "At least 15 characters" in text_of(browser_of(ada).get(PASSWORD_PAGE))


# --- Name ----------------------------------------------------------------------------------------

NAME_PAGE = "/account/name/"


def name_sent(name: str) -> dict[str, str]:
    return {**PROOF, "name": name}


def test_a_new_name_is_stored_and_the_old_one_stays_reserved(ada: User) -> None:
    client = browser_of(ada)
    response = client.post(NAME_PAGE, name_sent("lovelace"))
    assert (response.status_code, response.headers["Location"]) == (302, OVERVIEW)
    text = text_of(client.get(OVERVIEW))
    assert "Your name was changed." in text
    assert "Name lovelace" in text
    assert FreedName.objects.count() == 1
    assert AuthEvent.objects.get(kind="name_changed").actor_id == ada.public_id


def test_no_browser_cuts_a_long_name_off(ada: User) -> None:
    client = browser_of(ada)
    field = client.get(NAME_PAGE).content.decode().partition('name="name"')[2].partition(">")[0]
    assert "maxlength" not in field
    assert "150" in error_of(client.post(NAME_PAGE, name_sent("a" * 151)), "name")


def test_the_case_of_a_name_can_be_changed(ada: User) -> None:
    browser_of(ada).post(NAME_PAGE, name_sent("Ada"))
    ada.refresh_from_db()
    assert ada.name == "Ada"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("ada", "This is your name already."),
        ("bob", "This name is taken. Choose another."),
        ("b\u043eb", "mix scripts"),
        ("a@example.org", "can't contain an @"),
        ("x:y", "colon"),
        ("x" * 151, "at most 150 characters"),
        (" ", "This field is required."),
    ],
)
def test_a_refused_name_is_said_beside_its_field(
    name: str, error: str, ada: User, bob: User
) -> None:
    response = browser_of(ada).post(NAME_PAGE, name_sent(name))
    assert error in error_of(response, "name")
    ada.refresh_from_db()
    assert ada.name == "ada"


def test_a_refused_name_is_not_in_the_header(ada: User, bob: User) -> None:
    page = browser_of(ada).post(NAME_PAGE, name_sent("BOB")).content.decode()
    assert ">ada</a>" in page


def test_names_are_changed_as_often_as_by_the_api(
    ada: User, settings: Any, client_of: Callable[[User], ConformingClient]
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "rename": (2, 3600)}
    client_of(ada).patch("/api/v1/users/me", name_sent("first"))
    client = browser_of(ada)
    assert client.post(NAME_PAGE, name_sent("second")).status_code == 302
    response = client.post(NAME_PAGE, name_sent("third"))
    assert "There were too many attempts." in text_of(response)
    ada.refresh_from_db()
    assert ada.name == "second"


def test_a_refused_name_does_not_count(ada: User, bob: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "rename": (1, 3600)}
    client = browser_of(ada)
    client.post(NAME_PAGE, name_sent("bob"))
    assert client.post(NAME_PAGE, name_sent("lovelace")).status_code == 302


# --- Email address -------------------------------------------------------------------------------

EMAIL_PAGE = "/account/email/"
REMOVAL = "/account/email/remove/"


def email_sent(email: str) -> dict[str, str]:
    return {**PROOF, "email": email}


def test_a_mail_goes_to_the_new_address_and_nothing_changes_before(
    ada: User, mailoutbox: list[EmailMessage]
) -> None:
    client = browser_of(ada)
    response = client.post(EMAIL_PAGE, email_sent("new@example.org"))
    assert (response.status_code, response.headers["Location"]) == (302, OVERVIEW)
    text = text_of(client.get(OVERVIEW))
    assert "A mail is on its way to new@example.org." in text
    assert "ada@example.org (confirmed)" in text
    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]


def test_an_unconfirmed_address_gets_another_mail(
    make_user: Callable[..., User], mailoutbox: list[EmailMessage]
) -> None:
    cleo = make_user("cleo", email="cleo@example.org", email_confirmed_at=None)
    client = browser_of(cleo)
    page = client.get(EMAIL_PAGE)
    assert "it is not confirmed yet" in text_of(page)
    assert 'value="cleo@example.org"' in page.content.decode()
    client.post(EMAIL_PAGE, email_sent("cleo@example.org"))
    assert [mail.to for mail in mailoutbox] == [["cleo@example.org"]]


def test_the_page_says_which_address_one_has(ada: User, bob: User) -> None:
    assert "Your address is ada@example.org." in text_of(browser_of(ada).get(EMAIL_PAGE))
    page = browser_of(bob).get(EMAIL_PAGE)
    assert "Your account has no email address." in text_of(page)
    assert REMOVAL not in page.content.decode()
    removal = text_of(browser_of(bob).get(REMOVAL))
    assert "Your account has no email address." in removal
    assert "Without" not in removal


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("ada@example.org", "Another account has this email address."),
        ("nothing", "Enter a valid email address."),
        ('"a b"@example.org', "Enter a valid email address."),
        ("", "This field is required."),
    ],
)
def test_a_refused_address_is_said_beside_its_field(
    email: str, error: str, ada: User, bob: User, mailoutbox: list[EmailMessage]
) -> None:
    response = browser_of(bob).post(EMAIL_PAGE, email_sent(email))
    assert error_of(response, "email") == error
    assert not mailoutbox


def test_nobody_learns_whose_an_address_is_where_it_must_be_confirmed(
    ada: User, bob: User, settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "required"
    response = browser_of(bob).post(EMAIL_PAGE, email_sent("ada@example.org"))
    assert (response.status_code, response.headers["Location"]) == (302, OVERVIEW)


def test_mails_are_limited_as_by_the_api(
    ada: User, settings: Any, mailoutbox: list[EmailMessage]
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (1, 3600)}
    client = browser_of(ada)
    client.post(EMAIL_PAGE, email_sent("new@example.org"))
    response = client.post(EMAIL_PAGE, email_sent("newer@example.org"))
    assert "There were too many attempts." in text_of(response)
    assert len(mailoutbox) == 1


def test_an_address_is_removed_after_a_question(ada: User) -> None:
    client = browser_of(ada)
    asked = text_of(client.get(REMOVAL))
    assert "Remove your email address?" in asked
    assert "Without ada@example.org you can't get a new password by mail" in asked
    assert client.post(REMOVAL, PROOF).status_code == 302
    assert "Email address none" in text_of(client.get(OVERVIEW))
    assert "Email address removed" in text_of(client.get("/account/events/"))


def test_an_address_that_an_account_must_have_is_not_removed(
    make_user: Callable[..., User], settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "required"
    cleo = make_user("cleo", email="cleo@example.org", must_confirm_email=True)
    response = browser_of(cleo).post(REMOVAL, PROOF)
    assert "Your account must have an email address." in text_of(response)
    cleo.refresh_from_db()
    assert cleo.email == "cleo@example.org"

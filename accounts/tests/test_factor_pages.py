"""The pages that add and remove an authenticator app, and make recovery codes."""

import base64
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from pyotp import TOTP, parse_uri

from accounts.models import AuthEvent, RecoveryCode, TotpFactor, User
from tests.authenticator import Authenticator

from .pages import PROOF, browser_of, error_of, prove_factor, text_of

pytestmark = pytest.mark.django_db

PAGE = "/account/second-factor/"
ADD = "/account/second-factor/app/"
CONFIRM = "/account/second-factor/app/confirm/"
REMOVE = "/account/second-factor/app/remove/"
CODES = "/account/recovery-codes/"
CODE = re.compile(r"[0-9a-z]{6}(?:-[0-9a-z]{6}){3}")


def uri_in(response: Any) -> str:
    """Return the otpauth URI that a page sends back with the code."""
    found = re.search(r'name="uri" value="([^"]*)"', response.content.decode())
    assert found
    return found[1].replace("&amp;", "&")


def app_in(response: Any) -> TOTP:
    app = parse_uri(uri_in(response))
    assert isinstance(app, TOTP)
    return app


def begin(client: Client) -> Any:
    return client.post(ADD, PROOF)


def test_an_app_is_added_with_its_first_code(ada: User) -> None:
    client = browser_of(ada)
    before = client.get(PAGE)
    assert f'href="{ADD}"' in before.content.decode()
    assert "You have no passkey." in text_of(before)
    shown = begin(client)
    assert shown.status_code == 200
    app = app_in(shown)
    response = client.post(CONFIRM, {"uri": uri_in(shown), "code": app.now()})
    assert response.status_code == 200
    assert "Your second factor is on" in text_of(response)
    codes = CODE.findall(text_of(response))
    assert len({*codes}) == 10
    assert 'data-copy="Copy the codes"' in response.content.decode()
    assert 'data-print="Print the codes"' in response.content.decode()
    ada.refresh_from_db()
    assert ada.has_factor
    assert AuthEvent.objects.filter(kind="totp_added", actor_id=ada.public_id).count() == 1
    after = text_of(client.get(PAGE))
    assert "10 codes are left" in after
    assert "Remove the app" in after


def test_the_secret_is_an_image_and_a_text_to_type(ada: User) -> None:
    shown = begin(browser_of(ada))
    page = shown.content.decode()
    image = re.search(r'<img class="qr" src="data:image/svg\+xml;base64,([^"]+)" alt="', page)
    assert image
    assert base64.b64decode(image[1]).startswith(b"<svg ")
    secret = app_in(shown).secret
    groups = re.findall(r"<span>([A-Z2-7]{1,4})</span>", page)
    assert "".join(groups) == secret
    assert 'data-copy="Copy the secret"' in page
    assert 'href="otpauth://totp/' in page
    assert "no-store" in shown.headers["Cache-Control"]


def test_a_wrong_code_shows_the_same_secret_again(ada: User) -> None:
    client = browser_of(ada)
    shown = begin(client)
    app = app_in(shown)
    wrong = next(code for code in ("000000", "111111") if not app.verify(code, valid_window=2))
    response = client.post(CONFIRM, {"uri": uri_in(shown), "code": wrong})
    assert "not the code that the app shows now" in error_of(response, "code")
    assert uri_in(response) == uri_in(shown)
    assert 'class="qr"' in response.content.decode()
    assert AuthEvent.objects.filter(kind="second_factor_failed").count() == 1
    response = client.post(CONFIRM, {"uri": uri_in(response), "code": app.now()})
    assert "Your second factor is on" in text_of(response)


@pytest.mark.parametrize("code", ["", "12345", "12345a", "1234567", "123-456"])
def test_a_code_of_another_form_is_not_tried(code: str, ada: User) -> None:
    client = browser_of(ada)
    shown = begin(client)
    response = client.post(CONFIRM, {"uri": uri_in(shown), "code": code})
    assert error_of(response, "code")
    assert not AuthEvent.objects.filter(kind="second_factor_failed").exists()


def test_a_code_with_a_space_is_read(ada: User) -> None:
    client = browser_of(ada)
    shown = begin(client)
    code = app_in(shown).now()
    response = client.post(CONFIRM, {"code": f"{code[:3]} {code[3:]}"})
    assert "Your second factor is on" in text_of(response)


@pytest.mark.parametrize(
    "uri",
    [
        *("", "x", "http://[", "javascript:alert(1)", "otpauth://totp/x?secret=1!"),
        "otpauth://hotp/x?secret=ABCDEFGHABCDEFGHABCDEFGHABCDEFGH",
        f"otpauth://totp/{quote('ä' * 900)}?secret=ABCDEFGHABCDEFGHABCDEFGHABCDEFGH",
    ],
)
def test_a_text_that_is_no_secret_is_not_shown(uri: str, ada: User) -> None:
    client = browser_of(ada)
    begin(client)
    response = client.post(CONFIRM, {"uri": uri, "code": "12"})
    page = response.content.decode()
    assert 'class="qr"' not in page
    assert 'href="javascript' not in page
    assert f'<a href="{ADD}">Begin again</a>' in page


def test_the_page_is_not_a_way_to_confirm_another_secret(ada: User) -> None:
    client = browser_of(ada)
    begin(client)
    own = TOTP("ABCDEFGHABCDEFGHABCDEFGHABCDEFGH")
    uri = own.provisioning_uri(name="ada", issuer_name="Bookstore")
    response = client.post(CONFIRM, {"uri": uri, "code": own.now()})
    assert "not the code" in error_of(response, "code")
    ada.refresh_from_db()
    assert not ada.has_factor


def test_a_secret_that_waited_too_long_is_begun_again(ada: User) -> None:
    client = browser_of(ada)
    app = app_in(begin(client))
    TotpFactor.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
    response = client.post(CONFIRM, {"code": app.now()})
    assert "older than an hour, or was replaced. Begin again." in text_of(response)


def test_there_is_one_app_at_most(ada: User) -> None:
    Authenticator(ada)
    client = browser_of(ada)
    prove_factor(client)
    assert "You have an authenticator app. Remove it first." in text_of(client.post(ADD))


def test_codes_are_limited_as_by_the_api(ada: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "second-factor": (1, 3600)}
    client = browser_of(ada)
    app = app_in(begin(client))
    wrong = next(code for code in ("000000", "111111") if not app.verify(code, valid_window=2))
    client.post(CONFIRM, {"code": wrong})
    response = client.post(CONFIRM, {"code": app.now()})
    assert "There were too many attempts." in text_of(response)
    ada.refresh_from_db()
    assert not ada.has_factor


def test_a_server_without_keys_says_so(ada: User, settings: Any) -> None:
    settings.FACTOR_KEYS = []
    response = begin(browser_of(ada))
    assert "Authenticator apps can't be used on this server at the moment." in text_of(response)


def test_that_refusal_is_in_the_language_of_the_browser(ada: User, settings: Any) -> None:
    settings.FACTOR_KEYS = []
    response = browser_of(ada).post(ADD, PROOF, headers={"Accept-Language": "de"})
    assert "can't be used" not in text_of(response)


def test_an_app_is_removed_after_a_question(ada: User) -> None:
    Authenticator(ada)
    client = browser_of(ada)
    prove_factor(client)
    assert "Remove your authenticator app?" in text_of(client.get(REMOVE))
    response = client.post(REMOVE)
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert "The authenticator app was removed." in text_of(client.get(PAGE))
    ada.refresh_from_db()
    assert not ada.has_factor
    assert not RecoveryCode.objects.exists()
    # This browser stays signed in.
    assert client.get(PAGE).status_code == 200


def test_new_recovery_codes_replace_those_from_before(ada: User) -> None:
    app = Authenticator(ada)
    client = browser_of(ada)
    prove_factor(client)
    assert "You have 10 codes left." in text_of(client.get(CODES))
    response = client.post(CODES)
    codes = CODE.findall(text_of(response))
    assert len({*codes}) == 10
    assert not {*codes} & {*app.recovery_codes}
    assert "Your second factor is on" not in text_of(response)
    assert "no-store" in response.headers["Cache-Control"]


def test_codes_without_a_factor_are_refused(ada: User) -> None:
    client = browser_of(ada)
    assert "codes left" not in text_of(client.get(CODES))
    response = client.post(CODES, PROOF)
    assert "You have no second factor. Add one first." in text_of(response)


def test_an_admin_who_needs_a_factor_sets_it_up_and_goes_on(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client = browser_of(boss)
    assert client.get("/admin/").status_code == 403
    app = app_in(begin(client))
    assert "Your second factor is on" in text_of(client.post(CONFIRM, {"code": app.now()}))
    assert client.get("/account/").status_code == 200
    assert client.get("/admin/").status_code == 200

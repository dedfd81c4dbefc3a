"""The pages that list, add, rename and remove passkeys."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuthEvent, Passkey, RecoveryCode, User
from accounts.models.passkey import MAXIMUM_PASSKEYS
from accounts.pages import passkeys as pages
from tests.passkey_authenticator import BACKED_UP, ELIGIBLE, PRESENT, VERIFIED, Device

from .devices import device_of, passkey_of
from .pages import PROOF, browser_of, error_of, prove_factor, text_of

pytestmark = pytest.mark.django_db

LIST = "/account/passkeys/"
NEW = "/account/passkeys/new/"
ADD = "/account/passkeys/add/"
STEP_UP = "/api/session/step-up/"
CODE = re.compile(r"[0-9a-z]{6}(?:-[0-9a-z]{6}){3}")


def options_in(response: Any) -> dict[str, Any]:
    [found] = re.findall('data-options="([^"]*)"', response.content.decode())
    options: dict[str, Any] = json.loads(html.unescape(found))
    return options


def begin(client: Client, name: str = "phone", **proof: str) -> Any:
    return client.post(NEW, {"name": name, **proof})


def add(client: Client, device: Device, shown: Any, name: str = "phone") -> Any:
    """Send what a device makes with the options of a page."""
    made = json.dumps(device.create(options_in(shown)))
    return client.post(ADD, {"name": name, "passkey": made})


def address(passkey: Passkey, page: str) -> str:
    return f"{LIST}{passkey.pk}/{page}/"


def test_the_first_passkey_is_added_and_the_codes_are_shown(ada: User) -> None:
    client = browser_of(ada)
    assert "You have none." in text_of(client.get(LIST))
    assert f'href="{NEW}"' in client.get(LIST).content.decode()
    shown = begin(client, **PROOF)
    assert shown.status_code == 200
    assert "no-store" in shown.headers["Cache-Control"]
    page = shown.content.decode()
    assert 'data-passkey="create"' in page
    assert 'data-origin="http://localhost:8000"' in page
    assert f'action="{ADD}"' in page
    response = add(client, Device(), shown)
    assert response.status_code == 200
    assert len({*CODE.findall(text_of(response))}) == 10
    assert Passkey.objects.get().name == "phone"
    ada.refresh_from_db()
    assert ada.has_factor


def test_a_further_one_leads_back_to_the_list(ada: User) -> None:
    device_of(ada, flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP)
    client = browser_of(ada)
    prove_factor(client)
    shown = begin(client, name="security key")
    response = client.post(
        ADD,
        {"name": "security key", "passkey": json.dumps(Device().create(options_in(shown)))},
        follow=True,
    )
    assert response.redirect_chain == [(LIST, 302)]
    text = text_of(response)
    assert "The passkey was added." in text
    assert text.index("security key") < text.index("phone")
    assert "Your device keeps copies of it" in text
    assert "None: if the device is lost, so is the passkey." in text
    assert RecoveryCode.objects.count() == 10


def test_without_a_factor_the_password_is_asked_for(ada: User) -> None:
    client = browser_of(ada)
    wrong = begin(client, current_password="amber-Compass-31")
    assert error_of(wrong, "current_password") == "This is not your password."
    assert begin(client).status_code == 200
    assert "data-options" not in begin(client).content.decode()
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("page", ["new", "remove"])
def test_with_a_factor_a_fresh_proof_is_asked_for(page: str, ada: User) -> None:
    passkey = passkey_of(device_of(ada))
    path = NEW if page == "new" else address(passkey, "remove")
    response = browser_of(ada).get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(STEP_UP)


def test_without_a_name_the_field_says_so(ada: User) -> None:
    response = begin(browser_of(ada), name=" ", **PROOF)
    assert error_of(response, "name") == "This field is required."


def test_what_goes_wrong_is_said_where_one_begins_again(ada: User) -> None:
    client = browser_of(ada)
    assert client.get(ADD).headers["Location"] == NEW
    for passkey in ("", "{", "7"):
        assert client.post(ADD, {"name": "x", "passkey": passkey}).headers["Location"] == NEW
        assert "This is not the answer of a passkey." in text_of(client.get(NEW))
    refused = add(client, Device(flags=PRESENT), begin(client, **PROOF))
    assert refused.headers["Location"] == NEW
    assert "The device did not check who you are" in text_of(client.get(NEW))
    assert not Passkey.objects.exists()


def test_a_passkey_of_another_account_is_refused(ada: User, bob: User) -> None:
    device, client = device_of(ada), browser_of(bob)
    add(client, device, begin(client, **PROOF))
    assert "This passkey was added before." in text_of(client.get(NEW))


def test_as_many_as_are_allowed(ada: User) -> None:
    device_of(ada)
    Passkey.objects.bulk_create(
        Passkey(user=ada, name="x", credential_id=f"{n:022}", public_key=b"")
        for n in range(MAXIMUM_PASSKEYS - 1)
    )
    client = browser_of(ada)
    prove_factor(client)
    assert "Remove one that you do not use." in text_of(begin(client))
    assert text_of(client.get(LIST)).count("Last used") == MAXIMUM_PASSKEYS


def test_where_browsers_have_no_passkeys_the_page_says_so(ada: User, settings: Any) -> None:
    settings.PUBLIC_URL = "http://192.0.2.1"
    client = browser_of(ada)
    assert "Passkeys don't work at the address" in text_of(client.get(LIST))
    assert NEW not in client.get(LIST).content.decode()
    assert "Passkeys can't be used on this server" in text_of(begin(client, **PROOF))


def test_renaming(ada: User) -> None:
    passkey, client = passkey_of(device_of(ada)), browser_of(ada)
    path = address(passkey, "name")
    assert 'value="phone"' in client.get(path).content.decode()
    assert error_of(client.post(path, {"name": ""}), "name") == "This field is required."
    assert client.post(path, {"name": "old phone"}).headers["Location"] == LIST
    assert "old phone" in text_of(client.get(LIST))


def test_removing_the_last_factor(ada: User) -> None:
    passkey, client = passkey_of(device_of(ada)), browser_of(ada)
    prove_factor(client)
    path = address(passkey, "remove")
    assert "phone" in text_of(client.get(path))
    response = client.post(path, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "The passkey was removed." in text_of(response)
    assert not RecoveryCode.objects.exists()
    assert AuthEvent.objects.latest("pk").kind == "passkey_removed"


@pytest.mark.parametrize("page", ["name", "remove"])
def test_those_of_others_are_not_found(page: str, ada: User, bob: User) -> None:
    passkey = passkey_of(device_of(ada))
    client = browser_of(bob)
    for response in (client.get(address(passkey, page)), client.post(address(passkey, page))):
        assert response.status_code == 404


@pytest.mark.parametrize(("page", "name"), [("name", "rename"), ("remove", "remove")])
def test_one_that_was_removed_meanwhile_is_not_found(
    page: str, name: str, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise Passkey.DoesNotExist

    passkey, client = passkey_of(device_of(ada)), browser_of(ada)
    prove_factor(client)
    monkeypatch.setattr(pages, f"passkey_{name}", gone)
    assert client.post(address(passkey, page), {"name": "x"}).status_code == 404


def test_a_name_is_shown_as_it_is(ada: User) -> None:
    passkey_of(device_of(ada, name="<b>phone</b>"))
    assert "&lt;b&gt;phone" in browser_of(ada).get(LIST).content.decode()


def test_an_admin_who_needs_a_factor_can_add_one(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client = browser_of(boss)
    assert client.get("/account/").status_code == 403
    assert client.get(LIST).status_code == 200
    add(client, Device(), begin(client, **PROOF))
    assert client.get("/account/").status_code == 200


def test_the_list_costs_the_same_for_one_and_for_many(
    ada: User, django_assert_max_num_queries: Any
) -> None:
    device_of(ada)
    client = browser_of(ada)
    for more in (0, 9):
        for _ in range(more):
            device_of(ada)
        with django_assert_max_num_queries(3):
            client.get(LIST)


def test_the_events_are_in_words(ada: User) -> None:
    device_of(ada)
    text = text_of(browser_of(ada).get("/account/events/"))
    assert "Passkey added" in text
    assert "phone" in text


def test_the_page_of_second_factors_leads_here(ada: User) -> None:
    device_of(ada)
    page = browser_of(ada).get("/account/second-factor/")
    assert "You have 1 passkey, which signs you in by your device." in text_of(page)
    assert f'href="{LIST}"' in page.content.decode()

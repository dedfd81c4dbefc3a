"""Adding, listing, renaming and removing passkeys."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuthEvent, Passkey, RecoveryCode, UsedChallenge, User
from accounts.models.passkey import MAXIMUM_PASSKEYS
from accounts.origins import Origin
from accounts.services.factors import factors_remove
from accounts.services.passkeys import passkey_remove, passkey_rename
from accounts.services.password_reset import reset_token
from accounts.services.pruning import prune
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient
from tests.passkey_authenticator import BACKED_UP, ELIGIBLE, PRESENT, VERIFIED, Device, decoded

from .devices import CURRENT, NEW, PASSKEYS, TOKEN, add, creation_options, device_of, passkey_of
from .proofs import BY_PASSWORD, logged_in

pytestmark = pytest.mark.django_db

FACTORS = "/api/v1/users/me/factors"
SYNCED = PRESENT | VERIFIED | ELIGIBLE | BACKED_UP

ClientOf = Callable[[User], ConformingClient]


def kinds_of(user: User) -> list[str]:
    return list(AuthEvent.objects.about(user).order_by("pk").values_list("kind", flat=True))


def shown(client: ConformingClient) -> list[dict[str, Any]]:
    response = client.get(PASSKEYS)
    assert response.status_code == 200
    results: list[dict[str, Any]] = response.json()["results"]
    return results


# --- Adding --------------------------------------------------------------------------------------


def test_the_options_ask_for_a_passkey_that_names_and_verifies_its_user(
    ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).post(NEW, CURRENT)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    options = response.json()["public_key"]
    assert options["rp"] == {"id": "localhost", "name": "Bookstore"}
    assert (options["user"]["name"], options["user"]["displayName"]) == ("ada", "ada")
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert (options["attestation"], options["excludeCredentials"]) == ("none", [])
    assert options["timeout"] == 300_000
    assert not Passkey.objects.exists()


def test_a_device_knows_an_account_by_64_random_bytes_that_stay(
    ada: User, bob: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    handle = creation_options(client)["user"]["id"]
    assert len(decoded(handle)) == 64
    assert ada.public_id.hex not in decoded(handle).hex()
    assert creation_options(client)["user"]["id"] == handle
    assert creation_options(client_of(bob))["user"]["id"] != handle


def test_the_first_passkey_is_a_factor_and_comes_with_recovery_codes(
    ada: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    response = add(client, Device(flags=SYNCED))
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert len(set(body.pop("recovery_codes"))) == 10
    assert body == {
        "id": str(Passkey.objects.get().pk),
        "name": "phone",
        "created_at": body["created_at"],
        "last_used_at": None,
        "is_backed_up": True,
    }
    assert client.get(FACTORS).json() == {
        "methods": ["passkey", "recovery_code"],
        "totp_added_at": None,
        "passkeys": 1,
        "recovery_codes_left": 10,
    }
    assert client.get("/api/v1/users/me").json()["second_factor"] is True
    assert kinds_of(ada)[-1] == "passkey_added"
    assert AuthEvent.objects.latest("pk").detail == "phone"


def test_further_passkeys_keep_the_recovery_codes(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    add(client, Device())
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    options = creation_options(client)
    assert options["excludeCredentials"] == [
        {
            "type": "public-key",
            "id": Passkey.objects.get().credential_id,
            "transports": ["hybrid", "internal"],
        }
    ]
    response = add(client, Device(), name="security key")
    assert (response.status_code, response.json()["recovery_codes"]) == (201, [])
    assert set(RecoveryCode.objects.values_list("digest", flat=True)) == digests
    assert [each["name"] for each in shown(client)] == ["security key", "phone"]


def test_beside_an_authenticator_app_the_codes_stay(ada: User, client_of: ClientOf) -> None:
    app = Authenticator(ada)
    client = client_of(ada)
    assert add(client, Device()).json()["recovery_codes"] == []
    assert client.get(FACTORS).json()["methods"] == ["totp", "passkey", "recovery_code"]
    assert len(app.recovery_codes) == RecoveryCode.objects.count()


@pytest.mark.parametrize("alg", [-7, -8, -257])
def test_keys_of_each_algorithm_are_taken(alg: int, ada: User, client_of: ClientOf) -> None:
    assert add(client_of(ada), Device(alg=alg)).status_code == 201


def test_transports_that_nobody_knows_are_not_stored(ada: User, client_of: ClientOf) -> None:
    add(client_of(ada), Device(transports=("usb", "pigeon", 7, "nfc")))
    assert Passkey.objects.get().transports == "nfc usb"


def test_without_a_list_of_transports_there_are_none(ada: User, client_of: ClientOf) -> None:
    client, device = client_of(ada), Device()
    made = device.create(creation_options(client))
    made["response"]["transports"] = "usb"
    assert client.post(PASSKEYS, {"name": "x", "credential": made}).status_code == 201
    assert Passkey.objects.get().transports == ""


def test_the_options_need_the_password(ada: User) -> None:
    client = logged_in(ada)
    assert client.post(NEW).json()["errors"][0]["pointer"] == "#/current_password"
    wrong = client.post(NEW, {"current_password": "amber-Compass-31"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")


def test_with_a_factor_the_options_need_a_fresh_proof(ada: User) -> None:
    device_of(ada)
    response = logged_in(ada, BY_PASSWORD).post(NEW, CURRENT)
    assert (response.status_code, response.json()["code"]) == (401, "step_up_required")


def test_an_account_has_twenty_at_most(ada: User, client_of: ClientOf) -> None:
    device_of(ada)
    rows = [
        Passkey(user=ada, name="x", credential_id=f"{n:022}", public_key=b"")
        for n in range(MAXIMUM_PASSKEYS - 1)
    ]
    Passkey.objects.bulk_create(rows)
    client = client_of(ada)
    full = client.post(NEW)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_passkeys")
    Passkey.objects.filter(name="x").first().delete()  # type: ignore[union-attr]  # there are 19
    made = Device().create(creation_options(client))
    Passkey.objects.bulk_create([Passkey(user=ada, name="y", credential_id="z", public_key=b"")])
    late = client.post(PASSKEYS, {"name": "late", "credential": made})
    assert (late.status_code, late.json()["code"]) == (409, "too_many_passkeys")
    assert Passkey.objects.count() == MAXIMUM_PASSKEYS


def test_a_passkey_is_of_one_account(ada: User, bob: User, client_of: ClientOf) -> None:
    device = device_of(ada)
    clients = client_of(ada), client_of(bob)
    for client in clients:
        response = add(client, device)
        assert (response.status_code, response.json()["code"]) == (409, "passkey_exists")
    assert Passkey.objects.get().user == ada
    bob.refresh_from_db()
    assert not bob.has_factor


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "blank"), (" ", "blank"), ("x" * 61, "max_length"), ("a\u202eb", "control_character")],
)
def test_a_name_shows_something(name: str, code: str, ada: User, client_of: ClientOf) -> None:
    response = add(client_of(ada), Device(), name=name)
    assert response.status_code == 400
    assert [each["code"] for each in response.json()["errors"]] == [code]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "https://192.0.2.1", "https://[::1]", "http://books.example"]
)
def test_where_browsers_have_no_passkeys_there_are_none(
    url: str, ada: User, client_of: ClientOf, anonymous: ConformingClient, settings: Any
) -> None:
    settings.PUBLIC_URL = url
    for response in (
        client_of(ada).post(NEW, CURRENT),
        anonymous.post("/api/v1/auth/passkey/options"),
    ):
        assert (response.status_code, response.json()["code"]) == (503, "passkeys_unavailable")


def test_the_id_is_the_host_of_the_public_address(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    """The Host of a request can be anything that ALLOWED_HOSTS has."""
    settings.PUBLIC_URL = "https://books.example.org"
    settings.ALLOWED_HOSTS = ["*"]
    response = client_of(ada).post(NEW, CURRENT, headers={"host": "evil.example"})
    assert response.json()["public_key"]["rp"]["id"] == "books.example.org"
    device = Device(origin="https://books.example.org", rp_id="books.example.org")
    assert add(client_of(ada), device).status_code == 201


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://books.example.org", 201),
        ("https://shop.books.example.org", 201),
        ("https://books.example.org:8443", 201),
        ("https://elsewhere.example.org", 403),
        ("https://notbooks.example.org", 403),
        ("https://unlisted.books.example.org", 403),
        ("http://books.example.org", 403),
    ],
)
def test_pages_of_allowed_origins_below_the_host_may_use_them(
    origin: str, status: int, ada: User, client_of: ClientOf, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://books.example.org"
    settings.CORS_ALLOWED_ORIGINS = [
        "https://shop.books.example.org",
        "https://books.example.org:8443",
        "https://elsewhere.example.org",
        "https://notbooks.example.org",
    ]
    device = Device(origin=origin, rp_id="books.example.org")
    assert add(client_of(ada), device).status_code == status


# --- Listing, renaming, removing -----------------------------------------------------------------


def test_you_see_your_own_alone(ada: User, bob: User, client_of: ClientOf) -> None:
    passkey = passkey_of(device_of(ada))
    device_of(bob)
    client, stranger = client_of(ada), client_of(bob)
    assert [each["id"] for each in shown(client)] == [str(passkey.pk)]
    assert client.get(f"{PASSKEYS}/{passkey.pk}").json() == shown(client)[0]
    for response in (
        stranger.get(f"{PASSKEYS}/{passkey.pk}"),
        stranger.patch(f"{PASSKEYS}/{passkey.pk}", {"name": "mine"}),
        stranger.delete(f"{PASSKEYS}/{passkey.pk}"),
    ):
        assert response.status_code == 404
    assert Passkey.objects.count() == 2


def test_the_list_costs_the_same_for_one_and_for_many(
    ada: User, client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    device_of(ada)
    client = client_of(ada)
    client.get(PASSKEYS)
    with django_assert_num_queries(2):
        client.get(PASSKEYS)
    for _ in range(9):
        device_of(ada)
    with django_assert_num_queries(2):
        assert len(shown(client)) == 10


def test_renaming(ada: User, client_of: ClientOf) -> None:
    passkey = passkey_of(device_of(ada))
    client = client_of(ada)
    path = f"{PASSKEYS}/{passkey.pk}"
    response = client.patch(path, {"name": "old phone"})
    assert (response.status_code, response.json()["name"]) == (200, "old phone")
    assert client.patch(path, {}).json()["name"] == "old phone"
    assert client.patch(path, {"name": ""}).status_code == 400
    assert client.patch(path, {"last_used_at": "2026-01-01T00:00:00Z"}).status_code == 400
    assert shown(client)[0]["name"] == "old phone"


def test_removing_the_last_factor_removes_the_recovery_codes(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    passkey = passkey_of(device_of(ada))
    client = client_of(ada)
    response = client.delete(f"{PASSKEYS}/{passkey.pk}")
    assert response.status_code == 204
    assert client.get(FACTORS).json()["methods"] == []
    assert not RecoveryCode.objects.exists()
    assert kinds_of(ada)[-1] == "passkey_removed"
    assert anonymous.post(TOKEN, {"name": "ada", "password": PASSWORD}).status_code == 200


def test_removing_one_of_two_keeps_the_factor(ada: User, client_of: ClientOf) -> None:
    device_of(ada)
    passkey = passkey_of(device_of(ada))
    client = client_of(ada)
    assert client.delete(f"{PASSKEYS}/{passkey.pk}").status_code == 204
    assert client.get(FACTORS).json()["passkeys"] == 1
    assert RecoveryCode.objects.count() == 10


def test_the_app_and_passkeys_are_removed_apart(ada: User, client_of: ClientOf) -> None:
    Authenticator(ada)
    passkey = passkey_of(device_of(ada))
    client = client_of(ada)
    assert client.delete("/api/v1/users/me/totp").status_code == 204
    assert client.get(FACTORS).json()["methods"] == ["passkey", "recovery_code"]
    assert client.delete(f"{PASSKEYS}/{passkey.pk}").status_code == 204
    ada.refresh_from_db()
    assert not ada.has_factor


def test_the_last_passkey_leaves_the_app(ada: User, client_of: ClientOf) -> None:
    Authenticator(ada)
    passkey = passkey_of(device_of(ada))
    client = client_of(ada)
    assert client.delete(f"{PASSKEYS}/{passkey.pk}").status_code == 204
    assert client.get(FACTORS).json()["methods"] == ["totp", "recovery_code"]


def test_removing_needs_a_fresh_proof_and_renaming_does_not(ada: User) -> None:
    passkey = passkey_of(device_of(ada))
    client = logged_in(ada, BY_PASSWORD)
    response = client.delete(f"{PASSKEYS}/{passkey.pk}")
    assert (response.status_code, response.json()["code"]) == (401, "step_up_required")
    assert client.patch(f"{PASSKEYS}/{passkey.pk}", {"name": "new"}).status_code == 200
    assert Passkey.objects.exists()


def test_a_passkey_that_was_removed_meanwhile_is_404(
    ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(ada)

    def gone(*args: Any, **kwargs: Any) -> None:
        raise Passkey.DoesNotExist

    passkey = passkey_of(device_of(ada))
    for name in ("passkey_rename", "passkey_remove"):
        monkeypatch.setattr(f"accounts.api.views.passkeys.{name}", gone)
    assert client.patch(f"{PASSKEYS}/{passkey.pk}", {"name": "x"}).status_code == 404
    assert client.delete(f"{PASSKEYS}/{passkey.pk}").status_code == 404


def test_nobody_removes_or_renames_what_is_gone(ada: User) -> None:
    passkey = passkey_of(device_of(ada))
    Passkey.objects.filter(pk=passkey.pk).delete()
    with pytest.raises(Passkey.DoesNotExist):
        passkey_rename(passkey, name="x")
    with pytest.raises(Passkey.DoesNotExist):
        passkey_remove(passkey, user=ada, origin=Origin())
    assert kinds_of(ada)[-1] == "passkey_added"


def test_an_ended_session_removes_nothing(ada: User) -> None:
    passkey = passkey_of(device_of(ada))
    User.objects.update(session_epoch=7)
    with pytest.raises(SessionEndedError):
        passkey_remove(passkey, user=ada, origin=Origin())
    assert Passkey.objects.exists()


# --- Admins, resets, deletion --------------------------------------------------------------------


def test_an_admin_removes_passkeys_as_well(ada: User, boss: User, client_of: ClientOf) -> None:
    device_of(ada)
    response = client_of(boss).delete(f"/api/v1/users/{ada.public_id}/factors")
    assert response.status_code == 204
    assert not Passkey.objects.exists()
    ada.refresh_from_db()
    assert (ada.has_factor, kinds_of(ada)[-1]) == (False, "factors_removed")


def test_removing_factors_twice_changes_nothing(ada: User) -> None:
    assert not factors_remove(user=ada, origin=Origin())


def test_a_password_reset_keeps_them(ada: User, anonymous: ConformingClient) -> None:
    device_of(ada)
    body = {"token": reset_token(ada), "new_password": "amber-Compass-31"}
    ada.refresh_from_db()
    anonymous.post("/api/v1/auth/password-reset/confirm", body)
    assert Passkey.objects.count() == 1


def test_they_go_with_the_account(ada: User, client_of: ClientOf) -> None:
    device_of(ada)
    assert client_of(ada).delete("/api/v1/users/me").status_code == 204
    assert not Passkey.objects.exists()


def test_used_challenges_are_pruned(ada: User) -> None:
    now = timezone.now()
    for n, minutes in enumerate((-1, 1)):
        expires_at = now + timedelta(minutes=minutes)
        UsedChallenge.objects.create(digest=str(n), expires_at=expires_at)
    prune()
    assert UsedChallenge.objects.get().digest == "1"


def test_each_use_deletes_a_few_expired_ones(ada: User) -> None:
    past = timezone.now() - timedelta(minutes=1)
    UsedChallenge.objects.bulk_create(
        UsedChallenge(digest=str(n), expires_at=past) for n in range(7)
    )
    device_of(ada)
    assert UsedChallenge.objects.count() == 7 - 5 + 1


def test_required_of_admins_a_passkey_will_do(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client = logged_in(boss)
    assert client.get("/api/v1/users").json()["code"] == "second_factor_setup_required"
    assert client.get(PASSKEYS).status_code == 200
    assert add(client, Device()).status_code == 201
    assert client.get("/api/v1/users").status_code == 200


def test_texts_of_rows(ada: User) -> None:
    passkey = passkey_of(device_of(ada))
    assert str(passkey) == "phone"
    assert str(ada.passkey_owner) == f"ada, {ada.passkey_owner.handle[:8]}…"
    assert str(UsedChallenge(digest="0123456789")) == "01234567…"

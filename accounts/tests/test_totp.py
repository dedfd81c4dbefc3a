"""Adding and removing an authenticator app."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone
from pyotp import TOTP, parse_uri

from accounts.models import AuthEvent, EventKind, LoginSession, RecoveryCode, TotpFactor, User
from accounts.models.factor import PENDING_FOR
from accounts.services.pruning import prune
from accounts.services.sessions import require_same_epoch
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

from .proofs import logged_in

pytestmark = pytest.mark.django_db

ME = "/api/v1/users/me"
TOTP_ROUTE = f"{ME}/totp"
CONFIRM = f"{ME}/totp/confirm"
FACTORS = f"{ME}/factors"
CURRENT = {"current_password": PASSWORD}

ClientOf = Callable[[User], ConformingClient]


def begin(client: ConformingClient) -> TOTP:
    """Begin to add an app, and return it."""
    response = client.post(TOTP_ROUTE, CURRENT)
    assert response.status_code == 200
    return cast("TOTP", parse_uri(response.json()["otpauth_uri"]))


def kinds_of(user: User) -> list[str]:
    return list(AuthEvent.objects.about(user).order_by("pk").values_list("kind", flat=True))


def test_a_secret_is_shown_as_a_uri_and_as_a_qr_code(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).post(TOTP_ROUTE, CURRENT)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert set(response.json()) == {"otpauth_uri", "qr_svg"}
    uri = urlsplit(response.json()["otpauth_uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Bookstore:ada")
    query = parse_qs(uri.query)
    assert query["issuer"] == ["Bookstore"]
    # 160 bits, as RFC 4226 section 4 recommends.
    assert len(query["secret"][0]) == 32
    drawing = ET.fromstring(response.json()["qr_svg"])
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"


def test_nothing_changes_before_the_first_code(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    client = client_of(ada)
    begin(client)
    assert client.get(FACTORS).json() == {
        "methods": [],
        "totp_added_at": None,
        "passkeys": 0,
        "recovery_codes_left": 0,
    }
    assert client.get(ME).json()["second_factor"] is False
    login = anonymous.post("/api/v1/auth/token", {"name": "ada", "password": PASSWORD})
    assert login.status_code == 200
    assert EventKind.TOTP_ADDED not in kinds_of(ada)


def test_the_first_code_adds_the_app_and_gives_ten_recovery_codes(
    ada: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    app = begin(client)
    response = client.post(CONFIRM, {"code": app.now()})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    codes = response.json()["recovery_codes"]
    assert len(set(codes)) == 10
    # 24 characters of 5 bits.
    assert {len(code.replace("-", "")) for code in codes} == {24}
    added = TotpFactor.objects.get().confirmed_at
    assert added is not None
    assert client.get(FACTORS).json() == {
        "methods": ["totp", "recovery_code"],
        "totp_added_at": added.isoformat().replace("+00:00", "Z"),
        "passkeys": 0,
        "recovery_codes_left": 10,
    }
    assert client.get(ME).json()["second_factor"] is True
    event = AuthEvent.objects.get(kind=EventKind.TOTP_ADDED)
    assert (event.subject_id, event.actor_id) == (ada.public_id, ada.public_id)


def test_a_code_may_have_the_space_that_apps_show(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    code = begin(client).now()
    assert client.post(CONFIRM, {"code": f"{code[:3]} {code[3:]}"}).status_code == 200


def test_the_stored_secret_is_encrypted(ada: User, client_of: ClientOf) -> None:
    app = begin(client_of(ada))
    stored = TotpFactor.objects.get().secret
    assert app.secret not in stored
    assert stored.startswith("gAAAA")
    assert str(TotpFactor.objects.get()).startswith("ada, ")


def test_recovery_codes_are_stored_as_digests(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    codes = client.post(CONFIRM, {"code": begin(client).now()}).json()["recovery_codes"]
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(digests) == 10
    assert not digests & {code.replace("-", "") for code in codes}
    assert {len(digest) for digest in digests} == {64}
    shown = {str(row) for row in RecoveryCode.objects.all()}
    assert shown == {f"ada, {digest[:8]}…" for digest in digests}


def test_a_wrong_first_code_is_403_and_recorded(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    app = begin(client)
    wrong = "000000" if app.now() != "000000" else "111111"
    response = client.post(CONFIRM, {"code": wrong})
    assert response.status_code == 403
    assert response.json()["code"] == "wrong_code"
    assert not TotpFactor.objects.confirmed().exists()
    event = AuthEvent.objects.get(kind=EventKind.SECOND_FACTOR_FAILED)
    assert (event.subject_id, event.actor_id) == (ada.public_id, None)
    # The app still waits.
    assert client.post(CONFIRM, {"code": app.now()}).status_code == 200


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "１２３４５６", "123-456", ""])
def test_a_code_of_another_form_is_400(ada: User, client_of: ClientOf, code: str) -> None:
    client = client_of(ada)
    begin(client)
    response = client.post(CONFIRM, {"code": code})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/code"


def test_a_second_begin_makes_the_first_secret_void(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    first, second = begin(client), begin(client)
    assert first.secret != second.secret
    assert client.post(CONFIRM, {"code": first.now()}).status_code == 403
    assert client.post(CONFIRM, {"code": second.now()}).status_code == 200
    assert TotpFactor.objects.count() == 1


def test_a_second_app_is_409(ada: User, client_of: ClientOf) -> None:
    app = Authenticator(ada)
    client = client_of(ada)
    for route, body in ((TOTP_ROUTE, CURRENT), (CONFIRM, {"code": app.fresh()})):
        response = client.post(route, body)
        assert response.status_code == 409
        assert response.json()["code"] == "totp_exists"


def test_confirming_what_was_not_begun_is_409(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).post(CONFIRM, {"code": "123456"})
    assert response.status_code == 409
    assert response.json()["code"] == "totp_not_begun"


def test_an_app_waits_for_an_hour(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    app = begin(client)
    TotpFactor.objects.update(created_at=timezone.now() - PENDING_FOR)
    response = client.post(CONFIRM, {"code": app.now()})
    assert (response.status_code, response.json()["code"]) == (409, "totp_not_begun")


def test_prune_removes_apps_that_nobody_confirmed(ada: User, bob: User) -> None:
    Authenticator(bob)
    TotpFactor.objects.create(user=ada, secret="", created_at=timezone.now() - PENDING_FOR)
    TotpFactor.objects.filter(user=bob).update(created_at=timezone.now() - timedelta(days=400))
    prune()
    assert [factor.user for factor in TotpFactor.objects.all()] == [bob]


@pytest.mark.parametrize("moment", ["replaced", "removed", "confirmed"])
def test_an_app_that_was_changed_meanwhile_is_not_confirmed(
    ada: User, client_of: ClientOf, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(ada)
    app = begin(client)

    def changed_first(user: User) -> None:
        rows = TotpFactor.objects.filter(user=user)
        if moment == "replaced":
            rows.update(secret="of another request")
        elif moment == "removed":
            rows.delete()
        else:
            rows.update(confirmed_at=timezone.now())
        require_same_epoch(user)

    monkeypatch.setattr("accounts.services.totp.require_same_epoch", changed_first)
    response = client.post(CONFIRM, {"code": app.now()})
    assert (response.status_code, response.json()["code"]) == (409, "totp_not_begun")
    assert not RecoveryCode.objects.exists()


def test_removing_the_app_removes_the_factor_and_its_recovery_codes(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    client, other = client_of(ada), client_of(ada)
    Authenticator(ada)
    assert client.delete(TOTP_ROUTE, CURRENT).status_code == 204
    assert not TotpFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert client.get(ME).json()["second_factor"] is False
    # Sessions go on.
    assert other.get(ME).status_code == 200
    login = anonymous.post("/api/v1/auth/token", {"name": "ada", "password": PASSWORD})
    assert login.status_code == 200
    event = AuthEvent.objects.get(kind=EventKind.TOTP_REMOVED)
    assert (event.subject_id, event.actor_id) == (ada.public_id, ada.public_id)


def test_removing_an_app_that_waits_is_no_event(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    begin(client)
    assert client.delete(TOTP_ROUTE, CURRENT).status_code == 204
    assert not TotpFactor.objects.exists()
    assert EventKind.TOTP_REMOVED not in kinds_of(ada)


def test_removing_no_app_is_404(ada: User, client_of: ClientOf) -> None:
    assert client_of(ada).delete(TOTP_ROUTE, CURRENT).status_code == 404


@pytest.mark.parametrize(
    "request_",
    [("post", TOTP_ROUTE), ("delete", TOTP_ROUTE), ("post", f"{ME}/recovery-codes")],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (CURRENT, (401, "step_up_required")),
        ({}, (401, "step_up_required")),
        ({**CURRENT, "code": "123456"}, (400, "validation_error")),
    ],
)
def test_a_stolen_token_alone_changes_no_factor(
    ada: User,
    request_: tuple[str, str],
    body: dict[str, str],
    answer: tuple[int, str],
) -> None:
    Authenticator(ada)
    before = list(RecoveryCode.objects.values_list("digest", flat=True))
    method, route = request_
    response = getattr(logged_in(ada), method)(route, body)
    assert (response.status_code, response.json()["code"]) == answer
    assert list(RecoveryCode.objects.values_list("digest", flat=True)) == before
    assert TotpFactor.objects.confirmed().exists()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"current_password": "not-my-Password-1"}, (403, "wrong_password")),
        ({}, (400, "validation_error")),
    ],
)
def test_a_stolen_token_alone_adds_no_factor(
    ada: User, body: dict[str, str], answer: tuple[int, str]
) -> None:
    response = logged_in(ada).post(TOTP_ROUTE, body)
    assert (response.status_code, response.json()["code"]) == answer
    assert not TotpFactor.objects.exists()


@pytest.mark.parametrize("route", ["begin", "confirm", "remove", "recovery codes"])
def test_a_request_whose_session_ended_meanwhile_changes_nothing(
    ada: User, client_of: ClientOf, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(ada)
    app = None if route in ("begin", "confirm") else Authenticator(ada)
    code = begin(client).now() if route == "confirm" else ""
    before = list(TotpFactor.objects.values_list("secret", "confirmed_at"))

    def ended_first(user: User) -> None:
        User.objects.filter(pk=user.pk).update(session_epoch=user.session_epoch + 1)
        require_same_epoch(user)

    for module in ("totp", "recovery_codes"):
        monkeypatch.setattr(f"accounts.services.{module}.require_same_epoch", ended_first)
    response: Any = {
        "begin": lambda: client.post(TOTP_ROUTE, CURRENT),
        "confirm": lambda: client.post(CONFIRM, {"code": code}),
        "remove": lambda: client.delete(TOTP_ROUTE, CURRENT),
        "recovery codes": lambda: client.post(f"{ME}/recovery-codes", CURRENT),
    }[route]()
    assert response.status_code == 401
    assert list(TotpFactor.objects.values_list("secret", "confirmed_at")) == before
    if app is not None:
        assert RecoveryCode.objects.count() == 10


def test_a_factor_is_no_more_query_for_a_request(
    ada: User, client_of: ClientOf, django_assert_num_queries: Callable[[int], Any]
) -> None:
    Authenticator(ada)
    client = client_of(ada)
    client.get(ME)
    with django_assert_num_queries(1):
        assert client.get(ME).json()["second_factor"] is True
    with django_assert_num_queries(4):
        client.get(FACTORS)


def test_the_list_of_accounts_shows_who_has_a_factor(
    ada: User, boss: User, client_of: ClientOf
) -> None:
    Authenticator(ada)
    listed = client_of(boss).get("/api/v1/users").json()["results"]
    assert {one["name"]: one["second_factor"] for one in listed} == {"ada": True, "boss": False}


def test_an_account_is_deleted_with_its_factors(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    client = client_of(ada)
    Authenticator(ada)
    anonymous.post("/api/v1/auth/token", {"name": "ada", "password": PASSWORD})
    assert client.delete(ME, {"password": PASSWORD}).status_code == 204
    assert not TotpFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not LoginSession.objects.exists()

"""The password alone gives no session, and no admin gets round REQUIRE_ADMIN_MFA."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.login.second_step import TICKET
from accounts.models import KnownNetwork, LoginSession, LoginTicket, User
from accounts.services.totp import totp_begin
from accounts.tests.proofs import logged_in
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

SECOND_FACTOR = "/api/session/second-factor/"
STEP_UP = "/api/session/step-up/"
SIGN_IN_PAGES = [
    "/api/session/login/",
    "/admin/login/",
    "/admin/login/?next=/admin/accounts/user/",
    "/api/session/login/?next=/admin/",
]
INSIDE = ["/admin/", "/admin/accounts/user/", "/api/v1/users/me", "/api/v1/books", STEP_UP]


@pytest.fixture
def app(boss: User) -> Authenticator:
    """The authenticator app of boss."""
    return Authenticator(boss)


def by_password(client: Client, page: str = SIGN_IN_PAGES[0]) -> Any:
    return client.post(page, {"username": "boss", "password": PASSWORD, "next": "/admin/"})


def require_outside(client: Client) -> None:
    assert SESSION_KEY not in client.session
    for page in INSIDE:
        response = client.get(page, headers={"accept": "application/json"})
        is_sent_away = "/login/" in response.headers.get("Location", "")
        assert response.status_code == 401 or is_sent_away, page


@pytest.mark.parametrize("page", SIGN_IN_PAGES)
def test_the_password_alone_opens_no_session_in_a_browser(page: str, app: Authenticator) -> None:
    client = Client()
    assert by_password(client, page).status_code == 302
    require_outside(client)
    client.get(SECOND_FACTOR)
    for _ in range(5):
        client.post(SECOND_FACTOR, {"code": app.wrong()})
    require_outside(client)
    # Nor does asking again and again.
    by_password(client, page)
    require_outside(client)


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("/api/v1/auth/token", {"name": "boss", "password": PASSWORD}),
        ("/login", {"name": "boss", "password": PASSWORD}),
        *((page, {"username": "boss", "password": PASSWORD}) for page in SIGN_IN_PAGES[:2]),
    ],
)
def test_a_login_that_is_checked_while_the_factor_is_added_opens_no_session(
    page: str, body: dict[str, str], boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account was read before, and a server with many logins takes seconds to hash."""
    checked = User.check_password

    def owner_adds_it_meanwhile(user: User, password: str) -> bool:
        monkeypatch.undo()
        Authenticator(User.objects.get(pk=boss.pk))
        return checked(user, password)

    monkeypatch.setattr(User, "check_password", owner_adds_it_meanwhile)
    client = Client()
    is_page = page in SIGN_IN_PAGES
    sent: Any = {} if is_page else {"content_type": "application/json"}
    answer = client.post(page, body, **sent)
    assert User.objects.get(pk=boss.pk).has_factor
    assert answer.status_code == (302 if is_page else 401)
    assert not LoginSession.objects.exists()
    # Nor is the network one of somebody who has the factor.
    assert not KnownNetwork.objects.exists()
    require_outside(client)


def test_it_is_no_proof_for_somebody_who_is_signed_in_as_another(
    app: Authenticator, ada: User
) -> None:
    """The session of the other user goes on, and its holder is still that user."""
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(ada)
    by_password(client)
    assert client.get("/api/v1/users/me").json()["name"] == "ada"
    assert client.get("/admin/").status_code == 302


def test_the_page_takes_no_code_of_another_user(app: Authenticator, ada: User) -> None:
    other, client = Authenticator(ada), Client()
    by_password(client)
    client.post(SECOND_FACTOR, {"code": other.shown()})
    client.post(SECOND_FACTOR, {"recovery_code": other.recovery_codes[0]})
    require_outside(client)


def test_a_code_signs_in_one_browser(app: Authenticator) -> None:
    """Somebody who looks on while the code is typed has no use for it."""
    owner, thief, code = Client(), Client(), app.fresh()
    by_password(owner)
    by_password(thief)
    owner.post(SECOND_FACTOR, {"code": code})
    assert SESSION_KEY in owner.session
    thief.post(SECOND_FACTOR, {"code": code})
    require_outside(thief)


def test_the_second_step_is_of_the_network_of_the_first(app: Authenticator) -> None:
    client = Client(REMOTE_ADDR="203.0.113.7")
    by_password(client)
    client.defaults["REMOTE_ADDR"] = "198.51.100.1"
    assert client.post(SECOND_FACTOR, {"code": app.fresh()}).status_code == 302
    require_outside(client)


def test_no_cookie_from_before_a_step_is_worth_anything(app: Authenticator) -> None:
    """Session fixation: each step of the sign-in gives the session another key."""
    planted, owner = Client(), Client()
    # A session that is there, but of nobody.
    session = planted.session
    session["planted"] = True
    session.save()
    keys = [planted.cookies["sessionid"].value]
    owner.cookies["sessionid"] = keys[0]
    by_password(owner)
    keys.append(owner.cookies["sessionid"].value)
    assert TICKET not in planted.session
    owner.post(SECOND_FACTOR, {"code": app.fresh()})
    keys.append(owner.cookies["sessionid"].value)
    assert len(set(keys)) == 3
    for key in keys[:2]:
        thief = Client()
        thief.cookies["sessionid"] = key
        require_outside(thief)


def test_the_session_has_no_ticket_that_a_program_could_use(app: Authenticator) -> None:
    """A reader of the database finds a digest alone, as in the table of tickets."""
    client = Client()
    by_password(client)
    assert client.session[TICKET] == LoginTicket.objects.get().digest


def test_a_new_password_ends_the_second_step(app: Authenticator, boss: User) -> None:
    client = Client()
    by_password(client)
    boss.set_password("amber-Compass-31")
    boss.save()
    client.post(SECOND_FACTOR, {"code": app.fresh()})
    require_outside(client)


def test_a_page_elsewhere_takes_no_step(app: Authenticator) -> None:
    client = Client()
    by_password(client)
    response = client.post(
        SECOND_FACTOR, {"code": app.fresh()}, headers={"sec-fetch-site": "cross-site"}
    )
    assert response.status_code == 403
    require_outside(client)


# --- REQUIRE_ADMIN_MFA ---------------------------------------------------------------------------

DISGUISES = [
    ("GET", "/api/v1/users/me/../books"),
    ("GET", "/api/v1/users/me/../../v1/books"),
    ("GET", "/api/v1/users/me%2F..%2F..%2Fbooks"),
    ("GET", "/api/v1/users/me%0A"),
    ("GET", "/api/v1/books/"),
    ("GET", "/api/v1/books?/api/v1/users/me"),
    ("GET", "/api/v1/books;/api/v1/users/me"),
    ("GET", "/api/v1/users/me/totp/../../../books"),
    ("GET", "/books"),
    ("GET", "/users"),
    ("HEAD", "/api/v1/books"),
    ("OPTIONS", "/api/v1/books"),
    ("POST", "/api/v1/users/me"),
    ("DELETE", "/api/v1/users/me"),
]


@pytest.mark.parametrize(("method", "path"), DISGUISES)
def test_no_spelling_of_a_request_gets_round_the_requirement(
    method: str, path: str, boss: User, settings: Any
) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client = logged_in(boss)
    headers = {"x-http-method-override": "GET", "x-original-url": "/api/v1/users/me"}
    response = client.generic(method, path, "", headers=headers)
    assert response.status_code in (403, 404)
    if response.status_code == 404:
        return
    if method != "HEAD" and path.startswith("/api"):
        assert response.json()["code"] == "second_factor_setup_required"


def test_a_form_is_no_other_method(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client = logged_in(boss)
    form = {"_method": "GET", "name": "renamed", "current_password": PASSWORD}
    assert client.post("/api/v1/users/me", form, format="multipart").status_code == 403
    assert User.objects.filter(name="boss").exists()


@pytest.mark.parametrize("page", ["/admin/", "/admin/books/book/", "/admin/accounts/user/add/"])
def test_the_django_admin_shows_what_to_do_and_nothing_else(
    page: str, boss: User, settings: Any
) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client = Client()
    assert by_password(client, "/admin/login/").headers["Location"] == "/admin/"
    for response in (client.get(page), client.post(page, {"name": "x"})):
        assert response.status_code == 403
        assert "/account/second-factor/" in response.content.decode()
        assert "accounts/user" not in response.content.decode()
    Authenticator(boss)
    assert client.get("/admin/").status_code == 200


def test_signing_out_of_the_django_admin_is_open(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client = Client()
    by_password(client, "/admin/login/")
    assert client.post("/admin/logout/").status_code == 302
    assert SESSION_KEY not in client.session


def test_a_factor_that_is_not_confirmed_is_none(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    totp_begin(boss)
    assert logged_in(boss).get("/api/v1/books").status_code == 403


def test_a_session_from_before_the_requirement_is_held_to_it(boss: User, settings: Any) -> None:
    client = logged_in(boss)
    assert client.get("/api/v1/books").status_code == 200
    settings.REQUIRE_ADMIN_MFA = True
    assert client.get("/api/v1/books").status_code == 403
    assert LoginSession.objects.live().exists()


def test_no_cookie_beside_the_token_helps(boss: User, ada: User, settings: Any) -> None:
    """A request with an admin's token is the admin's, whatever the browser's session is."""
    settings.REQUIRE_ADMIN_MFA = True
    client = ConformingClient()
    client.force_login(ada)
    client.credentials(**logged_in(boss).defaults)
    assert client.get("/api/v1/users").status_code == 403

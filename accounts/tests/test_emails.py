"""Email addresses: what register and users/me accept, and how two are compared."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import idna
import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone

from accounts.identity import emails
from accounts.mail.sender import queue_send
from accounts.models import MailKind, QueuedMail, User
from accounts.services.email_confirmation import email_token
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON, ascii_json

Mails = list[EmailMessage]

LONG_DOMAIN = ".".join(["d" * 60] * 4)
REFUSED = [
    pytest.param("ada", {"invalid"}, id="no at sign"),
    pytest.param("ada@", {"invalid"}, id="no domain"),
    pytest.param("a b@example.org", {"invalid"}, id="space"),
    pytest.param("ada@example.org\nBcc: all", {"invalid"}, id="newline"),
    pytest.param("", {"blank"}, id="empty"),
    pytest.param(f"{'a' * 64}@{LONG_DOMAIN}.org", {"max_length"}, id="too long"),
    pytest.param("a\x00@example.org", {"invalid", "null_characters_not_allowed"}, id="NUL"),
    pytest.param(
        "a\ud800@example.org", {"invalid", "surrogate_characters_not_allowed"}, id="surrogate"
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "codes"), REFUSED)
def test_registering_with_a_refused_address_is_400(
    anonymous: ConformingClient, email: str, codes: set[str]
) -> None:
    body = ascii_json({"name": "ada", "password": PASSWORD, "email": email})
    response = anonymous.post("/api/v1/auth/register", body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/email", code) for code in codes}
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "codes"), REFUSED)
def test_changing_to_a_refused_address_is_400(
    ada: User, client_of: Callable[[User], ConformingClient], email: str, codes: set[str]
) -> None:
    body = ascii_json({"email": email, "current_password": PASSWORD})
    response = client_of(ada).post("/api/v1/users/me/email", body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/email", code) for code in codes}
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


@pytest.mark.parametrize("email", [None, ""])
def test_no_address_has_no_key(email: str | None) -> None:
    assert emails.email_key(email) is None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("ADA@Example.ORG", "ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@ｅxample。org", "ada@example.org"),
        ("ada@exam\u200bple.org", "ada@example.org"),
        ("ada@exam\u00adple.org", "ada@example.org"),
    ],
)
def test_addresses_of_one_mailbox_have_one_key(address: str, key: str) -> None:
    assert emails.email_key(address) == key


@pytest.mark.parametrize(
    "address",
    [
        "a@b＞，＜victim＠example.org",
        "user@example.org＠evil.example",
        "a@b⑴.example",
        '"a\x0cX"@example.org',
        '"Bcc: all"@example.org',
        "ſam@example.org",
        "a@[127.0.0.1]",
        "a@exam\u2028ple.org",
        "a@exam\u202eple.org",
        "a@snow☃man.example",
        "a@xn--n3h.example",
        "a@xn--a.example",
        "a@xn--fass-.example",
        "a@a\u200db.example",
        "a@a\u200cb.example",
        "a@١٢.example",
        "a@-é.example",
        "=?utf-8?q?=62ob?=@example.org",
        "a@é..example",
        "a@é.e",
        "a@ex_ample.org",
        "a@localhost",
    ],
)
def test_an_address_that_is_not_what_it_seems_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        emails.validate_email(address)


def test_an_impossible_address_has_a_key_that_is_nobodys() -> None:
    assert emails.email_key("a@b⑴.EXAMPLE") == "a@b⑴.example"


def test_one_mistake_is_one_error(anonymous: ConformingClient) -> None:
    body = {"name": "ada", "password": PASSWORD, "email": "nope"}
    response = anonymous.post("/api/v1/auth/register", body)
    assert len(response.json()["errors"]) == 1


def test_a_long_domain_is_refused_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idna, "uts46_remap", lambda *arguments, **options: pytest.fail("looked at"))
    with pytest.raises(ValidationError) as refused:
        emails.validate_email(f"a@{'é' * 300}.example")
    assert refused.value.code == "invalid"


def test_an_address_whose_key_would_not_fit_its_column_is_refused() -> None:
    # One letter becomes seven characters in the ASCII form.
    address = f"a@{'.'.join(['é'] * 100)}.example"
    assert len(address) <= emails.MAXIMUM_LENGTH
    with pytest.raises(ValidationError) as refused:
        emails.validate_email(address)
    assert refused.value.code == "max_length"


# --- Domains by IDNA 2008 ------------------------------------------------------------------------

# A domain, its ASCII form, and its ASCII form by IDNA 2003.
DOMAINS = [
    ("faß.example", "xn--fa-hia.example", "fass.example"),
    ("FAẞ.example", "xn--fa-hia.example", "fass.example"),
    ("Faß.Bücher.example", "xn--fa-hia.xn--bcher-kva.example", "fass.bücher.example"),
    ("βόλος.example", "xn--nxasmm1c.example", "βόλοσ.example"),
    ("क्\u200dष.example", "xn--11b2ezcw70k.example", "क्ष.example"),
    ("نامه\u200cای.example", "xn--mgba3gch31f060k.example", "نامهای.example"),
]
MISTAKEN = [pytest.param(own, other, id=ascii_) for own, ascii_, other in DOMAINS]


@pytest.mark.parametrize(("domain", "name", "other"), DOMAINS)
def test_a_domain_is_no_other_domains_spelling(domain: str, name: str, other: str) -> None:
    assert emails.email_key(f"kim@{domain}") == emails.email_key(f"kim@{name}") == f"kim@{name}"
    assert emails.email_key(f"kim@{other}") != f"kim@{name}"
    emails.validate_email(f"kim@{domain}")
    emails.validate_email(f"kim@{name}")


def register(name: str, email: str) -> int:
    body = {"name": name, "password": PASSWORD, "email": email}
    status: int = ConformingClient().post("/api/v1/auth/register", body).status_code
    return status


@pytest.mark.django_db
@pytest.mark.parametrize(("own", "other"), MISTAKEN)
def test_two_domains_are_two_mailboxes(own: str, other: str, mailoutbox: Mails) -> None:
    assert register("kim", f"kim@{own}") == 201
    assert register("lee", f"kim@{other}") == 201
    # The confirmations.
    mailoutbox.clear()
    for domain in (own, other):
        ConformingClient().post("/api/v1/auth/password-reset", {"email": f"kim@{domain}"})
    addresses = [f"kim@{emails.ascii_domain(domain)}" for domain in (own, other)]
    assert [mail.to for mail in mailoutbox] == [[address] for address in addresses]
    assert [mail.message()["To"] for mail in mailoutbox] == addresses
    assert ["kim" in str(mail.body) for mail in mailoutbox] == [True, False]


@pytest.mark.django_db
def test_a_domain_is_taken_in_each_of_its_own_spellings(mailoutbox: Mails) -> None:
    assert register("kim", "kim@faß.example") == 201
    assert User.objects.get().email == "kim@faß.example"
    User.objects.update(email_confirmed_at=timezone.now())
    mailoutbox.clear()
    for taken in ("KIM@FAß.Example", "kim@xn--fa-hia.example", "kim@FAẞ。example"):
        assert register("lee", taken) == 409
        ConformingClient().post("/api/v1/auth/password-reset", {"email": taken})
    assert [mail.to for mail in mailoutbox] == [["kim@xn--fa-hia.example"]] * 3


@pytest.mark.django_db
def test_every_mail_about_a_new_address_goes_to_that_domain(
    ada: User, client_of: Callable[[User], ConformingClient], mailoutbox: Mails
) -> None:
    client = client_of(ada)
    body = {"email": "ada@faß.example", "current_password": PASSWORD}
    assert client.post("/api/v1/users/me/email", body).status_code == 202
    (token,) = re.findall(r"\?token=(\S+)$", str(mailoutbox[0].body), flags=re.MULTILINE)
    assert client.post("/api/v1/users/me/email/confirm", {"token": token}).status_code == 204
    assert client.post("/api/v1/users/me/email", {**body, "email": None}).status_code == 204
    assert [mail.to for mail in mailoutbox] == [
        ["ada@xn--fa-hia.example"],
        ["ada@example.org"],
        ["ada@xn--fa-hia.example"],
    ]


@pytest.mark.django_db
def test_an_invalid_domain_is_a_clear_400(anonymous: ConformingClient) -> None:
    body = {"name": "ada", "password": PASSWORD, "email": "ada@a\u200db.example"}
    response = anonymous.post("/api/v1/auth/register", body)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/email", "invalid")
    assert error["detail"] == "The part after the @ is no valid domain name."


def test_the_admins_form_takes_the_same_domains(boss: User) -> None:
    admin = Client()
    admin.force_login(boss)
    form = {"name": "kim", "usable_password": "false"}
    # A letter that IDNA 2003 does not know, and a symbol that IDNA 2008 does not.
    for email, status in (("kim@ꟶ.example", 302), ("kim@☃.example", 200)):
        assert admin.post("/admin/accounts/user/add/", {**form, "email": email}).status_code == (
            status
        )
    assert [user.email for user in User.objects.exclude(pk=boss.pk)] == ["kim@ꟶ.example"]


# --- Addresses that were stored by older rules ----------------------------------------------------


@pytest.fixture
def kim(make_user: Callable[..., User]) -> User:
    """Registered while ß was ss."""
    user = make_user("kim", email="kim@faß.example")
    User.objects.filter(pk=user.pk).update(email_key="kim@fass.example")
    return user


def checked() -> str:
    output = StringIO()
    call_command("check", stdout=output, stderr=output)
    return output.getvalue()


def test_the_check_lists_what_is_compared_as_another_domains(
    kim: User, make_user: Callable[..., User]
) -> None:
    make_user("lee", email="lee@faß.example")
    make_user("ada", email="ada@example.org")
    said = checked()
    assert f"kim@faß.example of the account {kim.public_id} is compared as kim@fass.example" in said
    assert "than kim@xn--fa-hia.example." in said
    assert said.count("accounts.W002") == 1
    kim.refresh_from_db()
    assert (kim.email, kim.email_key) == ("kim@faß.example", "kim@fass.example")


def test_an_address_that_is_set_again_is_compared_as_what_it_is(
    kim: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(kim)
    confirmed = {"token": email_token(kim, "kim@faß.example")}
    assert client.post("/api/v1/users/me/email/confirm", confirmed).status_code == 204
    kim.refresh_from_db()
    assert kim.email_key == "kim@xn--fa-hia.example"
    assert "accounts.W002" not in checked()


ENCODED = "=?utf-8?q?=6bim?=@example.org"


def test_an_address_with_an_encoded_word_gets_no_mail_and_is_listed(
    make_user: Callable[..., User], mailoutbox: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Python would decode it for the envelope: the mail would go to another address."""
    user = make_user("kim", email=ENCODED)
    QueuedMail.objects.create(kind=MailKind.RESET, address=ENCODED, due_at=timezone.now())
    queue_send(is_everything=True)
    assert (mailoutbox, QueuedMail.objects.count()) == ([], 0)
    assert "no mail can be sent to the address" in caplog.text
    told = f"No mail is sent to the address {ENCODED} of the account {user.public_id}."
    assert told in checked()


@pytest.mark.usefixtures("kim")
def test_a_mail_to_it_goes_to_the_domain_that_was_typed(mailoutbox: Mails) -> None:
    # The row is found by its stored key, which names another domain.
    ConformingClient().post("/api/v1/auth/password-reset", {"email": "kim@fass.example"})
    assert [mail.to for mail in mailoutbox] == [["kim@xn--fa-hia.example"]]


def test_a_mail_to_no_domain_is_not_sent(
    make_user: Callable[..., User], mailoutbox: Mails, caplog: pytest.LogCaptureFixture
) -> None:
    user = make_user("kim", email="kim@☃.example")
    User.objects.filter(pk=user.pk).update(email_key="kim@example.org")
    answer = ConformingClient().post("/api/v1/auth/password-reset", {"email": "kim@example.org"})
    assert answer.status_code == 202
    assert mailoutbox == []
    assert "Given up: password reset" in caplog.text
    assert "☃" not in caplog.text


CLEAN = "System check identified no issues (0 silenced).\n"


@pytest.mark.usefixtures("kim")
def test_the_check_needs_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User._meta, "db_table", "not_yet_migrated")
    assert checked() == CLEAN


@pytest.mark.usefixtures("kim")
def test_the_check_needs_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(connection, "ensure_connection", away)
        assert checked() == CLEAN


@pytest.mark.django_db
def test_the_check_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "none.sqlite3"
    other = {**connection.settings_dict, "ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    monkeypatch.setitem(connections.settings, "other", other)
    try:
        assert checked() == CLEAN
        assert not file.exists()
    finally:
        del connections["other"]

"""Login names: what register and users/me accept, and how two are compared."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from accounts.identity import names
from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON, ascii_json

REFUSED = [
    pytest.param("a:b", {"colon"}, id="colon"),
    pytest.param("ada@example.org", {"at_sign"}, id="address"),
    pytest.param("@", {"at_sign"}, id="at sign"),
    pytest.param("ada＠example.org", {"at_sign"}, id="full-width at sign"),
    pytest.param("ada﹫example.org", {"at_sign"}, id="small at sign"),
    pytest.param("a\tb", {"control_character"}, id="tab"),
    pytest.param("a\nb", {"control_character"}, id="newline"),
    pytest.param("a\x7fb", {"control_character"}, id="delete"),
    pytest.param("a\x00b", {"control_character", "null_characters_not_allowed"}, id="NUL"),
    pytest.param("a\u200bb", {"control_character"}, id="zero-width space"),
    pytest.param("a\u200db", {"control_character"}, id="zero-width joiner"),
    pytest.param("a\ufeffb", {"control_character"}, id="byte order mark"),
    pytest.param("a\u00adb", {"control_character"}, id="soft hyphen"),
    pytest.param("a\u202eb", {"control_character"}, id="bidi override"),
    pytest.param("a\u2066b", {"control_character"}, id="bidi isolate"),
    pytest.param("a\u2028b", {"control_character"}, id="line separator"),
    pytest.param("a\u2029b", {"control_character"}, id="paragraph separator"),
    pytest.param("a\ue000b", {"control_character"}, id="private use"),
    pytest.param("a\uffffb", {"control_character"}, id="noncharacter"),
    pytest.param("a\U000e0041b", {"control_character"}, id="tag letter"),
    pytest.param("a\u034fb", {"control_character"}, id="grapheme joiner"),
    pytest.param("a\ufe0fb", {"control_character"}, id="variation selector"),
    pytest.param("a\U000e0100b", {"control_character"}, id="variation selector supplement"),
    pytest.param("a\u180bb", {"control_character"}, id="Mongolian variation selector"),
    pytest.param("\u3164", {"control_character"}, id="Hangul filler"),
    pytest.param("\u2800", {"control_character"}, id="Braille blank"),
    pytest.param(
        "a\ud800b", {"control_character", "surrogate_characters_not_allowed"}, id="surrogate"
    ),
    pytest.param("", {"blank"}, id="empty"),
    pytest.param("   ", {"blank"}, id="spaces"),
    pytest.param("\u3000\u00a0", {"blank"}, id="other spaces"),
    pytest.param("a" * 151, {"max_length"}, id="151 characters"),
    pytest.param("\ufdfa" * 150, {"max_length"}, id="NFKC expansion"),
]

ACCEPTED = [
    pytest.param("a", id="1 character"),
    pytest.param("a" * 150, id="150 characters"),
    pytest.param("\U0001f4d6" * 150, id="150 characters beyond the BMP"),
    pytest.param("Ada Lovelace", id="space inside"),
    pytest.param("Ὀδυσσεύς", id="Greek"),
    pytest.param("\U00018b00\U00016fe4", id="Khitan with its filler"),
    pytest.param("la \U0001d159\U0001d165", id="a note without a head"),
    pytest.param("शिव", id="Devanagari vowel signs"),
    pytest.param("紫式部", id="Japanese"),
    pytest.param("'; DROP TABLE--", id="quotes"),
    pytest.param("<b>%s{0}</b>", id="markup"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "codes"), REFUSED)
def test_registering_a_refused_name_is_400(
    anonymous: ConformingClient, name: str, codes: set[str]
) -> None:
    body = ascii_json({"name": name, "password": PASSWORD})
    response = anonymous.post("/api/v1/auth/register", body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/name", code) for code in codes}
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "codes"), REFUSED)
def test_changing_to_a_refused_name_is_400(
    ada: User, client_of: Callable[[User], ConformingClient], name: str, codes: set[str]
) -> None:
    body = ascii_json({"name": name, "current_password": PASSWORD})
    response = client_of(ada).patch("/api/v1/users/me", body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/name", code) for code in codes}
    ada.refresh_from_db()
    assert ada.name == "ada"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACCEPTED)
def test_an_accepted_name_registers_and_logs_in(anonymous: ConformingClient, name: str) -> None:
    body = {"name": name, "password": PASSWORD}
    response = anonymous.post("/api/v1/auth/register", body)
    assert response.status_code == 201
    assert response.json()["name"] == name
    assert User.objects.get().name == name
    assert anonymous.post("/api/v1/auth/token", body).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACCEPTED)
def test_an_accepted_name_can_be_changed_to(
    ada: User, client_of: Callable[[User], ConformingClient], name: str
) -> None:
    response = client_of(ada).patch(
        "/api/v1/users/me", {"name": name, "current_password": PASSWORD}
    )
    assert response.status_code == 200
    assert response.json()["name"] == name
    ada.refresh_from_db()
    assert (ada.name, ada.name_key) == (name, names.name_key(name))


AT_SIGNS = ["kim@work.example", "kim＠work.example", "kim﹫work.example"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", AT_SIGNS)
def test_a_name_with_an_at_sign_is_refused_on_the_tutorials_surface_too(
    anonymous: ConformingClient, name: str
) -> None:
    response = anonymous.post("/register", {"name": name, "password": PASSWORD})
    assert response.status_code == 400
    assert "can't contain an @" in response.json()["message"]
    assert not User.objects.exists()


@pytest.mark.parametrize("name", AT_SIGNS)
def test_who_has_a_name_with_an_at_sign_keeps_it(
    make_user: Callable[..., User], client_of: Callable[[User], ConformingClient], name: str
) -> None:
    client = client_of(make_user(name))
    credentials = {"name": name, "password": PASSWORD}
    assert client.post("/api/v1/auth/token", credentials).status_code == 200
    record = client.get("/api/v1/users/me").json()
    assert client.patch("/api/v1/users/me", record).json() == record
    other = {"name": f"{name}.org", "current_password": PASSWORD}
    response = client.patch("/api/v1/users/me", other)
    assert field_codes(response) == {("#/name", "at_sign")}


@pytest.mark.parametrize("name", AT_SIGNS)
def test_an_admin_and_a_command_may_give_such_a_name(
    boss: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    admin = Client()
    admin.force_login(boss)
    form = {"name": name, "usable_password": "false"}
    assert admin.post("/admin/accounts/user/add/", form).status_code == 302
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--name", f"root {name}", verbosity=0)
    assert User.objects.exclude(pk=boss.pk).count() == 2


@pytest.mark.django_db
def test_surrounding_space_is_not_part_of_a_name(anonymous: ConformingClient) -> None:
    body = {"name": "  Ada\u00a0", "password": PASSWORD}
    response = anonymous.post("/api/v1/auth/register", body)
    assert response.status_code == 201
    assert User.objects.get().name == "Ada"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Ada", "ada"),
        ("Straße", "strasse"),
        ("Ａｄａ", "ada"),
        ("ﬁn", "fin"),
        ("e\u0301", "é"),
        ("J\u030c", "\u01f0"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("\u00a0Ada\u3000", "ada"),
        ("\u0345", "\u03b9"),
    ],
)
def test_a_key_is_case_folded_and_normalised(name: str, key: str) -> None:
    assert names.name_key(name) == key


@pytest.mark.parametrize("name", ["ΐ", "ǰ", "ﷺ", "K", "ẞ", "ŉ", "ͅα"])
def test_a_key_is_its_own_key(name: str) -> None:
    key = names.name_key(name)
    assert names.name_key(key) == key


def test_a_name_whose_key_just_fits_its_column_is_accepted() -> None:
    name = "ﷺ" * 14 + "abc"
    assert len(names.name_key(name)) == names.MAXIMUM_KEY_LENGTH
    names.validate_name(name)
    with pytest.raises(ValidationError) as refused:
        names.validate_name(name + "d")
    assert refused.value.code == "max_length"


def test_a_long_name_is_refused_before_it_is_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    def normalise(name: str) -> str:
        raise AssertionError("normalising a megabyte of combining marks takes minutes")

    monkeypatch.setattr(names, "name_key", normalise)
    with pytest.raises(ValidationError) as refused:
        names.validate_name("a" + "\u0300\u0316" * 100)
    assert refused.value.code == "max_length"

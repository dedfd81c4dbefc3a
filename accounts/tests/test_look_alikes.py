"""New names that look like another one are refused; the names that people have stay valid."""

import sqlite3
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.identity.confusables import skeleton
from accounts.identity.look_alikes import looks_different, name_skeleton
from accounts.identity.scripts import is_mixed, overlapping, script_of
from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

ClientOf = Callable[[User], ConformingClient]

REGISTER = "/api/v1/auth/register"
ME = "/api/v1/users/me"

# Cyrillic and Greek texts that look like Latin ones.
CYRILLIC_SCOPE = "ѕсоре"
CYRILLIC_BOB = "ВОВ"
GREEK_ANNA = "ΑΝΝΑ"

MIXED = [
    pytest.param("аdmin", id="a Cyrillic a in Latin"),
    pytest.param("Admιn", id="a Greek iota in Latin"),
    pytest.param("Zoë Σ", id="a Greek capital beside Latin"),
    pytest.param("µcat", id="a micro sign, which is a Greek letter"),
    pytest.param("аλ", id="Cyrillic and Greek"),
    pytest.param("漢字カナ한글", id="Kana and Hangul"),
    pytest.param("Яндекс漢字", id="Cyrillic and Han"),
    pytest.param("adaא", id="Hebrew behind Latin"),
    pytest.param("\u237admin", id="an alpha of APL in Latin"),
    pytest.param("al\u2223ce", id="a sign of division in Latin"),
    pytest.param("\u2228an", id="a logical or in Latin"),
    pytest.param("Ольга\u22a4", id="a symbol behind Cyrillic"),
    pytest.param("a\u0661ice", id="an Arabic digit like an l"),
    pytest.param("b\u0665b", id="an Arabic digit like an o"),
]

UNSEEN = [
    pytest.param("admi\u0307n", id="a second dot on an i"),
    pytest.param("admi\u0323\u0307n", id="a second dot on an i with another mark"),
    pytest.param("j\u0307o", id="a second dot on a j"),
    pytest.param("Ві\u0307ра", id="a second dot on a Cyrillic letter"),
    pytest.param("admin\U0001d159", id="a blank note behind a name"),
    pytest.param("ad\ufffcmin", id="the place of an object"),
]

ACCEPTED = [
    pytest.param("山田 Taro", id="Han and Latin"),
    pytest.param("たろうカナ漢字Taro", id="Kana, Han and Latin"),
    pytest.param("한글漢字 Kim", id="Hangul, Han and Latin"),
    pytest.param("ㄅㄆ漢字 Li", id="Bopomofo, Han and Latin"),
    pytest.param("Ольга-7", id="Cyrillic with a digit and a hyphen"),
    pytest.param("Ὀδυσσεύς 2", id="Greek with accents"),
    pytest.param("ａｄａ", id="full-width Latin"),
    pytest.param("ada \U0001f4d6", id="an emoji"),
    pytest.param("José Ñandú", id="Latin with accents"),
    pytest.param("שלום", id="Hebrew"),
    pytest.param("12345", id="digits alone"),
    pytest.param("İbrahim", id="a capital I with a dot"),
    pytest.param("I\u0307brahim", id="a capital I and a dot"),
    pytest.param("ılgın", id="an i without a dot"),
    pytest.param("O’Neil – 5€ ♥ ∞ ½", id="ordinary symbols"),
    pytest.param("محمد ١٢٣", id="Arabic with Arabic digits"),
    pytest.param("3×4", id="a symbol among digits"),
]

ALIKE = [
    pytest.param("scope", CYRILLIC_SCOPE, id="Cyrillic like Latin"),
    pytest.param(CYRILLIC_SCOPE, "scope", id="Latin like Cyrillic"),
    pytest.param("Scope", CYRILLIC_SCOPE, id="in another case"),
    pytest.param("scope", CYRILLIC_SCOPE.upper(), id="Cyrillic capitals"),
    pytest.param("bob", CYRILLIC_BOB, id="Cyrillic capitals like Latin capitals"),
    pytest.param("Anna", GREEK_ANNA, id="Greek like Latin"),
    pytest.param("OHIO", "ОНІО", id="a capital I"),
    pytest.param("paypal", "раураӏ", id="a palochka"),
    pytest.param("ｓｃｏｐｅ", CYRILLIC_SCOPE, id="full-width"),
    pytest.param("ada lovelace", "ada  lovelace", id="two spaces"),
    pytest.param("ada  lovelace", "Ada Lovelace", id="one space"),
    pytest.param("ada lovelace", "ada\u2003\u00a0 lovelace", id="other spaces"),
    pytest.param("Ольга Б", "Ольга   Б", id="spaces in Cyrillic"),
    pytest.param("山田 taro", "山田  taro", id="spaces between two scripts"),
    pytest.param("7 7", "7  7", id="spaces between digits"),
    pytest.param("app", "\u237a\u2374\u2374", id="symbols alone"),
]

DIFFERENT = [
    pytest.param("user1", "userl", id="one script: 1 and l"),
    pytest.param("Ivan", "lvan", id="one script: I and l"),
    pytest.param("marnie", "mamie", id="one script: rn and m"),
    pytest.param("b0b", "bob", id="one script: 0 and o"),
    pytest.param("jose", "josé", id="an accent"),
    pytest.param("adalovelace", "ada lovelace", id="a space and none"),
    pytest.param("1010", "lOlO", id="digits belong to every script"),
    pytest.param("二", "ニ", id="Han and Kana are written together"),
    pytest.param("bob", "вов", id="small letters that differ"),
    pytest.param("Ольга", "Olga", id="two scripts that look different"),
]


def register(name: str, path: str = REGISTER) -> Any:
    return ConformingClient().post(path, {"name": name, "password": PASSWORD})


def rename(client: ConformingClient, name: str) -> Any:
    return client.patch(ME, {"name": name, "current_password": PASSWORD})


@pytest.mark.parametrize("name", MIXED)
def test_a_new_name_that_mixes_scripts_is_400(ada: User, client_of: ClientOf, name: str) -> None:
    for response in (register(name), rename(client_of(ada), name)):
        assert response.status_code == 400
        assert field_codes(response) == {("#/name", "mixed_scripts")}
    response = register(name, "/register")
    assert response.status_code == 400
    assert "mix scripts" in response.json()["message"]
    assert User.objects.get().name == "ada"


@pytest.mark.parametrize("name", UNSEEN)
def test_a_new_name_with_something_that_nobody_sees_is_400(
    ada: User, client_of: ClientOf, name: str
) -> None:
    for response in (register(name), rename(client_of(ada), name)):
        assert response.status_code == 400
        assert field_codes(response) == {("#/name", "control_character")}
    assert User.objects.get().name == "ada"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACCEPTED)
def test_what_people_write_together_is_accepted(name: str) -> None:
    assert register(name).status_code == 201
    response = ConformingClient().post("/api/v1/auth/token", {"name": name, "password": PASSWORD})
    assert response.status_code == 200


@pytest.mark.parametrize(("taken", "name"), ALIKE)
def test_a_new_name_that_looks_like_another_is_409(
    make_user: Callable[..., User],
    client_of: ClientOf,
    hash_calls: list[str],
    taken: str,
    name: str,
) -> None:
    make_user(taken)
    kim = make_user("kim")
    response = register(name)
    assert (response.status_code, response.json()["code"]) == (409, "name_look_alike")
    assert taken not in response.content.decode()
    assert hash_calls == []
    response = rename(client_of(kim), name)
    assert (response.status_code, response.json()["code"]) == (409, "name_look_alike")
    response = register(name, "/register")
    assert response.status_code == 409
    assert "looks like" in response.json()["message"]
    assert set(User.objects.values_list("name", flat=True)) == {taken, "kim"}


@pytest.mark.parametrize(("taken", "name"), DIFFERENT)
def test_a_name_that_only_might_be_misread_is_accepted(
    make_user: Callable[..., User], taken: str, name: str
) -> None:
    make_user(taken)
    assert register(name).status_code == 201


def test_a_name_that_is_taken_says_that_and_no_more(make_user: Callable[..., User]) -> None:
    make_user("scope")
    response = register("SCOPE")
    assert (response.status_code, response.json()["code"]) == (409, "name_taken")


def test_a_refused_new_name_does_not_count_against_the_limit(
    make_user: Callable[..., User], client_of: ClientOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "rename": (1, 86400)}
    make_user("scope")
    client = client_of(make_user("kim"))
    assert rename(client, CYRILLIC_SCOPE).status_code == 409
    assert rename(client, "kay").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "аdmin",
        CYRILLIC_SCOPE,
        "ada  lovelace",
        "kim@work.example",
        "\u237admin",
        "admi\u0307n",
        "a\u0661ice",
    ],
)
def test_who_has_such_a_name_keeps_it_in_any_case(
    make_user: Callable[..., User], client_of: ClientOf, name: str
) -> None:
    for other in ("scope", "ada lovelace"):
        make_user(other)
    user = make_user(name)
    credentials = {"name": name, "password": PASSWORD}
    assert ConformingClient().post("/api/v1/auth/token", credentials).status_code == 200
    client = client_of(user)
    record = client.get(ME).json()
    assert client.patch(ME, record).json() == record
    for spelling in (name.upper(), name.title(), name):
        response = rename(client, spelling)
        assert (response.status_code, response.json()["name"]) == (200, spelling)


def test_a_case_that_makes_a_name_look_like_anothers_is_409(
    make_user: Callable[..., User], client_of: ClientOf
) -> None:
    make_user("Anna")
    client = client_of(make_user(GREEK_ANNA.lower()))
    assert rename(client, GREEK_ANNA.title()).status_code == 200
    assert rename(client, GREEK_ANNA).json()["code"] == "name_look_alike"


def test_the_spaces_of_your_own_name_can_be_changed(
    make_user: Callable[..., User], client_of: ClientOf
) -> None:
    client = client_of(make_user("ada lovelace"))
    assert rename(client, "ada  lovelace").status_code == 200
    assert rename(client, "Ada Lovelace").status_code == 200


def test_a_look_alike_of_a_name_that_was_given_up_is_free(
    make_user: Callable[..., User], client_of: ClientOf
) -> None:
    assert rename(client_of(make_user("scope")), "periscope").status_code == 200
    assert register("scope").status_code == 409
    assert register(CYRILLIC_SCOPE).status_code == 201


def test_a_deleted_account_looks_like_nobody(
    make_user: Callable[..., User], client_of: ClientOf
) -> None:
    client = client_of(make_user("scope"))
    assert client.delete(ME, {"password": PASSWORD}).status_code == 204
    assert register(CYRILLIC_SCOPE).status_code == 201


# --- Admins, commands, moving in ------------------------------------------------------------------

USERS = "/admin/accounts/user/"


@pytest.mark.parametrize("name", ["аdmin", CYRILLIC_SCOPE, "ada  lovelace"])
def test_the_admins_forms_follow_the_rule(
    boss: User,
    make_user: Callable[..., User],
    admin_of: Callable[[User], Client],
    name: str,
) -> None:
    for other in ("scope", "ada lovelace"):
        make_user(other)
    kim, client = make_user("kim"), admin_of(boss)
    form = {"name": name, "is_active": "on", "usable_password": "false"}
    for path in (f"{USERS}add/", f"{USERS}{kim.pk}/change/"):
        response = client.post(path, form)
        assert response.status_code == 200
        text = response.content.decode()
        assert "looks like that of another user" in text or "mix scripts" in text
    assert not User.objects.filter(name=name).exists()
    # An account that has the name already can be changed.
    theirs = make_user(name)
    form = {"name": name.upper(), "is_active": "on", "editor": "on"}
    assert client.post(f"{USERS}{theirs.pk}/change/", form).status_code == 302
    theirs.refresh_from_db()
    assert (theirs.name, theirs.editor) == (name.upper(), True)


@pytest.mark.parametrize("name", ["аdmin", CYRILLIC_SCOPE, "ada  lovelace"])
def test_createsuperuser_follows_the_rule(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for other in ("scope", "ada lovelace"):
        make_user(other)
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match=r"looks like that of another user|mix scripts"):
        call_command("createsuperuser", "--noinput", "--name", name)
    assert not User.objects.filter(is_superuser=True).exists()


def test_names_that_move_in_stay(db: None, tmp_path: Any) -> None:
    path = tmp_path / "bookstore.db"
    names = ["admin", "аdmin", "scope", CYRILLIC_SCOPE, "ada lovelace", "ada  lovelace"]
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, public_id, name, password, admin)")
        old.execute(
            "CREATE TABLE books (id INTEGER PRIMARY KEY, user_id, name, Author, Publisher, "
            "book_prize)"
        )
        rows = [(number, f"{number:032x}", name, "", 0) for number, name in enumerate(names, 1)]
        old.executemany("INSERT INTO users VALUES (?, ?, ?, ?, ?)", rows)
    call_command("import_flask_bookstore", str(path), stdout=StringIO())
    assert set(User.objects.values_list("name", flat=True)) == set(names)


# --- The forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "look"),
    [
        # Lines of confusables.txt (UTS 39).
        ("а", "a"),
        ("ο", "o"),
        ("m", "rn"),
        ("0", "O"),
        ("1", "l"),
        ("I", "l"),
        ("|", "l"),
        ("ﬁ", "fi"),
        ("Ɓ", "'B"),
        ("י", "'"),
        ("ӏ", "i"),
        ("⑽", "(lO)"),
        ("՝", "'"),
        ("ԁ", "d"),
        ("В", "B"),
        # NFD first, so that an accent stays.
        ("é", "e\u0301"),
        ("ё", "e\u0308"),
        ("", ""),
    ],
)
def test_a_skeleton_is_that_of_the_standard(text: str, look: str) -> None:
    assert skeleton(text) == look
    assert skeleton(look) == look


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("ada", "LATIN"),
        ("Ольга 7", "CYRILLIC"),
        ("漢字", "HAN"),
        ("漢字かな", "JAPANESE"),
        ("カナ", "JAPANESE"),
        ("한글漢字", "KOREAN"),
        ("ㄅ漢", "BOPOMOFO"),
        ("12345", ""),
        ("山田taro", ""),
        ("аdmin", ""),
        ("カナ한글", ""),
        ("\u237admin", ""),
        ("\u237a\u2374", "SYMBOL"),
    ],
)
def test_the_script_of_a_name(name: str, script: str) -> None:
    assert script_of(name) == script
    assert (name_skeleton(name) is None) == (not script)


def test_scripts_that_share_letters_overlap() -> None:
    assert overlapping("LATIN") == {"LATIN"}
    assert overlapping("JAPANESE") == {"JAPANESE", "HAN"}
    assert overlapping("HAN") == {"HAN", "JAPANESE", "KOREAN", "BOPOMOFO"}
    assert not is_mixed("")


def test_case_and_spaces_alone_look_the_same() -> None:
    assert not looks_different("Ada  Lovelace", "ADA LOVELACE")
    assert looks_different("ada", "adb")
    assert looks_different(GREEK_ANNA, GREEK_ANNA.lower())

"""Pages are translated; the APIs always answer in English."""

import ast
import gettext
import re
from ast import literal_eval
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.models import Book

GERMAN = {"Accept": "text/html", "Accept-Language": "de"}
BOOKS = "/api/v1/books"
EMMA = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
TUTORIAL_BOOK = {
    "name": "Cranford",
    "Author": "Jane Austen",
    "Publisher": "Murray",
    "book_prize": 5,
}
APPS = ("bookstore_project", "accounts", "books")
# The names under which texts are marked in Python code, and the form of a mark in a template.
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
IN_TEMPLATE = re.compile(r"""gettext\((u(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))[,)]""")
# Every function of Django that looks up a translation.
LOOKUPS = ("gettext", "ngettext", "pgettext", "npgettext")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", '<a href="/api/session/login/">melden Sie sich</a>'),
        ("/api/session/login/", "<h1>Anmelden</h1>"),
        ("/admin/login/", 'value="Anmelden"'),
        ("/account/register/", "<h1>Registrieren</h1>"),
        ("/account/reset-password/", "Öffnen Sie den Link in unserer Mail"),
        ("/api/v1/books", "Melden Sie sich an</a>, um diese Seite im Browser zu sehen."),
        ("/api/v1/nothing", "holen Sie sich ein Access-Token"),
        ("/nothing", "Unter dieser Adresse gibt es nichts."),
        ("/admin/nothing", 'lang="de"'),
    ],
)
@pytest.mark.django_db
def test_pages_are_german_for_a_german_browser(client: Client, path: str, text: str) -> None:
    response = client.get(path, headers=GERMAN, follow=path == "/admin/nothing")

    assert text in response.content.decode()
    assert response["Content-Language"] == "de"
    assert "Accept-Language" in response["Vary"]


def test_the_admin_is_german_for_a_german_browser(client: Client, boss: User) -> None:
    client.force_login(boss)

    page = client.get("/admin/", headers=GERMAN).content.decode()

    assert "Abmelden" in page
    assert "<h1>Datensätze</h1>" in page


@pytest.mark.parametrize("path", ["/", "/api/session/login/", "/admin/login/", "/nothing"])
@pytest.mark.parametrize("language", ["", "en", "fr", "x" * 600, "de;q=0, en"])
def test_other_pages_are_english(client: Client, path: str, language: str) -> None:
    response = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})

    assert "Anmelden" not in response.content.decode()
    assert response["Content-Language"] == "en"


def test_people_sign_in_and_out(client: Client, boss: User) -> None:
    assert 'value="Sign in"' in client.get("/admin/login/").content.decode()
    client.force_login(boss)
    assert "Sign out" in client.get("/admin/").content.decode()


def test_a_language_ends_with_its_request(client: Client) -> None:
    client.get("/", headers=GERMAN)
    client.get("/nothing", headers=GERMAN)

    assert translation.get_language() == "en"
    assert 'lang="en"' in client.get("/", headers={"Accept-Language": ""}).content.decode()


def test_problem_details_of_a_page_are_english(client: Client) -> None:
    headers = {"Accept": "application/json", "Accept-Language": "de"}

    response = client.post(
        "/api/session/login/", headers={**headers, "Sec-Fetch-Site": "cross-site"}
    )

    assert response.status_code == 403
    assert response.json()["detail"].startswith("The request was sent by a page of another site.")
    assert not response.has_header("Content-Language")
    assert "Accept-Language" not in response["Vary"]


@pytest.mark.parametrize(
    "path", [BOOKS, f"{BOOKS}/x", "/api/v1", "/books", "/login", "/healthz", "/api/schema"]
)
def test_the_apis_ignore_the_language(client: Client, path: str) -> None:
    plain = client.get(path, headers={"X-Request-Id": "one"})

    response = client.get(path, headers={"X-Request-Id": "one", "Accept-Language": "de"})

    assert response.content == plain.content
    assert not response.has_header("Content-Language")
    assert "Accept-Language" not in response.get("Vary", "")


def test_no_text_is_looked_up_for_a_successful_request(
    boss: User,
    make_book: Callable[..., Book],
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = make_book(boss)
    token = str(AccessToken.for_user(boss))
    api: dict[str, Any] = {
        "content_type": "application/json",
        "headers": {"Authorization": f"Bearer {token}", "Accept-Language": "de"},
    }
    basic = b64encode(b"bob:violet-Harbour-27").decode()
    looked_up = _looked_up(monkeypatch)

    # In plain mode, django-filter makes a form of Django's, whose label suffix is translated.
    query = "?q=middle&count=true" if settings.FAST_PATH else ""
    requests: list[tuple[int, Callable[[], Any]]] = [
        (200, lambda: client.get(BOOKS, **api)),
        (200, lambda: client.get(f"{BOOKS}{query}", **api)),
        (200, lambda: client.get(f"{BOOKS}/{book.pk}", **api)),
        (201, lambda: client.post(BOOKS, EMMA, **api)),
        (200, lambda: client.put(f"{BOOKS}/{book.pk}", {**EMMA, "name": "Sanditon"}, **api)),
        (200, lambda: client.patch(f"{BOOKS}/{book.pk}", {"name": "Persuasion"}, **api)),
        (204, lambda: client.delete(f"{BOOKS}/{book.pk}", **api)),
        (
            200,
            lambda: client.post(
                "/register", {"name": "bob", "password": "violet-Harbour-27"}, "application/json"
            ),
        ),
        (200, lambda: client.post("/login", headers={"Authorization": f"Basic {basic}"})),
        (200, lambda: client.get("/users", **api)),
        (200, lambda: client.post("/book", TUTORIAL_BOOK, **api)),
        (200, lambda: client.get("/books", **api)),
        (200, lambda: client.delete(f"/books/{Book.objects.latest('pk').pk}", **api)),
    ]
    for status, send in requests:
        response = send()
        assert (response.status_code, looked_up) == (status, []), response.content


def test_translations_are_looked_up_where_the_test_counts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = _looked_up(monkeypatch)

    client.get("/")

    assert "Browsable API" in looked_up


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_compiled_translation_is_the_committed_one(language: str) -> None:
    folder = Path(settings.LOCALE_PATHS[0], language, "LC_MESSAGES")
    source = (folder / "django.po").read_text()
    with (folder / "django.mo").open("rb") as file:
        compiled: dict[Any, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # noqa: SLF001  # no public list

    entries = _entries(source)
    assert "fuzzy" not in source
    assert "" not in entries.values()
    assert {**compiled, "": ""} == {**entries, "": ""}


def test_every_marked_text_has_a_german_translation() -> None:
    source = Path(settings.LOCALE_PATHS[0], "de", "LC_MESSAGES", "django.po").read_text()

    texts = {key if isinstance(key, str) else key[0] for key in _entries(source)}
    assert _marked() == texts - {""}, "Run `make messages`, and translate."


def _marked() -> set[str]:
    """Return the texts that makemessages would collect from the apps."""
    paths = [path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.*")]
    texts: set[str] = set()
    for path in paths:
        if path.suffix == ".html":
            found = IN_TEMPLATE.findall(templatize(path.read_text()))
            texts.update(literal_eval(text) for text in found)
        elif path.suffix == ".py" and "tests" not in path.parts:
            texts.update(_marked_in(ast.parse(path.read_text())))
    return texts


def _marked_in(code: ast.Module) -> Iterator[str]:
    for node in ast.walk(code):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]):
                if name in MARKS:
                    yield text


def _entries(source: str) -> dict[Any, str]:
    """Return the translations in a .po file, by their English texts.

    The key of a plural form is the text and the number of the form, as in a compiled catalog.
    """
    text = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
    single = rf"^msgid {text}msgstr {text}"
    plural = rf"^msgid {text}msgid_plural {text}msgstr\[0\] {text}msgstr\[1\] {text}"
    entries: dict[Any, str] = {
        _unquoted(english): _unquoted(translated)
        for english, translated in re.findall(single, source, re.MULTILINE)
    }
    for english, _, *forms in re.findall(plural, source, re.MULTILINE):
        for number, form in enumerate(forms):
            entries[_unquoted(english), number] = _unquoted(form)
    return entries


def _unquoted(strings: str) -> str:
    return "".join(literal_eval(line) for line in strings.split("\n") if line)


def _looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that receives every text for which Django looks up a translation."""
    texts: list[str] = []

    def counted(name: str) -> Callable[..., str]:
        original: Callable[..., str] = getattr(trans_real, name)

        def lookup(*args: Any) -> str:
            texts.append(args[0])
            return original(*args)

        return lookup

    for name in LOOKUPS:
        monkeypatch.setattr(vars(translation)["_trans"], name, counted(name))
    return texts

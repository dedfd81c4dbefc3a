"""Forged values in every form, address and query of the Django admin: none causes a 500."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from accounts.models import AuthEvent, EventKind, User
from accounts.origins import Origin
from books.models import Book, BookChange, FileImport
from books.services.books import book_delete, book_update

HOSTILE = [b"", b"x", b"-1", b"a\0b", b"9" * 30, b"9" * 5000, b"\xed\xa0\x80"]
# For members that the page's form does not have.
FEW = [b"", b"x", b"9" * 30]
# For addresses.
SHORT = [b"", b"x", b"a\0b", b"9" * 30, b"9223372036854775808", b"\xed\xa0\x80", b"9999-12-31"]

# Members of a form that Django's own code reads, besides the fields.
CONTROLS = (
    "_selected_action",
    "action",
    "index",
    "select_across",
    "post",
    "button",
    "version",
    "books",
    "next",
    "_save",
    "_saveasnew",
    "_continue",
    "_addanother",
    "_popup",
    "_to_field",
    "_source_model",
    "_changelist_filters",
    "form-TOTAL_FORMS",
    "form-INITIAL_FORMS",
    "form-0-id",
)
# The same for an address, plus filters that a list has or could have.
PAGE_PARAMETERS = ("_popup", "_to_field", "_changelist_filters", "next", "owner", "created_at")
PARAMETERS = (
    *(
        "o",
        "p",
        "e",
        "q",
        "isbn",
        "all",
        "_facets",
        "_popup",
        "_to_field",
        "_changelist_filters",
        "next",
    ),
    *("owner", "name", "id", "pk", "price", "published_on", "kind", "at"),
    *("id__exact", "pk__in", "owner__id__exact", "created_at__gte", "created_at__year"),
    *("published_on__lt", "published_on__isnull", "price__isempty", "kind__exact"),
    *("admin__exact", "is_active__exact", "name__regex", "version__gt", "at__date", "nothing__x"),
    *("app_label", "model_name", "field_name", "term", "page"),
)

SITE = [
    "",
    "login/",
    "logout/",
    "password_change/",
    "jsi18n/",
    "books/",
    "accounts/",
    "autocomplete/",
]
BOOKS = [
    "books/book/import/",
    "books/book/import/{pk}/",
    "books/book/{pk}/restore/",
    "books/book/undo/",
    "books/book/isbn/",
]
RECORD = ["{pk}/", "{pk}/change/", "{pk}/delete/", "{pk}/history/", "{pk}/password/"]
MODELS: dict[str, Any] = {
    f"{model._meta.app_label}/{model._meta.model_name}/": model
    for model in apps.get_models()
    if admin.site.is_registered(model)
}
# The models of the records on all pages with a `{pk}`.
RECORDS = {**MODELS, "books/book/import/": FileImport}
PAGES = [*SITE, *BOOKS, *(base + page for base in MODELS for page in ("", "add/", *RECORD))]


class Form(HTMLParser):
    """The fields of a page's forms with their values, and its actions."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.actions: list[str] = []
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in ("input", "textarea", "select") and given.get("name"):
            self._select = given["name"]
            self.fields.setdefault(given["name"], given.get("value", ""))
        if tag == "option" and self._select == "action":
            self.actions.append(given["value"])
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = given["value"]


class RolledBack(Client):
    """A browser; the database is rolled back after each of its requests."""

    def request(self, **request: Any) -> Any:
        with transaction.atomic():
            response = super().request(**request)
            transaction.set_rollback(True)
        return response


@pytest.fixture
def root(make_user: Any, make_book: Any, token_of: Any) -> User:
    """A superuser, and one record of each kind."""
    root: User = make_user("root", admin=True, is_superuser=True)
    book, gone = make_book(root), make_book(root, name="Gone")
    book_update(book=book, origin=Origin(actor=root), name="Romola")
    book_delete(book=gone, origin=Origin(actor=root))
    AuthEvent.objects.create(kind=EventKind.LOGIN, subject_id=root.public_id, subject_name="root")
    token_of(root)
    client = Client()
    client.force_login(root)
    file = SimpleUploadedFile("books.csv", b"name,author,publisher\nEmma,Jane Austen,Murray\n")
    client.post("/admin/books/book/import/", {"file": file, "owner": "root"})
    return root


@pytest.fixture
def browser(root: User) -> Client:
    browser = RolledBack(raise_request_exception=False)
    browser.force_login(root)
    return browser


def address(page: str) -> str:
    base = page.partition("{pk}")[0]
    record = RECORDS[base].objects.order_by("pk").first() if "{pk}" in page else None
    return "/admin/" + page.format(pk=record and record.pk)


def encoded(members: dict[str, bytes]) -> bytes:
    return b"&".join(
        name.encode() + b"=" + quote_from_bytes(value).encode() for name, value in members.items()
    )


@pytest.fixture
def visitor(request: pytest.FixtureRequest, browser: Client) -> Client:
    """The client for a page: signed out for the sign-in page, else signed in."""
    if request.node.callspec.params["page"] == "login/":
        browser.cookies.clear()
    return browser


def post(browser: Client, path: str, members: dict[str, bytes]) -> Any:
    kind = "application/x-www-form-urlencoded"
    return browser.generic("POST", path, encoded(members), content_type=kind)


def forms(browser: Client, path: str) -> Iterator[dict[str, bytes]]:
    """Yield the page's form with its values; for a list, each action and its confirmation."""
    response = browser.get(path)
    page = response.content.decode() if response.status_code == 200 else ""
    form = Form(page)
    members = {name: value.encode() for name, value in form.fields.items()}
    yield members
    for action in filter(None, form.actions):
        chosen = {"action": action.encode(), "_selected_action": members["_selected_action"]}
        yield chosen
        yield {**chosen, "post": b"yes"}


@pytest.mark.parametrize("page", PAGES)
def test_a_made_up_value_in_a_form_is_no_500(page: str, visitor: Client) -> None:
    browser, path = visitor, address(page)
    failed: list[tuple[Any, ...]] = []
    for members in forms(browser, path):
        sent = [(name, value) for name in members for value in HOSTILE]
        sent += [(name, value) for name in CONTROLS if name not in members for value in FEW]
        for name, value in sent:
            if post(browser, path, {**members, name: value}).status_code >= 500:
                failed.append((members.get("action"), name, value[:20]))
        for name in members:
            rest = {each: value for each, value in members.items() if each != name}
            odd = ["1", "x"], SimpleUploadedFile("x\0.csv", b"\xff\0")
            answers = [browser.post(path, {**rest, name: each}) for each in odd]
            failed += [(name, "odd") for answer in answers if answer.status_code >= 500]
    assert failed == []


# Django warns of a date without a time, which is not a fault of the server.
@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime:RuntimeWarning")
@pytest.mark.parametrize("page", [page for page in PAGES if not page.endswith("}/")])
def test_a_made_up_value_in_an_address_is_no_500(page: str, visitor: Client) -> None:
    browser, path = visitor, address(page)
    asked = {"app_label": b"books", "model_name": b"book", "field_name": b"owner"}
    given = asked if page == "autocomplete/" else {}
    parameters = PARAMETERS if page in MODELS or given else PAGE_PARAMETERS
    failed = []
    for name in parameters:
        for value in SHORT:
            query = encoded({**given, name: value}).decode()
            if browser.get(path, QUERY_STRING=query).status_code >= 500:
                failed.append(query)
    assert failed == []


@pytest.mark.parametrize(
    "page", [*RECORD, "{pk}/restore/", "import/{pk}/", "{pk}", "r/1/{pk}/", "r/{pk}/1/"]
)
def test_a_made_up_record_is_no_500(page: str, browser: Client) -> None:
    bases = [""] if page.startswith("r/") else list(MODELS)
    failed = []
    for base in bases:
        for value in SHORT[1:]:
            path = "/admin/" + base + page.format(pk=quote_from_bytes(value))
            answers = browser.get(path), browser.post(path, {"post": "yes"})
            failed += [path[:60] for answer in answers if answer.status_code >= 500]
    assert failed == []


@pytest.mark.parametrize(
    "value", ["x", "a\0b", "9" * 30, "9223372036854775808", "", "1.5", "9" * 5000]
)
@pytest.mark.parametrize("post_", ["", "yes"])
def test_a_made_up_row_is_400_with_a_page_that_says_so(
    browser: Client, value: str, post_: str
) -> None:
    for base, action in (
        ("books/book", "delete_selected"),
        ("books/book", "export_selected"),
        ("books/bookchange", "bring_back"),
        ("books/deletedbook", "bring_back"),
        ("accounts/user", "sign_out_everywhere"),
        ("accounts/user", "remove_factors"),
    ):
        members = {"action": action, "_selected_action": ["1", value], "post": post_}
        response = browser.post(f"/admin/{base}/", members, headers={"accept": "text/html"})

        assert response.status_code == 400
        assert "A key of a record is not valid." in response.content.decode()
    assert (Book.objects.count(), BookChange.objects.count()) == (1, 2)


@pytest.mark.parametrize("value", ["x", "a\0b", "9" * 30, "-9223372036854775809", "[]"])
@pytest.mark.parametrize("page", ["books/book/add/", "books/book/{pk}/change/"])
def test_a_made_up_owner_is_400_with_a_page_that_says_so(
    browser: Client, page: str, value: str
) -> None:
    book = {"name": "Emma", "author": "Jane Austen", "publisher": "Murray", "owner": value}

    response = browser.post(address(page), book, headers={"accept": "text/html"})

    assert response.status_code == 400
    assert "A key of a record is not valid." in response.content.decode()


@pytest.mark.parametrize("value", ["", "0", "-1", "4242", "9223372036854775807"])
def test_an_owner_who_is_not_there_is_an_error_of_the_form(browser: Client, value: str) -> None:
    book = {"name": "Emma", "author": "Jane Austen", "publisher": "Murray", "owner": value}

    response = browser.post("/admin/books/book/add/", book)

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["owner"]


def test_the_page_of_a_refusal_shows_nothing_that_was_sent(browser: Client) -> None:
    members = {"action": "delete_selected", "_selected_action": "<script>evil"}

    response = browser.post("/admin/books/book/", members, headers={"accept": "text/html"})

    assert response.status_code == 400
    assert not re.search("evil", response.content.decode())

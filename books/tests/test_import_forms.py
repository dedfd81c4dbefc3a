"""A file in a form (multipart/form-data), from a program and from a page of the browsable API."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient

from .files import EMMA, IMPORT, codes, counts, csv
from .foreign import FILES
from .test_browsable import Browser
from .workbooks import workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(ada: User) -> Browser:
    """A browser with ada signed in."""
    client = Browser(enforce_csrf_checks=True)
    client.force_login(ada)
    return client


def send(
    client: ConformingClient,
    content: bytes | str = csv(EMMA),
    *,
    name: str = "books.csv",
    query: str = "",
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> Any:
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, data)
    return client.post(
        f"{IMPORT}{query}", {"file": file, **fields}, format="multipart", headers=headers
    )


@pytest.mark.parametrize("name", ["books.csv", "books", "C:\\books.TSV", "books.xlsx", "b.ndjson"])
def test_a_file_in_a_form(name: str, as_ada: ConformingClient) -> None:
    content = {"b.ndjson": '{"name": "Emma", "author": "a", "publisher": "b"}'}.get(name, csv(EMMA))
    assert counts(send(as_ada, content, name=name)) == (1, 0, 0, 0)
    assert Book.objects.get().name == "Emma"


def test_a_workbook_in_a_form(as_ada: ConformingClient) -> None:
    content = (FILES / "books.xlsx").read_bytes()
    assert counts(send(as_ada, content, name="books.xlsx")) == (1, 0, 0, 0)


def test_the_options_of_a_form(as_ada: ConformingClient) -> None:
    text = "Titel;Wer;Verlag;Tag;Farbe\nÄ;A;P;23.12.1815;rot\n;A;P;;\n".encode("cp1252")
    response = send(
        as_ada,
        text,
        dry_run="true",
        on_error="skip",
        encoding="windows-1252",
        columns="Wer:author,Tag:published_on",
        unknown="ignore",
        date_format="%d.%m.%Y",
        sheet="",
        report="summary",
    )
    assert response.status_code == 200
    assert counts(response) == (1, 0, 0, 1)
    assert response.json()["left_out"] == ["Farbe"]
    assert not Book.objects.exists()


def test_options_stand_in_the_address_or_in_the_form(as_ada: ConformingClient) -> None:
    assert counts(send(as_ada, query="?dry_run=true&on_error=skip", on_error="skip")) == (
        1,
        0,
        0,
        0,
    )
    assert not Book.objects.exists()
    # The form counts more, except that either may ask for a dry run.
    assert send(as_ada, csv(" ,a,b"), query="?on_error=skip", on_error="reject").status_code == 422
    assert counts(send(as_ada, query="?unknown=ignore", unknown="ignore")) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"on_error": "stop"}, "#/on_error", "invalid_choice"),
        ({"dry_run": "perhaps"}, "#/dry_run", "invalid"),
        ({"encoding": "klingon"}, "#/encoding", "invalid"),
        ({"columns": "Title"}, "#/columns", "invalid"),
        ({"colums": "Title:name"}, "#/colums", "unknown_member"),
        ({"file": "a text"}, "#/file", "invalid"),
    ],
)
def test_a_field_that_can_not_be_used_is_400(
    fields: dict[str, Any], pointer: str, code: str, as_ada: ConformingClient
) -> None:
    response = send(as_ada, **fields)
    assert response.status_code == 400
    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [(pointer, code)]
    assert not Book.objects.exists()


def test_a_form_without_its_file_is_400(as_ada: ConformingClient) -> None:
    response = as_ada.post(IMPORT, {"dry_run": "true"}, format="multipart")
    assert response.status_code == 400
    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [
        ("#/file", "required")
    ]
    other = as_ada.post(IMPORT, {"books": SimpleUploadedFile("a.csv", b"x")}, format="multipart")
    assert other.status_code == 400


def test_two_files_are_400(as_ada: ConformingClient) -> None:
    files = [SimpleUploadedFile(name, csv(EMMA).encode()) for name in ("a.csv", "b.csv")]
    response = as_ada.post(IMPORT, {"file": files}, format="multipart")
    assert response.status_code == 400
    assert response.json()["errors"][0]["detail"] == "Send one file."
    assert not Book.objects.exists()


def test_an_empty_file_is_refused_with_a_report(as_ada: ConformingClient) -> None:
    response = send(as_ada, b"")
    assert response.status_code == 422
    assert ("#/name", "missing_column") in [c[1:] for c in codes(response.json()["report"])]


def test_the_bytes_of_a_file_are_counted_as_they_are_read(
    as_ada: ConformingClient, settings: LazySettings
) -> None:
    settings.IMPORT_MAX_BYTES = 1_000
    assert send(as_ada, b"x" * 1_001).status_code == 413
    # Longer than the form may be with its fields.
    assert send(as_ada, b"x" * 100_000).status_code == 413
    assert send(as_ada, b"name,author,publisher\n".ljust(1_000, b"\n")).status_code == 200
    assert not Book.objects.exists()


def test_a_file_over_the_bound_of_other_bodies_is_taken(
    as_ada: ConformingClient, settings: LazySettings
) -> None:
    content = csv(*(f"Emma {number},Jane Austen,{'x' * 200}" for number in range(5_500)))
    assert len(content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert counts(send(as_ada, content, query="?dry_run=true")) == (5_500, 0, 0, 0)


def test_a_form_that_is_cut_off_is_400(as_ada: ConformingClient) -> None:
    body: Any = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname'
    response = as_ada.generic("POST", IMPORT, body, content_type="multipart/form-data; boundary=x")
    assert response.status_code in (400, 422)
    no_boundary = as_ada.generic("POST", IMPORT, body, content_type="multipart/form-data")
    assert no_boundary.status_code == 400
    assert not Book.objects.exists()


def test_a_form_that_is_compressed_is_415(as_ada: ConformingClient) -> None:
    assert send(as_ada, headers={"content-encoding": "gzip"}).status_code == 415


def test_the_same_form_with_a_key_is_answered_as_the_first_time(as_ada: ConformingClient) -> None:
    headers = {"idempotency-key": "one"}
    first = send(as_ada, headers=headers)
    again = send(as_ada, headers=headers)
    assert (counts(first), counts(again)) == ((1, 0, 0, 0), (1, 0, 0, 0))
    assert again.headers["Idempotency-Replayed"] == "true"
    for other in (
        send(as_ada, csv("x,y,z"), headers=headers),
        send(as_ada, headers=headers, on_error="skip"),
        send(as_ada, headers=headers, query="?on_error=skip"),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_imports_by_form_are_limited_like_others(
    as_ada: ConformingClient, settings: LazySettings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "import": (1, 3600)}
    assert send(as_ada).status_code == 200
    assert send(as_ada).status_code == 429


def test_strangers_send_no_file(anonymous: ConformingClient, db: None) -> None:
    assert send(anonymous).status_code == 401


def test_the_page_has_a_form_with_a_file(browser: Browser) -> None:
    page = browser.get(IMPORT).content.decode()
    assert re.search(r'<input[^>]* name="file"[^>]*type="file"', page)
    assert re.search(r'<input[^>]*type="checkbox"[^>]* name="dry_run"', page)
    for name in ("on_error", "report", "unknown"):
        assert re.search(rf'<select[^>]* name="{name}"', page), name
    for name in ("columns", "encoding", "date_format", "sheet"):
        assert re.search(rf'<input[^>]* name="{name}"', page), name


def _token(browser: Browser) -> str:
    found = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(IMPORT).content.decode()
    )
    assert found is not None
    return found[1]


def _blank(browser: Browser) -> dict[str, Any]:
    """Return the fields that a browser sends with the form of the page."""
    texts = dict.fromkeys(("columns", "encoding", "date_format", "sheet"), "")
    choices = {"on_error": "reject", "report": "summary", "unknown": "refuse"}
    return {"csrfmiddlewaretoken": _token(browser), **texts, **choices}


def test_the_form_of_the_page_imports_a_file(browser: Browser, ada: User) -> None:
    response = send(browser, **_blank(browser))
    assert response.status_code == 200
    assert "bookstore" in response.content.decode()
    assert Book.objects.get().owner == ada


def test_the_form_of_the_page_shows_what_is_wrong(browser: Browser) -> None:
    response = send(browser, **(_blank(browser) | {"encoding": "klingon"}))
    page = response.content.decode()
    assert response.status_code == 400
    assert "Give a character set" in page
    assert 'value="klingon"' in page
    refused = send(browser, csv(" ,a,b"), **_blank(browser))
    assert refused.status_code == 422
    assert "#/name" in refused.content.decode()


def test_a_large_file_of_a_page_is_taken_and_a_larger_one_is_413(
    browser: Browser, settings: LazySettings
) -> None:
    content = csv(*(f"Emma {number},Jane Austen,{'x' * 200}" for number in range(5_500)))
    fields = _blank(browser) | {"dry_run": "true"}
    assert send(browser, content, **fields).status_code == 200
    settings.IMPORT_MAX_BYTES = 1_000
    assert send(browser, content, **fields).status_code == 413
    assert send(browser, content[:1_100], **fields).status_code == 413


def test_a_form_without_the_csrf_token_is_403(browser: Browser) -> None:
    response = send(browser)
    assert response.status_code == 403
    assert not Book.objects.exists()


def test_the_file_of_a_form_is_closed(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []

    def kept(*arguments: Any) -> Any:
        opened.append(io.BytesIO())
        return opened[-1]

    monkeypatch.setattr("books.transfer.form_upload.tempfile.TemporaryFile", kept)
    assert send(as_ada, workbook([("name", "author", "publisher")])).status_code == 200
    assert [file.closed for file in opened] == [True]


def test_other_routes_still_skip_files(
    as_ada: ConformingClient, make_book: Callable[..., Book], ada: User
) -> None:
    book = make_book(ada)
    file = SimpleUploadedFile("a.csv", b"x")
    response = as_ada.patch(f"/api/v1/books/{book.pk}", {"name": file}, format="multipart")
    assert response.status_code in (200, 400)
    book.refresh_from_db()
    assert book.name == "Middlemarch"

"""GET /api/v1/users/me/export: everything that is kept about an account."""

import csv
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import BadZipFile, ZipFile

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import (
    ApiToken,
    AuthEvent,
    KnownNetwork,
    LoginSession,
    LoginTicket,
    Passkey,
    PasskeyOwner,
    ProviderLink,
    QueuedMail,
    TotpFactor,
    User,
)
from accounts.origins import Origin
from accounts.services import export_section
from accounts.services.api_tokens import NewToken, api_token_create
from accounts.services.events import event_record
from accounts.services.export_section import Section, not_exported, tables
from books.models import Book, BookChange, FileImport, IdempotencyKey
from books.services.books import book_update
from books.transfer import archive, export
from bookstore_project.http.rate_limits import Limit
from bookstore_project.http.scopes import WRITE
from tests.client import ConformingClient

PATH = "/api/v1/users/me/export"
ClientOf = Callable[[User], ConformingClient]

# Of a table with chunks that a test makes up.
MADE_UP: dict[str, Any] = {"name": "made_up", "heading": ("name",)}


def content_of(response: Any) -> bytes:
    assert response.status_code == 200
    content: bytes = response.getvalue()
    return content


def files(response: Any) -> dict[str, Any]:
    """Return the tables of an archive: the rows of JSON, by the names without `.json`."""
    content = response if isinstance(response, bytes) else content_of(response)
    with ZipFile(BytesIO(content)) as opened:
        assert opened.testzip() is None
        read = {name: opened.read(name).decode() for name in opened.namelist()}
    names = {name.removesuffix(".json") for name in read if name.endswith(".json")}
    for table in names:
        # Both files of a table have the same rows.
        rows = json.loads(read[f"{table}.json"])
        heading, *lines = csv.reader(StringIO(read[f"{table}.csv"], newline=""))
        assert len(lines) == len(rows)
        assert all(heading == list(row) for row in rows)
    assert set(read) == {f"{table}.{kind}" for table in names for kind in ("json", "csv")}
    return {table: json.loads(read[f"{table}.json"]) for table in names}


def shown(time: Any) -> Any:
    return time and time.isoformat().replace("+00:00", "Z")


def text_of(content: bytes, name: str) -> str:
    with ZipFile(BytesIO(content)) as opened:
        return opened.read(name).decode()


@pytest.fixture
def full(ada: User, bob: User, make_book: Callable[..., Book]) -> User:
    """A user about whom every table has a row, beside another user with the same."""
    for user, other in ((ada, bob), (bob, ada)):
        own = Origin(actor=user, address="203.0.113.7", user_agent=f"device of {user.name}")
        book = book_update(book=make_book(user, name=f"Romola of {user.name}"), origin=own)
        book = book_update(book=book, origin=own, name=f"Emma of {user.name}")
        BookChange.objects.create(
            book_id=10_000 + user.pk,
            owner=user,
            version=2,
            kind="deleted",
            before={"name": f"gone of {user.name}"},
        )
        api_token_create(
            user=user,
            asked=NewToken(name=f"job of {user.name}", scopes=(WRITE,), days=30),
            origin=own,
        )
        KnownNetwork.objects.create(
            user=user, network=f"203.0.113.{user.pk}", epoch=0, seen_at=timezone.now()
        )
        QueuedMail.objects.create(
            kind="changed", account_id=user.public_id, address=f"{user.name}@example.org"
        )
        TotpFactor.objects.create(
            user=user, secret=f"secret {user.name}", confirmed_at=timezone.now()
        )
        PasskeyOwner.objects.create(user=user, handle=f"handle of {user.name}")
        Passkey.objects.create(
            user=user, name=f"phone of {user.name}", credential_id=f"id of {user.name}",
            public_key=b"secret", transports="usb",
        )  # fmt: skip
        ProviderLink.objects.create(
            user=user, issuer="https://id.example.org", subject=f"subject of {user.name}"
        )
        LoginTicket.objects.create(
            user=user, digest=f"{user.pk:064}", network="203.0.113.7", epoch=0,
            expires_at=timezone.now(),
        )  # fmt: skip
        User.objects.filter(pk=user.pk).update(has_factor=True)
        user.refresh_from_db()
        IdempotencyKey.objects.create(user=user, key=f"key of {user.name}", fingerprint="f" * 64)
        FileImport.objects.create(
            user=user, owner=user, name=f"{user.name}.csv", content=b"x", language="en",
            session_epoch=0,
        )  # fmt: skip
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(Book),
            object_id=str(book.pk),
            object_repr=f"secret of {other.name}",
            action_flag=2,
        )
        event_record("role_changed", subject=other, origin=own, detail=f"by {user.name}")  # type: ignore[arg-type]  # a text of the kind
    return ada


def test_each_table_has_your_rows_and_nobody_elses(full: User, client_of: ClientOf) -> None:
    found = files(client_of(full).get(PATH))
    full.refresh_from_db()
    assert set(found) == {table.name for table in tables()}
    for name, rows in found.items():
        assert rows, name
        text = json.dumps(rows)
        if name != "events":
            assert "bob" not in text, name
    assert found["account"] == [
        {
            "public_id": str(full.public_id),
            "name": "ada",
            "email": "ada@example.org",
            "email_confirmed_at": shown(full.email_confirmed_at),
            "must_confirm_email": False,
            "invited_at": None,
            "has_factor": True,
            "admin": False,
            "editor": False,
            "is_active": True,
            "is_superuser": False,
            "date_joined": shown(full.date_joined),
            "last_login": shown(full.last_login),
        }
    ]
    assert [row["name"] for row in found["books"]] == ["Emma of ada"]
    assert [row["name"] for row in found["api_tokens"]] == ["job of ada"]
    (deleted,) = found["deleted_books_that_can_be_restored"]
    assert deleted["before"] == {"name": "gone of ada"}
    assert {row["kind"] for row in found["book_history"]} == {"changed", "deleted"}
    [passkey] = found["passkeys"]
    assert (passkey["name"], passkey["transports"]) == ("phone of ada", "usb")
    assert found["linked_providers"][0]["subject"] == "subject of ada"
    assert found["name_for_devices"] == [{"handle": "handle of ada"}]
    assert [row["network"] for row in found["known_networks"]] == [f"203.0.113.{full.pk}"]
    assert [row["key"] for row in found["idempotency_keys"]] == ["key of ada"]
    assert [row["name"] for row in found["files_to_import"]] == ["ada.csv"]
    assert [row["content_type__model"] for row in found["actions_in_the_admin"]] == ["book"]
    assert [row["address"] for row in found["waiting_mails"]] == ["ada@example.org"]


def test_no_secret_and_no_data_of_others_is_in_it(full: User, client_of: ClientOf) -> None:
    client = client_of(full)
    with ZipFile(BytesIO(content_of(client.get(PATH)))) as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist()).decode()
    user = User.objects.get(pk=full.pk)
    for secret in (
        user.password,
        ApiToken.objects.get(user=user).digest,
        "secret ada",
        "device of bob",
    ):
        assert secret not in everything


def test_an_event_of_an_admin_has_neither_their_address_nor_their_device(
    full: User, client_of: ClientOf
) -> None:
    events = files(client_of(full).get(PATH))["events"]
    (of_bob,) = [row for row in events if row["detail"] == "by bob"]
    assert (of_bob["is_yours"], of_bob["address"], of_bob["user_agent"]) == (False, None, "")
    (made,) = [row for row in events if row["kind"] == "api_token_created"]
    assert (made["is_yours"], made["address"]) == (True, "203.0.113.7")
    assert made["user_agent"] == "device of ada"
    caused = files(client_of(full).get(PATH))["events_of_others_that_you_caused"]
    assert [row["kind"] for row in caused] == ["role_changed"]


def test_a_failed_login_has_its_address(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    body = {"name": "ada", "password": "wrong"}
    anonymous.post("/api/v1/auth/token", body, REMOTE_ADDR="198.51.100.9")
    events = files(client_of(ada).get(PATH))["events"]
    (failed,) = [row for row in events if row["kind"] == "login_failed"]
    assert (failed["is_yours"], failed["address"]) == (False, "198.51.100.9")


def test_it_is_an_event_of_the_account(ada: User, client_of: ClientOf) -> None:
    found = files(client_of(ada).get(PATH, REMOTE_ADDR="203.0.113.9"))
    event = AuthEvent.objects.get(kind="account_exported")
    assert (event.subject_id, event.actor_id) == (ada.public_id, ada.public_id)
    assert event.address == "203.0.113.9"
    assert found["events"][-1]["kind"] == "account_exported"


def test_the_headers_name_a_file_that_nobody_stores(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).get(PATH)
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="account.zip"'
    assert response["Cache-Control"] == "no-store"


def test_head_sends_nothing_and_records_nothing(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).head(PATH)
    assert (response.status_code, response.getvalue()) == (200, b"")
    assert response["Content-Type"] == "application/zip"
    assert not AuthEvent.objects.filter(kind="account_exported").exists()


def test_a_browser_gets_it_and_an_api_token_does_not(ada: User) -> None:
    browser = ConformingClient()
    browser.force_login(ada)
    assert files(browser.get(PATH))["account"][0]["name"] == "ada"
    _, token = api_token_create(
        user=ada, asked=NewToken(name="job", scopes=(WRITE,), days=30), origin=Origin()
    )
    response = ConformingClient().get(PATH, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


def test_the_books_are_those_of_the_export_of_books(
    ada: User, client_of: ClientOf, make_book: Callable[..., Book]
) -> None:
    make_book(ada, name="=1+1", author="-x;@y", price="12.50", isbn="9780141439549")
    make_book(ada, name="Plain", published_on="1985-06")
    client = client_of(ada)
    archived = content_of(client.get(PATH))
    exported = client.get("/api/v1/books/export?owner=me").getvalue().decode()
    assert text_of(archived, "books.csv") == exported
    lines = client.get("/api/v1/books/export?owner=me&format=ndjson").getvalue().splitlines()
    assert files(archived)["books"] == [json.loads(line) for line in lines]


def test_no_cell_runs_as_a_formula(ada: User, client_of: ClientOf) -> None:
    KnownNetwork.objects.create(user=ada, network="=1+1;@x", epoch=0, seen_at=timezone.now())
    content = content_of(client_of(ada).get(PATH, HTTP_USER_AGENT="=cmd|' /C calc'!A0"))
    assert text_of(content, "known_networks.csv").splitlines()[1].startswith("'=1+1;'@x,")
    assert ",'=cmd|' /C calc'!A0," in text_of(content, "events.csv")
    assert files(content)["known_networks"][0]["network"] == "=1+1;@x"


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 5])
def test_every_row_is_there_once_across_chunks(
    ada: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
) -> None:
    monkeypatch.setattr(export_section, "CHUNK", 2)
    monkeypatch.setattr(export, "CHUNK", 2)
    client, at = client_of(ada), timezone.now() - timedelta(days=1)
    for number in range(rows):
        make_book(ada, name=f"Volume {number}")
        KnownNetwork.objects.create(user=ada, network=f"192.0.2.{number}", epoch=0, seen_at=at)
        # Several events of one time.
        AuthEvent.objects.create(at=at, kind="login", subject_id=ada.public_id, detail=str(number))
    found = files(client.get(PATH))
    expected = [str(number) for number in range(rows)]
    assert [row["detail"] for row in found["events"]][:rows] == expected
    assert found["events"][-1]["kind"] == "account_exported"
    assert len(found["events"]) == AuthEvent.objects.count()
    assert [row["network"] for row in found["known_networks"]] == [
        f"192.0.2.{number}" for number in range(rows)
    ]
    assert [row["name"] for row in found["books"]] == [f"Volume {each}" for each in expected]


def test_the_queries_of_an_export_are_few_and_in_no_transaction(
    full: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(full)
    client.get(PATH)
    with CaptureQueriesContext(connection) as captured:
        client.get(PATH)
    # The session, the event, and each table twice: once for each file.
    assert len(captured) == 2 * len(tables()) + 2
    assert not [query for query in captured if "SAVEPOINT" in query["sql"]]


def test_the_memory_of_an_export_does_not_grow_with_the_account(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"name": "x" * 200}

    def many(user: User) -> Iterator[list[Any]]:
        for _ in range(150):
            yield [row] * 500

    monkeypatch.setattr(archive, "tables", lambda: [SimpleNamespace(**MADE_UP, chunks=many)])
    tracemalloc.start()
    sent = sum(map(len, archive.account_archive(ada)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 30 MB of rows.
    assert sent > 0
    assert peak < 3_000_000


def test_an_archive_that_breaks_off_is_no_archive(
    ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(user: User) -> Iterator[list[Any]]:
        yield [{"name": "Emma"}]
        raise RuntimeError

    monkeypatch.setattr(archive, "tables", lambda: [SimpleNamespace(**MADE_UP, chunks=broken)])
    sent = BytesIO()
    with pytest.raises(RuntimeError):
        sent.writelines(archive.account_archive(ada))
    assert sent.getvalue().startswith(b"PK")
    with pytest.raises(BadZipFile):
        ZipFile(sent)


def test_an_error_before_the_first_byte_is_an_ordinary_answer(
    ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(user: User) -> Iterator[bytes]:
        raise RuntimeError

    monkeypatch.setattr("books.transfer.views.account.account_archive", broken)
    with pytest.raises(RuntimeError):
        client_of(ada).get(PATH)


def test_long_exports_use_up_the_limit_of_slow_lists(
    ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-list": (2, 3600)}
    clock = iter(range(100_000))
    monkeypatch.setattr("books.transfer.views.account.time.monotonic", lambda: next(clock) / 16)
    client = client_of(ada)
    assert client.get(PATH).status_code == 200
    assert Limit.named("slow-list").look(str(ada.public_id)).is_exceeded
    response = client.get(PATH)
    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert AuthEvent.objects.filter(kind="account_exported").count() == 1


def test_a_third_export_at_once_is_refused_and_not_recorded(
    ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookstore_project.http.streams.MOST", 0)
    response = client_of(ada).get(PATH)
    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert not AuthEvent.objects.filter(kind="account_exported").exists()


# --- Nothing is forgotten -------------------------------------------------------------------------


def test_each_model_is_exported_or_left_out_for_a_reason() -> None:
    exported = {table.model._meta.label for table in tables()}
    models = apps.get_models(include_auto_created=True)
    stored = {model._meta.label for model in models if not model._meta.proxy}
    assert exported | set(not_exported()) == stored
    assert not exported & set(not_exported())


def test_few_models_with_a_relation_to_a_user_are_left_out() -> None:
    related = {
        relation.related_model._meta.label
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel)
    }
    assert related & set(not_exported()) == {
        "accounts.User_groups",
        "accounts.User_user_permissions",
        "accounts.RecoveryCode",
    }
    assert LoginSession._meta.label in related


# The books have a format of their own, which follows the table of their fields.
SECTIONS = [table for table in tables() if isinstance(table, Section)]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_each_column_is_exported_or_left_out_for_a_reason(section: Section) -> None:
    columns = {column for column in section.columns if "__" not in column}
    stored = {column.name for column in section.model._meta.concrete_fields}
    assert columns | set(section.left_out) == stored
    assert not columns & set(section.left_out)
    assert all(section.left_out.values())


def test_the_page_lists_every_model(settings: Any) -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "decisions" / "account-export.md").read_text()
    for table in tables():
        assert f"`{table.name}`" in text
    for label, reason in not_exported().items():
        assert f"`{label}`" in text
        assert reason

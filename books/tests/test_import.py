"""`manage.py import_flask_bookstore`, then old clients on the tutorial's routes."""

import base64
import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from accounts.models import User
from accounts.services.freed_names import name_free
from books.models import Book
from books.moving_in import move
from tests.client import ConformingClient

from . import old_files
from .old_files import VERSIONS, import_file, made_by, write

pytestmark = pytest.mark.django_db

ARGON2ID = "argon2$argon2id$v=19$m=19456,t=2,p=1$"
NAMES = ("ada", "bob", "Дина")


def log_in(name: str, password: str) -> Any:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    return ConformingClient().post("/login", HTTP_AUTHORIZATION=f"Basic {credentials}")


def rows() -> tuple[list[Any], list[Any]]:
    """Return all stored users and books."""
    return list(User.objects.order_by("pk").values()), list(Book.objects.order_by("pk").values())


def old_users(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT public_id, name, password, admin FROM users").fetchall()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_client_goes_on_as_before(version: str) -> None:
    import_file(made_by(version))

    response = log_in("ada", "ada-violet-27")
    assert response.status_code == 200
    client = ConformingClient(HTTP_X_ACCESS_TOKENS=response.json()["token"])

    assert client.get("/books").json() == {
        "list_of_books": [
            {
                "id": 1,
                "name": "Middlemarch",
                "Author": "George Eliot",
                "Publisher": "Blackwood",
                "book_prize": 12,
            },
            {
                "id": 4,
                "name": "Persuasion",
                "Author": "Jane Austen",
                "Publisher": "Blackwood",
                "book_prize": 9,
            },
        ]
    }
    assert client.delete("/books/3").status_code == 404
    response = client.delete("/books/4")
    assert (response.status_code, response.json()) == (200, {"message": "Book deleted"})
    assert set(Book.objects.values_list("pk", flat=True)) == {1, 3}


def test_names_that_were_given_up_or_have_an_at_sign_move_in(tmp_path: Path) -> None:
    name_free("ada", former_owner=None)
    kim = old_files.user(2, old_files.BOB, name="kim@work.example")
    import_file(write(tmp_path / "old.db", [old_files.user(), kim]))
    assert set(User.objects.values_list("name", flat=True)) == {"ada", "kim@work.example"}


@pytest.mark.usefixtures("real_hashing")
@pytest.mark.parametrize("version", VERSIONS)
def test_every_old_password_logs_in_and_becomes_argon2id(version: str) -> None:
    import_file(made_by(version))
    for name in NAMES:
        assert User.objects.get(name=name).password.startswith("werkzeug$")
        assert log_in(name, f"{name}-violet-28").status_code == 401
        assert log_in(name, f"{name}-violet-27").status_code == 200
        assert User.objects.get(name=name).password.startswith(ARGON2ID)
        assert log_in(name, f"{name}-violet-27").status_code == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_public_ids_hashes_and_admins_are_kept(version: str) -> None:
    import_file(made_by(version))
    stored = [
        (str(user.public_id), user.name, user.password.removeprefix("werkzeug$"), user.admin)
        for user in User.objects.order_by("pk")
    ]
    assert stored == old_users(made_by(version))
    assert [user.is_superuser for user in User.objects.all()] == [False] * 3


def test_the_old_files_have_all_three_kinds_of_hash() -> None:
    hashes = [row[2] for version in VERSIONS for row in old_users(made_by(version))]
    assert {text.split("$")[0].split(":")[0] for text in hashes} == {"sha256", "pbkdf2", "scrypt"}


def test_a_new_book_gets_an_id_behind_the_imported_ones(ada: User) -> None:
    import_file(made_by("3_1"))
    token = log_in("bob", "bob-violet-27").json()["token"]
    book = {"name": "Emma", "Author": "Jane Austen", "Publisher": "Murray", "book_prize": 1}
    response = ConformingClient(HTTP_X_ACCESS_TOKENS=token).post("/book", book)
    assert response.status_code == 200
    assert Book.objects.get(name="Emma").pk > 4


def test_the_id_of_a_deleted_book_is_not_given_away(
    ada: User, as_ada: ConformingClient, make_book: Callable[..., Book], tmp_path: Path
) -> None:
    """Its history is stored under that id, and it can be restored."""
    deleted = make_book(ada, name="Persuasion")
    assert as_ada.delete(f"/api/v1/books/{deleted.pk}").status_code == 204
    path = tmp_path / "old.db"
    import_file(write(path, [old_files.user()], [old_files.book(row_id=deleted.pk)]))
    moved = Book.objects.get()
    assert moved.pk > deleted.pk
    assert as_ada.post(f"/api/v1/books/{deleted.pk}/restore", {}).status_code == 200
    assert Book.objects.count() == 2


def test_a_second_run_changes_nothing() -> None:
    import_file(made_by("2_0"))
    log_in("ada", "ada-violet-27")
    before = rows()
    output = import_file(made_by("2_0"))
    assert rows() == before
    assert output.splitlines() == [
        "users: 0 imported, 3 already here",
        "books: 0 imported, 3 already here",
        "notes: 0",
    ]


def test_a_dry_run_says_the_same_and_stores_nothing(ada: User) -> None:
    before = rows()
    dry = import_file(made_by("2_3"), dry_run=True)
    assert rows() == before
    assert dry == import_file(made_by("2_3")) + "This was a dry run: nothing was stored.\n"
    assert "users: 3 imported, 0 already here\n" in dry
    assert "name_taken, was 'ada'; the name here is 'ada-2'\n" in dry
    assert Book.objects.count() == 3


def test_three_files_fit_into_one_store() -> None:
    for version in VERSIONS:
        import_file(made_by(version))
    before = rows()
    assert (User.objects.count(), Book.objects.count()) == (9, 9)
    assert User.objects.filter(name__in=["ada-2", "ada-3"]).count() == 2
    for version in VERSIONS:
        import_file(made_by(version))
    assert rows() == before


def test_what_is_here_already_stays_as_it_is(ada: User, tmp_path: Path) -> None:
    Book.objects.create(owner=ada, name="Emma", author="Jane Austen", publisher="Penguin")
    before = rows()
    old = write(tmp_path / "old.db", [old_files.user(name="Ada")], [old_files.book()])
    import_file(old)
    users, books = rows()
    assert before[0][0] in users
    assert before[1][0] in books
    assert User.objects.get(public_id=old_files.ADA).books.count() == 1
    assert (len(users), len(books)) == (2, 2)


def test_the_old_file_is_not_touched(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    old.write_bytes(made_by("3_1").read_bytes())
    before = hashlib.sha256(old.read_bytes()).hexdigest()
    import_file(old)
    assert hashlib.sha256(old.read_bytes()).hexdigest() == before
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_what_stops_halfway_leaves_nothing_behind(
    failure: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stop() -> None:
        assert Book.objects.exists()
        raise failure

    monkeypatch.setattr(move, "skip_book_ids", stop)
    with pytest.raises((CommandError, ValueError)):
        import_file(made_by("2_0"), report=tmp_path / "notes")
    assert rows() == ([], [])
    assert list(tmp_path.iterdir()) == []


def test_a_stop_by_hand_has_the_exit_status_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(move, "skip_book_ids", stop)
    with pytest.raises(CommandError, match=r"Stopped\. Nothing was imported\.") as caught:
        import_file(made_by("2_0"))
    assert caught.value.returncode == 130


def test_notes_go_to_the_file_and_the_counts_to_the_terminal(tmp_path: Path) -> None:
    notes = tmp_path / "notes.ndjson"
    old = write(tmp_path / "old.db", [old_files.user()], [old_files.book(name=None)])
    output = import_file(old, report=notes)
    assert output.endswith("books: 1 imported, 0 already here\nnotes: 1\n")
    assert [json.loads(line) for line in notes.read_text().splitlines()] == [
        {
            "table": "books",
            "id": 1,
            "field": "name",
            "problem": "text_missing",
            "was": None,
            "done": "stored as 'Untitled'",
        }
    ]
    assert notes.stat().st_mode & 0o777 == 0o600
    import_file(old, report=notes)
    assert len(notes.read_text().splitlines()) == 1


def test_a_report_that_can_not_be_written_is_said_first(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "notes"):
        with pytest.raises(CommandError, match=r"Nothing was imported\. .* can't be written"):
            import_file(made_by("2_0"), report=place)
    assert rows() == ([], [])


def test_a_report_that_fails_later_can_be_had_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(CommandError, match=r"The import is done, .* No space left .*again"):
            import_file(made_by("2_0"), report=notes)
    assert list(tmp_path.iterdir()) == []
    assert Book.objects.count() == 3
    import_file(made_by("2_0"), report=notes)
    assert notes.read_text() == ""

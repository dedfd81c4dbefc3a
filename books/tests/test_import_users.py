"""Users that can't be imported unchanged: each follows its rule and is reported."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts.models import User

from .old_files import ADA, BOB, HASH, book, import_file, user, write

pytestmark = pytest.mark.django_db

# NFKC turns it into eighteen letters.
LONG_WHEN_FOLDED = "\ufdfa"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "bookstore.db"


def twice(old: Path) -> list[str]:
    """Import a file twice; the second run changes nothing. Return the notes of the first run."""
    first = import_file(old)
    before = list(User.objects.order_by("pk").values())
    assert ": 0 imported," in import_file(old).splitlines()[0]
    assert list(User.objects.order_by("pk").values()) == before
    return first.splitlines()[3:]


def names() -> list[str]:
    return list(User.objects.order_by("pk").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("public_id", "problem"),
    [
        (None, "public_id_missing"),
        ("  ", "public_id_missing"),
        ("not a uuid", "public_id_invalid"),
        (7, "public_id_invalid"),
    ],
)
def test_a_public_id_that_is_none_is_made_anew(old: Path, public_id: Any, problem: str) -> None:
    write(old, [user(public_id=public_id)], [book()])
    (note,) = twice(old)
    grace = User.objects.get()
    assert f"users 1, public_id: {problem}" in note
    assert note.endswith(f"a new one made: {grace.public_id}")
    assert grace.books.count() == 1


def test_of_two_users_with_one_public_id_the_first_keeps_it(old: Path) -> None:
    write(old, [user(1), user(2, name="bob")], [book(1, 1), book(2, 2)])
    (note,) = twice(old)
    ada, bob = User.objects.order_by("pk")
    assert (ada.public_id, ada.name, bob.name) == (UUID(ADA), "ada", "bob")
    assert note == (
        f"users 2, public_id: public_id_duplicate, was '{ADA}'; a new one made: {bob.public_id}"
    )
    assert (ada.books.get().pk, bob.books.get().pk) == (1, 2)


@pytest.mark.parametrize("spelling", [ADA.upper(), ADA.replace("-", ""), f"{{{ADA}}}", f" {ADA}"])
def test_another_spelling_of_a_uuid_is_the_same(old: Path, spelling: str) -> None:
    write(old, [user(public_id=spelling)])
    (note,) = twice(old)
    assert User.objects.get().public_id == UUID(ADA)
    assert note == f"users 1, public_id: public_id_respelled, was {spelling!r}; written as {ADA}"


@pytest.mark.parametrize("name", [None, "", " \t", b"\xff"])
def test_a_name_that_is_none_is_made_of_the_public_id(old: Path, name: Any) -> None:
    write(old, [user(name=name)])
    notes = twice(old)
    assert names() == [f"user-{ADA[:8]}"]
    assert "users 1, name: name_missing" in notes[-1]
    assert notes[-1].endswith(f"stored as 'user-{ADA[:8]}'")


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("ada:lovelace", "ada-lovelace"),
        ("a\x00d\u200ba\n", "ada"),
        ("a\u3164da", "ada"),
        (b"ad\xe9a", "ada"),
    ],
)
def test_a_name_loses_what_no_name_may_have(old: Path, name: Any, stored: str) -> None:
    write(old, [user(name=name)])
    (note,) = twice(old)
    assert names() == [stored]
    assert note.startswith("users 1, name: name_invalid, was ")


def test_a_name_is_cut_to_what_fits_and_reported_in_full(old: Path) -> None:
    write(old, [user(name="a" * 151)])
    (note,) = twice(old)
    assert names() == ["a" * 150]
    assert f"name_too_long, was {'a' * 151!r}; cut to 150" in note


def test_a_name_that_is_too_long_only_when_folded_is_made_anew(old: Path) -> None:
    write(old, [user(name=LONG_WHEN_FOLDED * 15)])
    (note,) = twice(old)
    assert names() == [f"user-{ADA[:8]}"]
    assert "name_too_long" in note


def test_a_number_as_a_name_is_that_text(old: Path) -> None:
    write(old, [user(name=1984)])
    assert twice(old) == []
    assert names() == ["1984"]


def test_of_many_users_with_one_name_the_first_keeps_it(old: Path) -> None:
    others = [
        (2, str(UUID(int=2, version=4)), "ADA"),
        (3, str(UUID(int=3, version=4)), "ada"),
        (4, BOB, "ada-2"),
    ]
    write(old, [user(), *(user(*other) for other in others)])
    notes = twice(old)
    # The user named ada-2 keeps the name, too.
    assert {u.name: str(u.public_id) for u in User.objects.all()} == {
        "ada": ADA,
        "ADA-3": others[0][1],
        "ada-4": others[1][1],
        "ada-2": BOB,
    }
    assert notes == [
        "users 2, name: name_taken, was 'ADA'; the name here is 'ADA-3'",
        "users 3, name: name_taken, was 'ada'; the name here is 'ada-4'",
    ]


def test_a_name_that_is_taken_here_is_numbered(old: Path, ada: User) -> None:
    before = User.objects.filter(pk=ada.pk).values().get()
    write(old, [user()])
    (note,) = twice(old)
    assert User.objects.filter(pk=ada.pk).values().get() == before
    assert User.objects.get(public_id=ADA).name == "ada-2"
    assert note == "users 1, name: name_taken, was 'ada'; the name here is 'ada-2'"


def test_a_second_run_reports_a_new_name_again(old: Path, ada: User) -> None:
    write(old, [user()])
    first = import_file(old)
    assert first.splitlines()[3:] == import_file(old).splitlines()[3:] != []


def test_a_long_name_that_is_taken_is_numbered_within_the_limits(old: Path) -> None:
    long, folded = "b" * 150, LONG_WHEN_FOLDED * 14
    write(
        old,
        [
            user(number, str(UUID(int=number, version=4)), name)
            for number, name in enumerate([long, long, folded, folded], 1)
        ],
    )
    twice(old)
    assert set(names()) == {long, folded, f"{'b' * 135}-2", "user-2"}
    for stored in User.objects.all():
        stored.full_clean()


@pytest.mark.parametrize(
    "password", [None, "", "plain text", "md5$abc$d41d8cd98f00b204e9800998ecf8427e", b"\xff"]
)
def test_a_password_that_can_not_be_verified_is_none(old: Path, password: Any) -> None:
    write(old, [user(password=password)])
    before = import_file(old)
    stored = User.objects.get()
    assert not stored.has_usable_password()
    assert before.splitlines()[3:] == [
        "users 1, password: password_unknown; no password stored; an admin can set one"
    ]


def test_no_hash_is_in_the_report(old: Path) -> None:
    write(old, [user(password=HASH + "0")])
    assert HASH not in import_file(old)


@pytest.mark.parametrize(("admin", "expected"), [(0, False), (1, True)])
def test_the_admin_flag_is_kept(old: Path, admin: int, expected: bool) -> None:
    write(old, [user(admin=admin)])
    assert twice(old) == []
    assert User.objects.get().admin is expected


@pytest.mark.parametrize("admin", [None, 2, "yes", b"\x01"])
def test_what_is_no_flag_makes_no_admin(old: Path, admin: Any) -> None:
    write(old, [user(admin=admin)])
    (note,) = twice(old)
    assert User.objects.get().admin is False
    assert "users 1, admin: admin_invalid" in note


def test_more_users_than_a_batch_are_all_there(old: Path) -> None:
    write(old, [user(n, str(UUID(int=n, version=4)), f"user {n}") for n in range(1, 702)])
    assert twice(old) == []
    assert User.objects.count() == 701

"""Texts are stored in NFC, without white space and invisible characters at both ends."""

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client

from accounts.models import User
from books.api.text_fields import VISIBLE
from books.models import Book
from books.values.texts import INVISIBLE, MAXIMUM_DECOMPOSED, is_blank, normalize_text
from tests.client import ConformingClient

from . import old_files
from .conftest import BOOKS
from .files import counts, post
from .test_properties import check

NDJSON = "application/x-ndjson"

COMPOSED = "Caf\u00e9 Soci\u00e9t\u00e9"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # With a ZWNJ: "I want".
MALAYALAM = "\u0d05\u0d35\u0d28\u0d4d\u200d \u0d28"  # With a ZWJ.
KHITAN = "\U00018b00\U00018b01\U00016fe4"
# In NFC, which leaves the signs of notes apart.
NOTE = "\U0001d159\U0001d165"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "\u2764\ufe0f"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

STORED = [
    pytest.param(DECOMPOSED, COMPOSED, id="NFD"),
    pytest.param("\u212b", "\u00c5", id="Angstrom sign"),
    pytest.param(" \t\nEmma\r\n ", "Emma", id="white space"),
    pytest.param("\u00a0\u3000\u2009Emma\u2028\u202f", "Emma", id="other spaces"),
    pytest.param("Emma\u200b", "Emma", id="ZWSP"),
    pytest.param("\ufeffEmma\u2060\u00ad", "Emma", id="BOM, word joiner, soft hyphen"),
    pytest.param("\u200e\u2067Emma\u2069\u200f", "Emma", id="direction marks"),
    pytest.param("\u007f\u0001Emma\u0085", "Emma", id="control characters"),
    pytest.param("\u115f\u3164Emma\u1160\uffa0", "Emma", id="Hangul fillers"),
    pytest.param("\u2800Emma\u2800", "Emma", id="Braille blank"),
    pytest.param(KHITAN, KHITAN, id="Khitan with its filler at the end"),
    pytest.param("\U00016fe4", "\U00016fe4", id="a filler"),
    pytest.param("\U0001d159 ", "\U0001d159", id="a null notehead"),
    pytest.param(NOTE, NOTE, id="a null notehead with a stem"),
    pytest.param("\u200dEmma\u200c\u200d", "Emma", id="joiners at the ends"),
    pytest.param("\ufe0fEmma \ufe0f", "Emma", id="selectors of nothing"),
    pytest.param("Emma\u200b\ufe0f", "Emma", id="a selector of an invisible character"),
    pytest.param("Emma\U000e0041\U000e0042", "Emma", id="tags"),
    pytest.param(PERSIAN, PERSIAN, id="ZWNJ inside"),
    pytest.param(MALAYALAM, MALAYALAM, id="ZWJ inside"),
    pytest.param(f" {FAMILY}\u200d", FAMILY, id="emoji with ZWJ"),
    pytest.param(f"Love {HEART}\u200b", f"Love {HEART}", id="emoji with a selector"),
    pytest.param(f"{SCOTLAND} ", SCOTLAND, id="flag with tags"),
    pytest.param("1\ufe0f\u20e3", "1\ufe0f\u20e3", id="keycap"),
    pytest.param("\u845b\U000e0100", "\u845b\U000e0100", id="ideographic variation"),
    pytest.param("\u0600\u0661", "\u0600\u0661", id="a visible format character"),
    pytest.param("Em\u00adma  \u200b B", "Em\u00adma  \u200b B", id="inside nothing is removed"),
    pytest.param("\ufffc", "\ufffc", id="object replacement"),
]
BLANK = [
    "\u200b",
    "\u00a0\u3164",
    "\u2800\u2800",
    "\u200d",
    "\ufe0f",
    "\u00ad\u034f\u17b5",
    "\u0007",
]


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


@pytest.mark.parametrize(("text", "stored"), STORED)
def test_a_text_is_normalised(
    as_ada: ConformingClient, new_book: dict[str, Any], text: str, stored: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "name": text, "publisher": text})

    assert response.status_code == 201
    assert response.json()["name"] == response.json()["publisher"] == stored
    assert Book.objects.get().name == stored


@pytest.mark.parametrize("text", BLANK)
@pytest.mark.parametrize("field", ["name", "author", "publisher"])
def test_a_text_with_nothing_visible_is_blank(
    as_ada: ConformingClient, new_book: dict[str, Any], field: str, text: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, field: text})

    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"pointer": f"#/{field}", "code": "blank", "detail": "This field may not be blank."}
    ]
    assert not Book.objects.exists()


@pytest.mark.parametrize("name", [COMPOSED, DECOMPOSED, f"{COMPOSED}\u200b", f"\ufeff{DECOMPOSED}"])
def test_texts_that_look_the_same_are_one_book(
    as_ada: ConformingClient, new_book: dict[str, Any], name: str
) -> None:
    assert as_ada.post(BOOKS, {**new_book, "name": COMPOSED}).status_code == 201

    response = as_ada.post(BOOKS, {**new_book, "name": name})

    assert response.status_code == 409
    assert response.json()["code"] == "book_exists"


def test_the_length_counts_after_the_normalisation(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    fits = as_ada.post(BOOKS, {**new_book, "name": "e\u0301" * 255})
    too_long = as_ada.post(BOOKS, {**new_book, "name": "e\u0301" * 256})
    marks = as_ada.post(BOOKS, {**new_book, "name": "\u0301\u0323" * MAXIMUM_DECOMPOSED})

    assert (fits.status_code, too_long.status_code, marks.status_code) == (201, 400, 400)
    assert fits.json()["name"] == "\u00e9" * 255
    assert marks.json()["errors"][0]["code"] == too_long.json()["errors"][0]["code"] == "max_length"


@pytest.mark.parametrize("name", ["\0", " \0 ", "Emma\0"])
def test_nul_is_refused_and_not_removed(
    as_ada: ConformingClient, new_book: dict[str, Any], name: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "name": name})

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "null_characters_not_allowed"


def test_the_tutorials_routes_store_the_same(as_ada: ConformingClient) -> None:
    members = {"Author": "A\u200b", "Publisher": "\ufeffP", "book_prize": None}

    created = as_ada.post("/book", {**members, "name": f" {DECOMPOSED}"})
    blank = as_ada.post("/book", {**members, "name": "\u200b"})

    assert (created.status_code, blank.status_code) == (200, 400)
    stored = Book.objects.values_list("name", "author", "publisher").get()
    assert stored == (COMPOSED, "A", "P")


class TestOlderTexts:
    """A text that was stored under older rules changes only when it is edited."""

    @pytest.fixture
    def old(self, ada: User, make_book: Callable[..., Book]) -> Book:
        return make_book(ada, name=f" {DECOMPOSED}", publisher="P\u200b")

    def test_a_change_of_the_price_leaves_them(self, as_ada: ConformingClient, old: Book) -> None:
        response = as_ada.patch(f"{BOOKS}/{old.pk}", {"price": "7.00"})

        assert response.status_code == 200
        assert response.json()["name"] == f" {DECOMPOSED}"

    def test_a_record_that_is_sent_back_leaves_them(
        self, as_ada: ConformingClient, old: Book
    ) -> None:
        record = as_ada.get(f"{BOOKS}/{old.pk}").json()

        response = as_ada.put(f"{BOOKS}/{old.pk}", {**record, "price": "7.00"})

        assert response.status_code == 200
        assert (response.json()["name"], response.json()["publisher"]) == (
            f" {DECOMPOSED}",
            "P\u200b",
        )

    def test_an_edit_normalises_the_edited_text_alone(
        self, as_ada: ConformingClient, old: Book
    ) -> None:
        response = as_ada.patch(f"{BOOKS}/{old.pk}", {"name": DECOMPOSED})

        assert response.status_code == 200
        assert (response.json()["name"], response.json()["publisher"]) == (COMPOSED, "P\u200b")

    def test_a_file_leaves_them(self, as_ada: ConformingClient, old: Book) -> None:
        row = as_ada.get(f"{BOOKS}/{old.pk}").json()

        same = post(as_ada, json.dumps(row), kind=NDJSON)
        priced = post(as_ada, json.dumps({**row, "price": "7.00"}), kind=NDJSON)

        assert (counts(same), counts(priced)) == ((0, 0, 1, 0), (0, 1, 0, 0))
        old.refresh_from_db()
        assert (old.name, old.publisher, str(old.price)) == (f" {DECOMPOSED}", "P\u200b", "7.00")

    def test_a_restored_version_is_as_it_was(self, as_ada: ConformingClient, old: Book) -> None:
        assert as_ada.patch(f"{BOOKS}/{old.pk}", {"name": COMPOSED}).status_code == 200

        response = as_ada.post(f"{BOOKS}/{old.pk}/restore", {"version": 1})

        assert response.status_code == 200
        assert response.json()["name"] == f" {DECOMPOSED}"

    def test_the_admin_leaves_them(self, staff: Client, ada: User, old: Book) -> None:
        fields = {"name": old.name, "author": old.author, "publisher": old.publisher}
        url = f"/admin/books/book/{old.pk}/change/"

        response = staff.post(url, {**fields, "owner": ada.pk, "price": "7.00"})

        assert response.status_code == 302
        old.refresh_from_db()
        assert (old.name, old.publisher, str(old.price)) == (f" {DECOMPOSED}", "P\u200b", "7.00")

    def test_the_admin_normalises_an_edited_text(self, staff: Client, ada: User, old: Book) -> None:
        fields = {"name": DECOMPOSED, "author": old.author, "publisher": old.publisher}

        response = staff.post(f"/admin/books/book/{old.pk}/change/", {**fields, "owner": ada.pk})

        assert response.status_code == 302
        old.refresh_from_db()
        assert (old.name, old.publisher) == (COMPOSED, "P\u200b")


def test_the_admin_normalises_and_refuses_blank_texts(staff: Client, ada: User) -> None:
    fields = {"owner": ada.pk, "author": "A\u200b", "publisher": "P"}

    added = staff.post("/admin/books/book/add/", {**fields, "name": DECOMPOSED})
    blank = staff.post("/admin/books/book/add/", {**fields, "name": "\u2800"})

    assert (added.status_code, blank.status_code) == (302, 200)
    assert blank.context["adminform"].form.errors == {"name": ["This field is required."]}
    assert Book.objects.values_list("name", "author").get() == (COMPOSED, "A")


def test_a_file_is_normalised(as_ada: ConformingClient, new_book: dict[str, Any]) -> None:
    rows = [
        {**new_book, "name": f"\ufeff{DECOMPOSED}"},
        {**new_book, "name": COMPOSED},
        {**new_book, "name": "\u200b"},
    ]

    response = post(as_ada, "\n".join(map(json.dumps, rows)), kind=NDJSON, on_error="skip")

    assert counts(response) == (1, 0, 1, 1)
    assert response.json()["errors"][0]["code"] == "blank"
    assert Book.objects.get().name == COMPOSED


@pytest.mark.django_db
def test_the_tutorials_books_are_normalised_and_recognised(tmp_path: Path) -> None:
    names = [DECOMPOSED, f"{COMPOSED}\u200b", "\u200b", "n\u0303" * 300]
    rows = [old_files.book(place, name=name) for place, name in enumerate(names, start=1)]
    path = old_files.write(tmp_path / "bookstore.db", [old_files.user()], rows)

    old_files.import_file(path)
    first = list(Book.objects.order_by("pk").values_list("pk", "name"))
    # As an earlier version stored it.
    QuerySet(Book).filter(pk=1).update(name=DECOMPOSED)
    old_files.import_file(path)

    assert [name for _, name in first] == [
        COMPOSED,
        f"{COMPOSED} (2)",
        "Untitled",
        "\u00f1" * 254 + "\u2026",
    ]
    assert Book.objects.count() == 4
    assert Book.objects.get(pk=1).name == DECOMPOSED


def test_normalising_is_idempotent_and_agrees_with_the_documents_pattern(st: Any) -> None:
    def holds(text: str) -> None:
        stored = normalize_text(text)
        assert normalize_text(stored) == stored
        assert unicodedata.is_normalized("NFC", stored)
        assert is_blank(text) is (stored == "")
        is_taken = stored != "" and "\0" not in text
        # The document's pattern does not have the invisible characters beyond U+FFFF.
        seen = text if is_taken else "".join(filter(lambda character: character <= "\uffff", text))
        assert bool(re.search(VISIBLE, seen)) is is_taken

    invisible = st.text(st.sampled_from(sorted(INVISIBLE)), max_size=3)
    visible = st.text(max_size=10) | st.sampled_from([FAMILY, SCOTLAND, HEART, DECOMPOSED])
    check(holds, st.builds("".join, st.lists(invisible | visible, max_size=4)), examples=500)


def test_the_invisible_characters_are_those_of_unicode() -> None:
    """General_Category is Python's; Default_Ignorable_Code_Point is not there to compare with."""
    assert INVISIBLE.isdisjoint("\U00016fe4\U0001d159")
    categories = {"Cc", "Cf", "Zs", "Zl", "Zp"}
    visible = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    hieroglyphs = range(0x13430, 0x13440)
    for code in range(1, 0x110000):
        if unicodedata.category(chr(code)) in categories and code not in {*visible, *hieroglyphs}:
            assert chr(code) in INVISIBLE, hex(code)

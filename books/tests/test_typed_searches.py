"""GET books?q=: what people type finds what publishers' data contain, and nothing is refused."""

import string
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from books.models import Book
from books.search import lookups
from books.search.folding import fold
from books.search.text import MAXIMUM_WORDS, words_of
from tests.client import ConformingClient

from .test_search import get_page

# A stored name, and texts that find it.
TYPED = [
    ("God’s Own Country", ["god's own", "God’s", "god´s", "godʼs", "god`s"]),
    ("She's Not There", ["she’s not", "SHE‘S"]),
    ("П’ять зошитів", ["п'ять", "пʼять", "п`ять"]),
    ("1914–1918", ["1914-1918", "1914—1918", "١٩١٤-١٩١٨"]),
    ("Catch‐22", ["catch-22", "catch\u201122", "CATCH–22"]),
    ("O’Brien", ["o'brien", "O´Brien"]),
    ("Guðrún", ["gudrun", "guðrún"]),
    ("Þorbergur", ["thorbergur", "þorbergur"]),
    ("کتاب سرگذشت", ["كتاب", "كتاب سرگذشت"]),
    ("مدرسة الحياة", ["مدرسه", "مدرسة", "مدرسہ", "الحیاه"]),
    ("أحمد", ["احمد", "آحمد"]),
    ("צה״ל", ['צה"ל', "צה”ל"]),
    ("ג׳ירפה", ["ג'ירפה", "ג’ירפה"]),
    ("Hawaiʻi", ["hawai'i", "HAWAI’I"]),
    ("„Ansichten eines Clowns“", ['"ansichten', "«Ansichten", "clowns”"]),
    ("ko\u00adoperieren", ["kooperieren", "kooper\u00adieren"]),
    ("Naïve – Super", ["naive -", "super"]),
    ("Programming in C++", ["c++", "C＋＋"]),
    ("100%", ["100%", "100％"]),
    ("İstanbul", ["istanbul", "ISTANBUL", "ıstanbul"]),
    ("ﬁn de siècle", ["fin de siecle"]),
    ("😀 emoji", ["😀", "😀\ufe0f"]),
    ("戦争と平和", ["平", "和", "戦争"]),
    ("สงครามและสันติภาพ", ["สงคราม"]),
    ("한글", ["한글", "글"]),
]
# What no title has in common with what was typed.
NOT_FOUND = [("ガラス", "カラス"), ("گل", "كل"), ("O’Brien", "obrien"), ("C++", "c--")]


@pytest.fixture
def title(ada: User, make_book: Callable[..., Book]) -> Callable[[str], Book]:
    """Store a book with this name beside another one."""

    def store(name: str) -> Book:
        make_book(ada, name="Zzz", author="Yyy", publisher="Xxx")
        return make_book(ada, name=name, author="Nobody", publisher="Nowhere")

    return store


@pytest.mark.parametrize(("name", "texts"), TYPED)
def test_what_is_typed_finds_what_is_stored(
    as_ada: ConformingClient, title: Callable[[str], Book], name: str, texts: list[str]
) -> None:
    book = title(name)

    for text in [*texts, name]:
        for parameter in ("q", "name"):
            found = get_page(as_ada, {parameter: text})["results"]
            assert [each["id"] for each in found] == [book.pk], (parameter, text)


@pytest.mark.parametrize(("name", "text"), NOT_FOUND)
def test_what_tells_words_apart_is_not_found(
    as_ada: ConformingClient, title: Callable[[str], Book], name: str, text: str
) -> None:
    title(name)

    assert get_page(as_ada, {"q": text})["results"] == []


@pytest.mark.parametrize(
    "text",
    [
        "x" * 256,
        "平" * 5_000,
        "⁗" * 6_000,
        " ".join(["middlemarch"] * 1_000),
        " ".join(map(str, range(2_000))),
        " ".join(string.ascii_letters),
        "-" * 300,
        "'''",
        "\t\n middlemarch \x07\r\n",
        "; DROP TABLE books --",
        "a AND OR NOT NEAR(b) *",
        '"',
        "%_\\",
        "\U0010ffff\ufffe",
        "\u202emarch",
    ],
)
def test_nothing_that_can_be_typed_is_refused(as_ada: ConformingClient, text: str) -> None:
    assert as_ada.get("/api/v1/books", {"q": text, "count": "true"}).status_code == 200


def test_the_whole_of_a_long_record_is_found(as_ada: ConformingClient, ada: User) -> None:
    words = " ".join(f"{number:x}-{number:b}" for number in range(1_000))
    name, author, publisher = (words[start : start + 255].strip() for start in (0, 300, 600))
    book = Book.objects.create(owner=ada, name=name, author=author, publisher=publisher)
    text = f"{name} {author} {publisher}"
    assert len(words_of(text)) == MAXIMUM_WORDS

    assert [each["id"] for each in get_page(as_ada, {"q": text})["results"]] == [book.pk]
    assert get_page(as_ada, {"q": f"{text} {'q' * 40}"})["results"] == []


def test_of_too_many_words_the_longest_count() -> None:
    words = [f"{'x' * length}{length}" for length in range(1, MAXIMUM_WORDS + 10)]

    found = {needle.texts[0] for needle in words_of(" ".join(words))}

    assert found == set(words[9:])


def test_the_index_is_asked_for_the_beginning_of_a_long_word() -> None:
    asked = lookups.match(words_of("".join(map(chr, range(0x4E00, 0x5E00)))))

    assert asked.count("AND") == lookups.MAXIMUM_TERMS


@pytest.mark.parametrize("text", ["", " ", "\u00ad", "\u200b\u2060 \ufeff", "\ufe0f"])
def test_a_search_for_nothing_visible_is_none(
    as_ada: ConformingClient, book: Book, text: str
) -> None:
    for parameter in ("q", "name", "author", "publisher"):
        found = get_page(as_ada, {parameter: text})["results"]
        assert [each["id"] for each in found] == [book.pk]


# Without NUL and lone surrogates, which a database does not store.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
# Most random characters have no variants; these have.
VARIED = st.sampled_from("'’ʼ\"“«-–−\u00adðþكکيىهةأ٧७ǅßıİﬁåÅΣς゙ガ֑׳״")


@pytest.mark.django_db
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.text(LETTERS | VARIED, min_size=1, max_size=40))
@example("\u0345")
@example("\u1fb3")
def test_a_folded_text_finds_its_own_text(text: str) -> None:
    Book.objects.all().delete()
    user, _ = User.objects.get_or_create(name="ada")
    # The serializer refuses a blank name.
    book = Book.objects.create(owner=user, name=f"{text}.", author="Nobody", publisher="Nowhere")

    def finds(books: Any) -> bool:
        return list(books.values_list("pk", flat=True)) == [book.pk]

    assert finds(Book.objects.containing(text))
    assert finds(Book.objects.containing(fold(text)))
    assert finds(Book.objects.containing_in("name", text))
    # In capitals, the iota below a Greek letter is a letter of its own.
    capitals = unicodedata.normalize("NFD", text).replace("\u0345", "").upper()
    assert finds(Book.objects.containing(capitals or text))

"""JSON arrays and objects with other names, in blocks of any size."""

import io
import json
from typing import Any

import pytest

from books.transfer.errors import FileError, RowError
from books.transfer.findings import Findings
from books.transfer.options import PLAIN
from books.transfer.readers import json_items
from books.transfer.readers.json_items import Items, item_rows
from books.transfer.readers.kinds import CSV_FILE, JSON_FILE, NDJSON_FILE

from .foreign import FILES, read, refusal
from .test_properties import check

EMMA = {"name": "Emma", "author": "Jane Austen", "publisher": "Murray"}
PERSUASION = {"name": "Persuasion", "author": "Jane Austen", "publisher": "Murray"}


@pytest.mark.parametrize("kind", [None, JSON_FILE, NDJSON_FILE])
@pytest.mark.parametrize("name", ["array.json", "pretty.json"])
def test_an_array_of_books(kind: Any, name: str) -> None:
    assert read((FILES / name).read_bytes(), kind).books == [{**EMMA, "publisher": "Penguin"}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(EMMA) + "\n" + json.dumps(PERSUASION),
        json.dumps(EMMA, indent=2) + json.dumps(PERSUASION, indent=2),
        json.dumps([EMMA, PERSUASION]),
        "\ufeff \n" + json.dumps([EMMA, PERSUASION], indent=1) + "\n\n",
    ],
)
def test_objects_in_any_layout(text: str) -> None:
    assert read(text).books == [EMMA, PERSUASION]
    assert read(text, JSON_FILE).books == [EMMA, PERSUASION]
    assert read(text.encode("utf-16")).books == [EMMA, PERSUASION]


def test_an_empty_array_has_no_books() -> None:
    assert read("[]").rows == read(" [ \n ] ", JSON_FILE).rows == []


def test_json_is_not_looked_for_in_what_is_called_csv() -> None:
    assert {error.code for error in _refusals("[]", CSV_FILE)} >= {"unknown_column"}


def _refusals(text: str, kind: Any) -> list[RowError]:
    with pytest.raises(FileError) as refused:
        read(text, kind)
    return refused.value.rows


def test_other_names_are_known_in_objects() -> None:
    text = json.dumps(
        [
            {"title": "Emma", "authors": ["Jane Austen", "John Doe"], "publisher": "Murray"},
            {"Title": "b", "AUTHOR": "c", "isbn13": 9780141439549, "year": 1815, "list_price": 9.5},
            {"title": None, "author": "c", "ISBN": ["0141439548", "9780141439549"]},
            {"title": "d", "author": {"name": "c"}, "publisher": [["x"]], "isbn": ""},
            {"title": "e", "author": True},
        ]
    )
    found = read(text)
    assert found.books == [
        {"name": "Emma", "author": "Jane Austen, John Doe", "publisher": "Murray"},
        {
            "name": "b",
            "author": "c",
            "isbn": "9780141439549",
            "published_on": "1815",
            "price": "9.5",
        },
        {"name": "", "author": "c", "isbn": "9780141439549"},
        {"name": "d", "author": {"name": "c"}, "publisher": "x"},
        {"name": "e", "author": True},
    ]
    assert found.findings.columns["authors"] == ["author"]


def test_our_names_in_another_case_keep_their_values() -> None:
    row = {"Name": "Emma", "AUTHOR": "a", "Published On": None, "price": 9.5, "ID": 7}
    [book] = read(json.dumps([row])).books
    assert book == {"name": "Emma", "author": "a", "published_on": None, "price": 9.5, "id": 7} | {
        "price": book["price"]
    }
    assert str(book["price"]) == "9.5"


def test_unknown_members_are_left_to_the_checks_or_left_out() -> None:
    own = [{**EMMA, "shelf": 1}]
    other = [{"title": "Emma", "author": "a", "shelf": 1}]
    assert read(json.dumps(own)).books == own
    assert read(json.dumps(own), unknown="ignore").books == [EMMA]
    assert read(json.dumps(other * 2)).books == [{"name": "Emma", "author": "a", "shelf": 1}] * 2
    found = read(json.dumps(other), unknown="ignore")
    assert (found.books, list(found.findings.left)) == (
        [{"name": "Emma", "author": "a"}],
        ["shelf"],
    )


def test_members_are_mapped_by_hand_and_dates_have_a_form() -> None:
    text = json.dumps({**EMMA, "published_on": "23.12.1815", "cost": "12,50"})
    [book] = read(text, columns="cost:price", date_format="%d.%m.%Y").books
    assert book == {**EMMA, "published_on": "1815-12-23", "price": "12.50"}


def test_very_many_sets_of_names_are_not_all_remembered() -> None:
    rows = [{**EMMA, f"x{number}": 1} for number in range(500)]
    found = read(json.dumps(rows), unknown="ignore")
    assert len(found.books) == 500
    assert len(found.findings.left) == 200
    assert len(found.findings.columns) == 3


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ('[{"name": "a"}', 1, "invalid_json"),
        ('[{"name": "a"},\n{"name": }]', 2, "invalid_json"),
        ('[{"name": "a"}\n{"name": "b"}]', 1, "invalid_json"),
        ('[{"name": "a"}] []', 1, "invalid_json"),
        ('[{"name": "a"},]', 1, "invalid_json"),
        ("{1: 2}", 1, "invalid_json"),
        ('{"1": {"title": "a"}, 2}', 1, "invalid_json"),
        ('{"1": {"title": "a"} "2"}', 1, "invalid_json"),
        ('[{"a": ' + "[" * 30_000, 1, "invalid_json"),
        ('[{"name": "' + "x" * 70_000 + '"}]', 1, "row_too_long"),
        ('[{"name": "' + "x" * 200_000, 1, "invalid_json"),
    ],
)
def test_json_that_can_not_be_read_on(text: str, line: int, code: str) -> None:
    error = refusal(text, JSON_FILE)
    assert (error.line, error.code) == (line, code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[{}, 1]", "not_an_object"),
        ("[{}, [1]]", "not_an_object"),
        ('[{}, {"name": NaN}]', "parse_error"),
        ('[{}, {"name": 1, "name": 2}]', "parse_error"),
        ('[{}, {"price": ' + "9" * 5_000 + "}]", "parse_error"),
        ('[{}, {"price": 1e' + "9" * 30 + "}]", "parse_error"),
    ],
)
def test_a_value_that_is_no_book_refuses_its_row(text: str, code: str) -> None:
    (_, first), (_, error) = read(text).rows
    assert first == {}
    assert isinstance(error, RowError)
    assert error.code == code


def test_a_file_in_no_utf_8_or_cut_off() -> None:
    assert refusal(b'[{"name": "\xe9"}]').code == "invalid_encoding"
    items = Items(_Cut(b"[1,"))
    with pytest.raises(FileError) as refused:
        list(items)
    assert refused.value.row.code == "invalid_gzip"


class _Cut(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) or self._stop()

    def _stop(self) -> bytes:
        raise EOFError


def test_rows_are_bounded() -> None:
    assert list(Items(io.BytesIO(b"[1, 2]"), maximum_rows=2)) == ["1", "2"]
    with pytest.raises(FileError) as refused:
        list(Items(io.BytesIO(b"[1, 2,\n3]"), maximum_rows=2))
    assert (refused.value.row.line, refused.value.row.code) == (2, "too_many_rows")


def test_blocks_may_end_anywhere(st: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of a block shows in no row."""
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    )

    def holds(rows: list[Any], size: int, indent: int | None) -> None:
        monkeypatch.setattr(json_items, "BLOCK", size)
        text = json.dumps(rows, ensure_ascii=False, indent=indent).encode("utf-8", "replace")
        found = [json.loads(each) for each in Items(io.BytesIO(text))]
        assert found == json.loads(text)

    rows = st.lists(values, max_size=5)
    check(holds, rows, st.integers(1, 40), st.none() | st.just(1), examples=200)


def test_lines_are_counted() -> None:
    text = json.dumps([EMMA, PERSUASION, 3], indent=1)
    items = Items(io.BytesIO(text.encode()))
    assert [line for line, _ in item_rows(items, PLAIN, Findings())] == [2, 7, 12]


def test_spaces_around_a_name_that_nobody_knows_do_not_hide_it() -> None:
    [row] = read('[{"name": "x", "author": "y", " foo ": 1}]').books
    assert row == {"name": "x", "author": "y", " foo ": 1}

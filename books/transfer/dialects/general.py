"""Spreadsheets: the usual words for a book's members, in English and German.

A header may be in any case, with spaces, hyphens or underscores. Of two columns for one member, the
first one counts that has a value in the row, in the order of these lists.
"""

from books.fields import FIELDS, MEMBERS
from bookstore_project.api.parsers import strict_json

from .cells import Convert, Style, date_of, first_last, isbn_of, price_of, text_of
from .dialect import Take, heading

WORDS = {
    "name": (
        "title",
        "book title",
        "book name",
        "book",
        "titel",
        "buchtitel",
        "buch",
        "haupttitel",
        "bezeichnung",
    ),
    "author": (
        "authors",
        "author name",
        "author names",
        "author text",
        "author full name",
        "book author",
        "primary author",
        "main author",
        "writer",
        "creator",
        "creators",
        "autor",
        "autoren",
        "autor/in",
        "autorin",
        "autor*in",
        "autor:in",
        "autor*innen",
        "autor:innen",
        "verfasser",
        "verfasser/in",
        "verfasserin",
        "schriftsteller",
        "urheber",
    ),
    "publisher": (
        "publisher name",
        "publishers",
        "publishing house",
        "publisher code",
        "imprint",
        "verlag",
        "verlage",
        "verlagsname",
        "herausgeberverlag",
    ),
    "price": (
        "list price",
        "retail price",
        "cover price",
        "sale price",
        "selling price",
        "unit price",
        "preis",
        "ladenpreis",
        "listenpreis",
        "verkaufspreis",
        "einzelpreis",
        "originalpreis",
        "vk",
        "vk-preis",
        "bruttopreis",
    ),
    "isbn": (
        "isbn13",
        "isbn/uid",
        "isbn10",
        "isbn/issn",
        "isbn/ean",
        "ean/isbn",
        "isbn number",
        "isbn no",
        "isbn nr",
        "isbn nummer",
        "isbns",
        "ean",
        "ean13",
        "ean code",
        "ean isbn13",
        "upc isbn10",
    ),
    "published_on": (
        "published",
        "date published",
        "published date",
        "publication date",
        "publish date",
        "publishing date",
        "pubdate",
        "pub date",
        "publ date",
        "date of publication",
        "release date",
        "publication year",
        "year published",
        "year of publication",
        "published year",
        "pub year",
        "publ year",
        "year",
        "copyright date",
        "copyright year",
        "copyright",
        "erscheinungsdatum",
        "erscheinungstermin",
        "erschienen am",
        "erschienen",
        "veröffentlicht am",
        "veröffentlicht",
        "veröffentlichung",
        "veröffentlichungsdatum",
        "publikationsdatum",
        "erscheinungsjahr",
        "veröffentlichungsjahr",
        "publikationsjahr",
        "jahr",
    ),
}
# Columns with names in the other order. They come after all of the above.
LAST_FIRST = (
    "author (last, first)",
    "author l-f",
    "author sort",
    "autor (nachname, vorname)",
    "autor (name, vorname)",
)
# What a header names if its prices have one currency, as `Preis (€)` or `Price in EUR`.
PRICED_IN = ("€", "EUR", "euro", "$", "USD", "£", "GBP", "CHF")


def _price_in(sign: str) -> Convert:
    def price(text: str, style: Style) -> str:
        has_sign = any(character.isalpha() or character in "€$£" for character in text)
        return price_of(text if has_sign else f"{text} {sign}", style)

    return price


def value_of(text: str, style: Style) -> object:
    """Return the number or the boolean in a cell, or any other text unchanged."""
    try:
        return strict_json(text.removesuffix(".0").lower())
    except ValueError:
        return text


# Texts and choices are taken as they are.
CONVERTERS: dict[str, Convert] = {
    "ISBN": isbn_of,
    "PRICE": price_of,
    "DATE": date_of,
    "PERIOD": date_of,
    "INTEGER": value_of,
    "BOOLEAN": value_of,
}
BY_MEMBER = {field.name: CONVERTERS.get(field.kind.name, text_of) for field in FIELDS}
DATES = frozenset(name for name, convert in BY_MEMBER.items() if convert is date_of)


def converter_of(member: str) -> Convert:
    """Return the converter of a member's cells. Members that identify a book are texts."""
    return BY_MEMBER.get(member, text_of)


# Our own names, in any case.
OWN = {heading(member): member for member in MEMBERS}


def _words() -> dict[str, Take]:
    found: dict[str, Take] = {}
    for member, words in WORDS.items():
        for word in words:
            found.setdefault(heading(word), Take(word, member, converter_of(member)))
    for word in ("price", *WORDS["price"]):
        for sign in PRICED_IN:
            for named in (f"{word} {sign}", f"{word} in {sign}"):
                found.setdefault(heading(named), Take(named, "price", _price_in(sign)))
    for word in LAST_FIRST:
        found.setdefault(heading(word), Take(word, "author", first_last))
    return found


# The usual words by their headings, in the order in which they count.
USUAL = _words()
ORDER = {key: place for place, key in enumerate([*OWN, *USUAL])}

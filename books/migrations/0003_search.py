"""The search text of books, its index on either engine, and an index for each order.

The folding is a copy, because migrations import none of our code: this one fills the rows as the
code of its time did.
"""

import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# Marks of these combining classes turn a letter into another letter: Indic vowels and nuktas, the
# voicing of kana, viramas. All other marks are accents and points.
LETTER_MARKS = {0, 7, 8, 9}

# Letters whose stroke or tie Unicode does not treat as an accent.
PLAIN_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}

# PostgreSQL's trigrams consist of letters and digits only, so each sign is replaced by one of the
# 1,165 Yi syllables.
FIRST_SIGN, SIGNS = 0xA000, 1165


class _Spelling(dict[int, str]):
    """A cache from a character of a decomposed text to its folded form."""

    def __missing__(self, code: int) -> str:
        spelled = self[code] = _spell(chr(code))
        return spelled


def _spell(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Mn" and unicodedata.combining(character) not in LETTER_MARKS:
        return ""
    if category[0] in "PS":
        return chr(FIRST_SIGN + ord(character) % SIGNS)
    if category in ("Cc", "Cf"):
        # A line break separates words; a soft hyphen and a joiner are invisible.
        return " " if character.isspace() else ""
    return PLAIN_LETTERS.get(character, character)


_SPELLING = _Spelling()


def fold(text: str) -> str:
    """Return `text` without case, accents and compatibility forms, its words one space apart.

    Folding a folded text changes nothing. Signs that share a Yi syllable become equal.
    """
    bare = unicodedata.normalize("NFKD", text).translate(_SPELLING).casefold()
    folded = unicodedata.normalize("NFKD", bare).translate(_SPELLING)
    return " ".join(unicodedata.normalize("NFC", folded).split())


GAP = "  "


def search_text(values: Any) -> str:
    return "\n".join(_line(fold(value or "")) for value in values)


def _line(folded: str) -> str:
    words = folded.split()
    pairs = dict.fromkeys(pair for word in words for pair in _pairs(word))
    line = "".join(GAP + word for word in words)
    return f"{line}\t{''.join(GAP + pair for pair in pairs)}" if pairs else line


def _pairs(word: str) -> list[str]:
    """Return the pairs of letters inside a word that a search for one or two letters can find.

    A pair begins with or follows a letter of a script without capitals, many of which do not put
    spaces between words, or a sign, which is folded to such a letter.
    """
    if word.isascii():
        return []
    uncased = [unicodedata.category(letter) == "Lo" for letter in word]
    return [
        word[place : place + 2]
        for place in range(1, len(word))
        if uncased[place] or uncased[place - 1]
    ]


class Trigrams(TrigramExtension):
    """Creates pg_trgm. Undoing this migration keeps it, because others may use it too."""

    def database_backwards(self, *args: Any) -> None:
        pass


BATCH = 2_000
FIELDS = "name, author, publisher, isbn"

TRIGGERS = {
    "insert": """CREATE TRIGGER books_book_fts_insert AFTER INSERT ON books_book BEGIN
        INSERT INTO books_book_fts (rowid, search_text) VALUES (new.id, new.search_text); END""",
    "delete": """CREATE TRIGGER books_book_fts_delete AFTER DELETE ON books_book BEGIN
        INSERT INTO books_book_fts (books_book_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text); END""",
    "update": """CREATE TRIGGER books_book_fts_update AFTER UPDATE OF id, search_text ON books_book
        WHEN old.id <> new.id OR old.search_text <> new.search_text BEGIN
        INSERT INTO books_book_fts (books_book_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
        INSERT INTO books_book_fts (rowid, search_text) VALUES (new.id, new.search_text); END""",
}


def fill(apps: Any, schema_editor: Any) -> None:
    """Compute the search text of the stored books in batches."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT id, {FIELDS} FROM books_book WHERE id > %s ORDER BY id LIMIT {BATCH}",
                [last],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            last = rows[-1][0]
            cursor.executemany(
                "UPDATE books_book SET search_text = %s WHERE id = %s",
                [(search_text(values), key) for key, *values in rows],
            )


def index(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        # Every search would have to read a long list of pending rows.
        schema_editor.execute(
            "CREATE INDEX books_book_search_text_trgm ON books_book "
            "USING gin (search_text gin_trgm_ops) WITH (gin_pending_list_limit = 256)"
        )
        return
    schema_editor.execute(
        "CREATE VIRTUAL TABLE books_book_fts USING fts5(search_text, content='books_book', "
        "content_rowid='id', tokenize='trigram case_sensitive 1', detail='none', columnsize=0)"
    )
    schema_editor.execute("INSERT INTO books_book_fts (books_book_fts) VALUES ('rebuild')")
    for trigger in TRIGGERS.values():
        schema_editor.execute(trigger)


def drop_index(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX books_book_search_text_trgm")
        return
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER books_book_fts_{name}")
    schema_editor.execute("DROP TABLE books_book_fts")


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0002_versions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='book',
            name='book_created_at',
        ),
        Trigrams(),
        migrations.AddField(
            model_name='book',
            name='search_text',
            field=models.TextField(default='', editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='book',
            constraint=models.CheckConstraint(condition=models.Q(('search_text', ''), _negated=True), name='book_search_text_kept'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['isbn'], name='book_isbn'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['name', 'id'], name='book_name_id'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['author', 'id'], name='book_author_id'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['publisher', 'id'], name='book_publisher_id'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['price', 'id'], name='book_price_id'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['published_on', 'id'], name='book_published_on_id'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['created_at', 'id'], name='book_created_at_id'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['updated_at', 'id'], name='book_updated_at_id'),
        ),
        migrations.RunPython(index, drop_index),
    ]

"""Whether a field is really added in one place: five are, to a copy of the tree, and its tests run.

    python -m tests.add_fields [-n 2] [other arguments of pytest]

Only books/fields.py of the copy is edited, at its two marked places; `makemigrations` makes the
migration. Then the tests of the three apps run there, on SQLite. The exit status is that of pytest.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("books", "bookstore_project", "accounts")

FIELDS = Path("books/fields.py")
ABOVE_COLUMNS = "    # A new column goes above this line.\n"
ABOVE_ROWS = "    # A new row goes above this line.\n"

COLUMNS = """\
    language = models.CharField(max_length=TEXT_LENGTH, null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    acquired_on = models.DateField(null=True, blank=True)
    is_signed = models.BooleanField(null=True, blank=True)
    edition_kind = models.CharField(
        max_length=20,
        choices=[("hardback", "hardback"), ("paperback", "paperback")],
        null=True,
        blank=True,
    )
"""
ROWS = """\
    BookField(
        "language", Kind.TEXT, "English", Use.SEARCHED | Use.PART | Use.ORDERED | Use.LISTED
    ),
    BookField("pages", Kind.INTEGER, 904, Use.RANGE | Use.ORDERED | Use.NARROWED),
    BookField("acquired_on", Kind.DATE, "2026-01-05", Use.RANGE | Use.ORDERED | Use.NARROWED),
    BookField("is_signed", Kind.BOOLEAN, True, Use.VALUE | Use.ORDERED | Use.NARROWED),
    BookField("edition_kind", Kind.CHOICE, "hardback", Use.VALUE | Use.ORDERED | Use.NARROWED),
"""


def copy_tree(target: Path) -> None:
    """Copy what git knows of, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def add_fields(tree: Path) -> None:
    """Declare the five fields in the one file that declares any."""
    path = tree / FIELDS
    text = path.read_text()
    for mark, lines in ((ABOVE_COLUMNS, COLUMNS), (ABOVE_ROWS, ROWS)):
        if text.count(mark) != 1:
            raise SystemExit(f"{FIELDS} has no single line {mark.strip()!r}.")
        text = text.replace(mark, lines + mark)
    path.write_text(text)


def run(tree: Path, *command: str) -> int:
    """Run Python there, with no database but one of the copy."""
    given = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment = {**given, "BOOKSTORE_ENV": "development", "PYTHONPATH": str(tree)}
    return subprocess.call([sys.executable, *command], cwd=tree, env=environment)


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory)
        copy_tree(tree)
        add_fields(tree)
        if failed := run(tree, "manage.py", "makemigrations", "books", "--name", "five_fields"):
            return failed
        if failed := run(tree, "manage.py", "migrate", "--verbosity", "0"):
            return failed
        return run(tree, "-m", "pytest", "-q", *arguments, *APPS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

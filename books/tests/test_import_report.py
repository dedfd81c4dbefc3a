"""The report can be printed on any terminal, and docs/moving-in.md explains each problem."""

import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from books.moving_in.columns import COLUMNS
from books.moving_in.report import Problem

from .old_files import book, import_file, user, write

PAGE = Path(settings.BASE_DIR) / "docs" / "moving-in.md"


@pytest.mark.django_db
def test_a_terminal_that_can_not_show_a_title_gets_it_escaped(tmp_path: Path) -> None:
    old = write(tmp_path / "old.db", [user()], [book(name="Бесы" * 70)])
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii")
    call_command("import_flask_bookstore", str(old), stdout=terminal, stderr=io.StringIO())
    terminal.flush()
    assert rb"was '\u0411\u0435\u0441\u044b" in raw.getvalue()


@pytest.mark.django_db
def test_a_title_drives_no_terminal_and_forges_no_line(tmp_path: Path) -> None:
    title = "\x1b[31m\nbooks 9, name: " * 20
    old = write(tmp_path / "old.db", [user()], [book(name=title)])
    output = import_file(old)
    assert len(output.splitlines()) == 4
    assert "\x1b" not in output


def test_the_page_has_a_rule_for_each_problem_and_no_other() -> None:
    rules = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rules == [*Problem]


def test_the_page_has_each_name_of_a_column() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table, columns in COLUMNS.items():
        for key, column in columns.items():
            [line] = re.findall(rf"^\| `{table}\.{key}` \|.*$", page, flags=re.MULTILINE)
            assert [name for name in column.names if f"`{name}`" not in line] == []

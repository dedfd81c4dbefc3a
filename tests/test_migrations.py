"""Migrations match the models, and import none of our code."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
OURS = {"accounts", "books", "bookstore_project"}
MIGRATIONS = sorted(
    path
    for app in OURS
    for path in (ROOT / app).glob("migrations/*.py")
    if path.name != "__init__.py"
)


@pytest.mark.django_db
def test_no_model_changed_without_a_migration(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", "--check", "--dry-run")

    assert capsys.readouterr().out == "No changes detected\n"


def test_there_are_migrations_to_read() -> None:
    assert {path.parent.parent.name for path in MIGRATIONS} == {"accounts", "books"}


@pytest.mark.parametrize(
    "path", MIGRATIONS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_a_migration_imports_none_of_our_apps(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import is one of ours"
            imported.add(node.module or "")

    assert not {name.partition(".")[0] for name in imported} & OURS

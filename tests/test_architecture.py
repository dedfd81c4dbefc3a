"""Rules for modules. Allowed imports are in .importlinter, which `make lint` checks."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "books", "bookstore_project")


def modules() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "tests" not in path.parts:
                yield path.relative_to(ROOT)


MODULES = list(modules())


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


@pytest.mark.parametrize("path", [path for path in MODULES if "migrations" in path.parts])
def test_migrations_import_none_of_our_code(path: Path) -> None:
    assert not [name for name in imported(path) if name.startswith(APPS)]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_outgrows_its_noun(path: Path) -> None:
    # The settings are one list in one module.
    limit = 420 if path.name == "settings.py" else 250
    assert len((ROOT / path).read_text().splitlines()) <= limit

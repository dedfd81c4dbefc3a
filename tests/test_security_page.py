"""docs/security.md is correct: each named test exists, and no requirement is missing."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDERS = ("accounts", "books", "bookstore_project", "tests")
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)))

# The number of requirements in each section of ASVS 5.0.
ASVS = {
    "6.1": 3,
    "6.2": 12,
    "6.3": 8,
    "6.4": 6,
    "6.5": 8,
    "6.6": 4,
    "6.7": 2,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 3,
    "7.6": 2,
    "9.1": 3,
    "9.2": 4,
}
RFC_8725 = {"2": 9, "3": 12}


def numbers(sections: dict[str, int]) -> list[str]:
    return [
        f"{section}.{number + 1}" for section, last in sections.items() for number in range(last)
    ]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of each row of the table under a heading, without the header lines."""
    section = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_the_page_names_is_there(file: str, name: str) -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob(Path(file).name)]
    ours = [path for path in files if path.as_posix().endswith(f"/{file}")]
    # Exactly one module must match the name.
    assert len([path for path in ours if name in functions_of(path)]) == 1


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("RFC 8725", numbers(RFC_8725)), ("OWASP ASVS 5.0", numbers(ASVS))],
)
def test_each_requirement_is_answered_once(heading: str, expected: list[str]) -> None:
    answered = rows(heading)
    assert [row[0] for row in answered] == expected
    assert all(row[-1] for row in answered)


def test_an_answer_is_a_test_or_a_reason() -> None:
    for *_, answer in rows("OWASP ASVS 5.0"):
        assert "::test_" in answer or answer.startswith(("not applicable: ", "no: ", "no, "))


def test_every_attack_is_in_a_module_that_the_page_leads_to() -> None:
    assert "](../accounts/tests/attacks)" in PAGE
    attacks = ROOT / "accounts" / "tests" / "attacks"
    named = {file.rpartition("/")[2] for file, _ in NAMED}
    assert {path.name for path in attacks.glob("test_*.py")} <= named

"""People and programs sign in and sign out: no text says that they log in."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bookstore_project.openapi.pages import openapi_document

# Not part of a route, of a code, or of the name of a file.
LOG_IN = re.compile(
    r"(?<![\w/.#-])(?:log(?:s|ged|ging)?(?: (?:you|them|nobody))?[ -](?:in|out)|log(?:in|out)s?)"
    r"(?![\w/.-]\w|/)",
    re.IGNORECASE,
)
TEXTS = ("summary", "description")
# Numbers of programs that call a sign-in "login", and the record of earlier versions.
LEFT_OUT = {"docs/performance.md", "CHANGELOG.md"}
CODE = re.compile(r"^```.*?^```|`[^`]*`|\]\([^)]*\)", re.DOTALL | re.MULTILINE)


def texts(value: Any, name: str = "") -> Iterator[str]:
    """Yield each text for people in the OpenAPI document."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, name)
    elif name in TEXTS and isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("Log in again.", True),
        ("a login by password", True),
        ("it logs you in", True),
        ("Nobody is logged in.", True),
        ("the logout.", True),
        ("POST /login", False),
        ("the event login_failed", False),
        ("login-limits.md", False),
        ("the log line", False),
    ],
)
def test_the_words_are_found(text: str, *, is_found: bool) -> None:
    assert bool(LOG_IN.search(text)) is is_found


def test_the_openapi_document_says_sign_in() -> None:
    found = [
        text for text in texts(openapi_document()) if LOG_IN.search(re.sub(r"`[^`]*`", "", text))
    ]

    assert found == []


def test_the_documents_say_sign_in() -> None:
    root = Path(settings.BASE_DIR)
    pages = [root / "README.md", *(root / "docs").rglob("*.md"), *(root / "examples").rglob("*.md")]
    named = {str(page.relative_to(root)): page.read_text() for page in pages}

    found = {
        name: LOG_IN.findall(CODE.sub("", text))
        for name, text in named.items()
        if name not in LEFT_OUT and LOG_IN.search(CODE.sub("", text))
    }

    assert found == {}

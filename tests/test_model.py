"""The product answers as the model predicts, and the model notices mistakes in the product."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver

from tests.tools import require_module

require_module("hypothesis")
require_module("time_machine")

from tests.model.runs import DifferenceError, quick, run  # noqa: E402  # tools may be missing

RULES = sorted((Path(__file__).parent / "model").glob("*_rules.py"))


@pytest.fixture(autouse=True)
def quick_runs(db: None) -> Iterator[None]:
    # The views are imported before a test replaces what they import.
    _ = get_resolver().url_patterns
    with quick():
        yield


def test_a_thousand_steps_make_no_difference() -> None:
    assert run(0) >= 1_000


def let_pass(*args: Any, **kwargs: Any) -> None:
    """Check nothing."""


# Mistakes that one line of the product could have, and what the model says about each.
MISTAKES: dict[str, tuple[str, Callable[..., Any], str]] = {
    "no theft of a refresh token is noticed": (
        "accounts.services.refresh.can_refresh",
        lambda session, *, generation: True,
        "answered 200, predicted 401 refresh_reused",
    ),
    "the use of an access token does not show that it has arrived": (
        "accounts.tokens.authentication.note_delivery",
        let_pass,
        "answered 200, predicted 401 refresh_reused",
    ),
    "a second factor need not be proved again": (
        "accounts.api.reauthentication.require_fresh_factor",
        let_pass,
        "predicted 401 step_up_required",
    ),
    "If-Match is not read": (
        "books.services.books.require_version",
        let_pass,
        "predicted 412 stale",
    ),
    "API tokens that stay when their user signs out end": (
        "accounts.services.sessions._end_api_tokens",
        let_pass,
        # Seen by the next use of a token that should have stayed, or in the list of tokens.
        r"answered (401 token_invalid, predicted (20[04]|403)|\[.*predicted \[\{'id')",
    ),
    "a name that was given up is free": (
        "accounts.services.users._refuse_held",
        let_pass,
        "answered 20[01], predicted 409 name_taken",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_model_notices_a_mistake(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, wrong, difference = MISTAKES[mistake]
    monkeypatch.setattr(place, wrong)
    with pytest.raises(DifferenceError, match=difference):
        play(seeds=10)


def play(*, seeds: int) -> None:
    for seed in range(seeds):
        run(seed, is_shrunk=False)


def lines_of_code(path: Path) -> int:
    """Return the number of lines without blank ones, comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    words = [
        node.body[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, documented) and ast.get_docstring(node) is not None
    ]
    told = {n for word in words for n in range(word.lineno, (word.end_lineno or 0) + 1)}
    lines = enumerate(map(str.strip, source.splitlines()), start=1)
    return sum(number not in told and line[:1] not in ("", "#") for number, line in lines)


def test_the_rules_are_small_enough_to_be_read_at_once() -> None:
    assert sum(map(lines_of_code, RULES)) <= 250

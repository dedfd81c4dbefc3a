"""Tools outside requirements.txt that some tests need; without them, the tests are skipped."""

import importlib
import os
from types import ModuleType

import pytest

# `make test` skips nothing.
IS_THOROUGH = os.environ.get("BOOKSTORE_TEST_REQUIRE_ALL") == "1"
DEVELOPMENT = "pip install -r requirements-dev.txt"


def examples(number: int) -> int:
    """Return the number of examples for a property test: all in `make test`, else a quarter."""
    return number if IS_THOROUGH else max(number // 4, 20)


def require_tool(*, is_there: bool, name: str, install: str) -> None:
    """Skip the test if a tool is missing, with a message on how to install it.

    With BOOKSTORE_TEST_REQUIRE_ALL=1, as in `make test`, the test fails instead.
    """
    if is_there:
        return
    message = f"{name} is missing. Install it: {install}"
    if IS_THOROUGH:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def require_module(name: str, *, install: str = DEVELOPMENT) -> ModuleType:
    """Return the imported module. Skips or fails as require_tool() does."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        require_tool(is_there=False, name=name, install=install)
        raise

"""Runs of the model, each made by a seed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from accounts.login.hashers import BookstoreArgon2PasswordHasher

from .machine import Machine

# A run has at most this many examples, each with this many steps and its own empty store: about a
# thousand steps in all. A list shows at most 100 rows, and an example makes fewer.
EXAMPLES, STEPS = 14, 90


class DifferenceError(Exception):
    """The product answered otherwise than the model. The text has the steps that show it."""


def run(number: int, *, is_shrunk: bool = True) -> int:
    """Play the run of a seed, and return the number of its steps.

    Raises DifferenceError. The steps in its text are as few as hypothesis could find, or those of
    the run itself unless `is_shrunk`.
    """
    before = Machine.steps
    profile = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
        phases=[Phase.generate, *([Phase.shrink] if is_shrunk else [])],
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(Machine), settings=profile)
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", []))
        raise DifferenceError(f"{type(error).__name__}: {error}\n{notes}") from error
    return Machine.steps - before


@contextmanager
def quick() -> Iterator[None]:
    """Hash at the least cost that Argon2 has, and write no log line for each refused request."""
    logging.disable(logging.CRITICAL)
    try:
        with patch.multiple(BookstoreArgon2PasswordHasher, time_cost=1, memory_cost=8):
            yield
    finally:
        logging.disable(logging.NOTSET)

"""Compares the product with the model for as many steps as are asked for."""

import argparse
import os
import sys
import time

import django
from django.conf import settings
from django.db import connection
from django.test.utils import setup_test_environment

# Seconds between two lines about the progress.
LINE_EVERY = 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--steps", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first run; the next is 1 more")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
    django.setup()
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    from .runs import quick  # noqa: PLC0415  # models can be imported from here on

    with quick():
        return play(asked.seed, asked.steps)


def play(seed: int, steps: int) -> int:
    """Play one run after the other until there are as many steps, and return the exit status."""
    from .runs import DifferenceError, run  # noqa: PLC0415  # see main()

    first, done, started, told = seed, 0, time.monotonic(), 0.0
    while done < steps:
        try:
            done += run(seed)
        except DifferenceError as difference:
            say(f"seed {seed}: a difference\n{difference}\n\n{command(seed, 1)}")
            return 1
        except KeyboardInterrupt:
            say(f"stopped after {done:,} steps; go on with\n{command(seed, steps - done)}")
            return 130
        seed += 1
        seconds = time.monotonic() - started
        if seconds - told > LINE_EVERY or done >= steps:
            told = seconds
            say(f"seeds {first} to {seed - 1}: {done:,} steps, {done / seconds:.0f} a second")
    return 0


def command(seed: int, steps: int) -> str:
    """Return the command that plays from a seed on, on the same engine and in the same mode."""
    mode = "" if settings.FAST_PATH else "FAST_PATH=off "
    is_sqlite = connection.vendor == "sqlite"
    engine = "" if is_sqlite else ".venv/bin/python -m tests.with_postgres "
    return f"    {mode}{engine}.venv/bin/python -m tests.model --seed {seed} --steps {steps}"


def say(text: str) -> None:
    """Print a text with the engine and the mode in front."""
    mode = "fast" if settings.FAST_PATH else "plain"
    sys.stdout.write(f"{connection.vendor}, {mode}: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

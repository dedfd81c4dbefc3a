"""Run the short drills, or the named ones: python -m tests.drills [name ...]

Prints a table, and exits with status 1 if any response missed its bound.
"""

import pkgutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from traceback import format_exception, format_exception_only

from .stage import Stage, collect_static
from .table import Row, table

Rows = Callable[[Stage], Iterator[Row]]

# Each takes longer than all others together, so they are run only by their names.
LONG = {"feed", "upgrade"}


def drills() -> dict[str, Rows]:
    """Return the drills: each module of this package that has a function `rows`."""
    found = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name != "__main__" and (
            rows := getattr(import_module(f"{__package__}.{module.name}"), "rows", None)
        ):
            found[module.name] = rows
    return found


def played(name: str, rows: Rows, stage: Stage) -> Iterator[Row]:
    """Yield the rows of a drill, and one more if it raises an error."""
    try:
        yield from rows(stage)
    except Exception as error:  # noqa: BLE001  # the other drills still run
        sys.stderr.write("".join(format_exception(error)))
        came = " ".join("".join(format_exception_only(error)).split())
        yield Row(drill=name, asked="-", came=came, bound="the drill ends", passed=False)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main(names: list[str]) -> int:
    found = drills()
    if unknown := set(names) - set(found):
        say(f"No drill: {', '.join(sorted(unknown))}. There are: {', '.join(found)}.")
        return 2
    started = time.monotonic()
    done: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bookstore-drills-") as directory:
        # PostgreSQL runs as another user, with its data in a folder below this one.
        Path(directory).chmod(0o755)
        static = collect_static(Path(directory))
        for name in names or [name for name in found if name not in LONG]:
            place = Path(directory) / name
            place.mkdir()
            for row in played(name, found[name], Stage(directory=place, static=static)):
                sys.stderr.write(" | ".join(row.cells) + "\n")
                done.append(row)
    say(table(done))
    missed = sum(not row.passed for row in done)
    seconds = time.monotonic() - started
    say(f"{len(done) - missed} of {len(done)} as they have to be, in {seconds:.0f} s.")
    return 1 if missed or not done else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command-line arguments of both programs."""

import argparse
from pathlib import Path

from .stores import ENGINES, SIZES

HERE = Path(__file__).resolve().parent


def options_of(program: str, arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{program}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("stores", type=Path, help="directory that stores are kept in, outside the repository")
    add("--sizes", type=int, nargs="+", default=SIZES, help="books in a store")
    add("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    add("--rounds", type=int, default=3, help="runs that count; one before them does not")
    add("--questions", type=int, default=1_000, help="of the generated mix")
    add("--seed", type=int, default=1, help="of the generated mix")
    add("--json", type=Path, default=HERE / "results" / f"{program}.json")
    add("--chart", type=Path, default=HERE.parent / "docs" / "charts" / f"{program}.svg")
    return parser.parse_args(arguments)

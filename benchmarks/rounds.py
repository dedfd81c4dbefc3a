"""An interleaved run: every piece of work once in each round, in a new random order."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .meter import Cost
from .report import median
from .stores import Store

KeyT = TypeVar("KeyT")


@dataclass(frozen=True)
class Work:
    """A piece of work in a store."""

    store: Store
    do: Callable[[], Any]


def run_rounds(work: Mapping[KeyT, Work], rounds: int) -> dict[KeyT, Cost]:
    """Return the median cost of each piece of work; a first warm-up round is not counted."""
    costs: dict[KeyT, list[Cost]] = {key: [] for key in work}
    keys = list(work)
    rng = random.Random(0)
    for number in range(rounds + 1):
        rng.shuffle(keys)
        for key in keys:
            cost = work[key].store.meter.cost(work[key].do)
            if number:
                costs[key].append(cost)
    return {key: _median(of) for key, of in costs.items()}


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        database=median(cost.database for cost in costs),
        whole=median(cost.whole for cost in costs),
        statements=max(cost.statements for cost in costs),
    )

"""Run the servers in turn on one store: compare their answers first, then time them."""

import json
import random
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .load import Load, LoadError, ask, is_slow, log_tail, press, time_slow
from .servers import SERVERS, Running, Server, running
from .works import Work, works_for

Key = tuple[str, str]


@dataclass
class Progress:
    """The progress of the run: one line on a terminal, or a line for each step elsewhere."""

    steps: int
    done: int = 0
    began: float = field(default_factory=time.monotonic)

    def step(self, text: str) -> None:
        self.done += 1
        left = (time.monotonic() - self.began) / self.done * (self.steps - self.done)
        line = f"[{self.done}/{self.steps}] {left / 60:.0f}:{left % 60:02.0f} left  {text}"
        is_terminal = sys.stderr.isatty()
        sys.stderr.write(f"\r{line:<78}" if is_terminal else f"{line}\n")
        sys.stderr.flush()


@contextmanager
def all_running(
    servers: tuple[Server, ...], *, store: str, programs: Path, logs: Path
) -> Iterator[list[Running]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                running(
                    server,
                    store=store,
                    programs=programs,
                    log=logs / f"{server.name.replace(' ', '-')}.log",
                )
            )
            for server in servers
        ]


class Comparison:
    """Every work of every server on one store."""

    def __init__(self, name: str, started: list[Running], caller: dict[str, Any]) -> None:
        self.name = name
        self.started = started
        self.works: list[tuple[Running, Work]] = [
            (one, work) for one in started for work in works_for(one.server, caller).values()
        ]
        self.loads: dict[Key, list[Load]] = {}
        self.slow: set[Key] = set()

    def compare(self) -> None:
        """Raise LoadError unless all servers send the same response."""
        said: dict[str, str] = {}
        for one, work in self.works:
            if one.server.name == "hello":
                continue
            essence = _comparable(ask(one, work, title=f"compared {one.server.name}")[0])
            if said.setdefault(work.name, essence) != essence:
                first = said[work.name]
                raise LoadError(
                    f"{work.name}: {one.server.name} says\n{essence:.600}\nand not\n{first:.600}"
                )

    def find_slow(self) -> None:
        for one, work in self.works:
            if is_slow(one, work):
                self.slow.add((one.server.name, work.name))

    def warm_up(self) -> None:
        """Send requests that are not counted, so that each process does its one-time work."""
        for number, (one, work) in enumerate(self.works):
            # Logins have no one-time work that compare() did not trigger.
            if work.name != "login" and (one.server.name, work.name) not in self.slow:
                press(one, work, seconds=1, run=f"warm {number}")

    def round(self, number: int, *, seconds: float, progress: Progress) -> None:
        """Time each work of each server, in a random order for each round."""
        order = list(self.works)
        # For each work, all servers are measured one after another, so that conditions are alike.
        rng = random.Random(number)  # nothing here is secret
        rng.shuffle(order)
        order.sort(key=lambda each: each[1].name)
        for one, work in order:
            key = (one.server.name, work.name)
            if key in self.slow:
                load = time_slow(one, work) if number == 0 else self.loads[key][0]
            else:
                load = press(one, work, seconds=seconds, run=f"{self.name} {number} {key[0]}")
            self.loads.setdefault(key, []).append(load)
            progress.step(f"{self.name}: {work.name} of {one.server.name}: {load.rate:,.0f}/s")

    def results(self) -> dict[str, Any]:
        return {
            one.server.name: {
                "memory_mib": round(one.memory(), 1),
                "works": {
                    work.name: self._result((one.server.name, work.name))
                    for each, work in self.works
                    if each is one
                },
            }
            for one in self.started
        }

    def _result(self, key: Key) -> dict[str, Any]:
        loads = self.loads[key]
        return {
            "rate": round(statistics.median(load.rate for load in loads), 1),
            "rates": [round(load.rate, 1) for load in loads],
            "p50_ms": round(statistics.median(load.p50 for load in loads), 2),
            "p99_ms": round(statistics.median(load.p99 for load in loads), 2),
            "is_timed_singly": key in self.slow,
        }


def _comparable(essence: Any) -> str:
    """Return JSON with times cut to milliseconds, as Django's encoder (in django-ninja) does."""
    text = json.dumps(essence, sort_keys=True)
    return re.sub(r"(T[0-9:]{8}\.\d{3})\d{3}Z", r"\1Z", text)


def chosen(names: list[str]) -> tuple[Server, ...]:
    return tuple(server for server in SERVERS if not names or server.name in names)


def tail_of_logs(logs: Path) -> str:
    return "\n".join(f"--- {log.name}\n{log_tail(log)}" for log in sorted(logs.glob("*.log")))

"""The cost of a page of search results, by the size of the store.

    python -m benchmarks.search /var/tmp/stores

Named words in every ordering, and a generated mix of questions with filters. Each question counts
as the median of its rounds; the table has the costs for each kind of question.
"""

from collections.abc import Iterator
from typing import Any

from .meter import Cost
from .options import options_of
from .pages import page_of
from .plot import write_chart
from .questions import Question, mixed_questions, named_questions
from .report import show, spread, table, write_json
from .rounds import Work, run_rounds
from .stores import Store, opened

DEAREST = 10

Costs = dict[tuple[Store, int], Cost]


def main(arguments: list[str] | None = None) -> None:
    options = options_of("search", arguments)
    questions = [*named_questions(), *mixed_questions(options.questions, seed=options.seed)]
    with opened(options.stores, options.engines, options.sizes) as stores:
        work = {
            (store, number): Work(store, page_of(store, question.parameters_for(store)))
            for store in stores
            for number, question in enumerate(questions)
        }
        costs = run_rounds(work, options.rounds)
        results = [_result(store, questions, costs) for store in stores]
        write_json(options.json, stores, {"rounds": options.rounds, "stores": results})
    show(table(("store", "kind", "median", "p99", "max", "statements"), _rows(results)))
    write_chart(options.chart, "A page of the search: database time", _lines(results))


def _result(store: Store, questions: list[Question], costs: Costs) -> dict[str, Any]:
    kinds: dict[str, list[int]] = {}
    for number, question in enumerate(questions):
        kinds.setdefault(question.kind, []).append(number)
    return {
        "engine": store.engine,
        "books": store.books,
        "kinds": {
            kind: _summary([costs[store, number] for number in numbers])
            for kind, numbers in kinds.items()
        },
        "dearest": _dearest(store, questions, costs),
    }


def _summary(costs: list[Cost]) -> dict[str, Any]:
    return {
        "database_ms": spread([cost.database for cost in costs]),
        "whole_ms": spread([cost.whole for cost in costs]),
        "statements": max(cost.statements for cost in costs),
    }


def _dearest(store: Store, questions: list[Question], costs: Costs) -> list[dict[str, Any]]:
    """Return the most expensive questions, of the named ones and of the mix."""
    dearest = []
    for is_mix in (False, True):
        numbers = [n for n, question in enumerate(questions) if (question.kind == "mix") is is_mix]
        numbers.sort(key=lambda number: -costs[store, number].database)
        dearest += numbers[:DEAREST]
    return [
        {
            "kind": questions[number].kind,
            **questions[number].parameters_for(store),
            "database_ms": costs[store, number].database,
        }
        for number in dearest
    ]


def _rows(results: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for result in results:
        for kind, summary in result["kinds"].items():
            name = f"{result['engine']}, {result['books']:,}"
            yield [name, kind, *summary["database_ms"].values(), summary["statements"]]


def _lines(results: list[dict[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    lines: dict[str, list[tuple[int, float]]] = {}
    for kind, value in (("frequent", "max"), ("mix", "median"), ("mix", "p99"), ("mix", "max")):
        for result in results:
            cost = result["kinds"][kind]["database_ms"][value]
            name = f"{result['engine']}: {kind}, {value}"
            lines.setdefault(name, []).append((result["books"], cost))
    return lines


if __name__ == "__main__":
    main()

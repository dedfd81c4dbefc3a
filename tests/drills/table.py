"""The report of a drill: a row for each kind of request, and whether its response was right."""

from collections.abc import Iterable
from dataclasses import dataclass

from .client import Answer

HEAD = ("drill", "what was asked", "what came", "the bound", "")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: request, response, requirement, and whether it was met."""

    drill: str
    asked: str
    came: str
    bound: str
    passed: bool

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.drill, self.asked, self.came, self.bound, "ok" if self.passed else "MISSED")


@dataclass(frozen=True, kw_only=True)
class Bound:
    """The requirements for a response.

    `within` is in seconds. `shows` is a text that the body must contain. A 503 needs a Retry-After,
    unless `is_probe`: load balancers have their own interval.
    """

    status: int
    within: float
    shows: str = ""
    is_probe: bool = False

    def judge(self, drill: str, asked: str, *answers: Answer) -> Row:
        """Return the row for responses that all have to meet this bound."""
        statuses = sorted({answer.status for answer in answers})
        slowest = max(answer.seconds for answer in answers)
        came = f"{', '.join(map(str, statuses))} in {slowest:.2f} s"
        missed = next((answer for answer in answers if not self._is_met_by(answer)), None)
        return Row(
            drill=drill,
            asked=asked if len(answers) == 1 else f"{asked}, {len(answers)} times",
            came=came if missed is None else f"{came}: {missed.summary}",
            bound=str(self),
            passed=missed is None,
        )

    def _is_met_by(self, answer: Answer) -> bool:
        return (
            answer.status == self.status
            and answer.seconds <= self.within
            and self.shows in answer.body
            and (self.status != 503 or self.is_probe or "retry-after" in answer.headers)
        )

    def __str__(self) -> str:
        shown = f" {self.shows}" if self.shows else ""
        return f"{self.status}{shown} in {self.within:g} s"


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a table in plain text."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )

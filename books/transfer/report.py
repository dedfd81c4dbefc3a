"""What an import did, or why it did nothing."""

from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import RowError

# Refusals that are listed; the others are counted.
MAXIMUM_ERRORS = 1_000


@dataclass(kw_only=True)
class Report:
    """Rows counted by what became of them, and why each was refused that was."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: list[RowError] = field(default_factory=list)
    errors_truncated: bool = False
    # Whether the file could be read to its end.
    is_whole: bool = True

    @property
    def rows(self) -> int:
        return self.created + self.changed + self.unchanged + self.refused

    def refuse(self, errors: list[RowError]) -> None:
        """Note a row that is refused, for whatever is wrong with it."""
        self.refused += 1
        room = MAXIMUM_ERRORS - len(self.errors)
        self.errors += errors[:room]
        self.errors_truncated |= len(errors) > room

    def stop(self, error: RowError) -> None:
        """Note why the file can't be read on: it is listed, however many were refused before."""
        self.is_whole = False
        self.refused += 1
        self.errors_truncated |= len(self.errors) == MAXIMUM_ERRORS
        self.errors = [*self.errors[: MAXIMUM_ERRORS - 1], error]

    def data(self) -> dict[str, Any]:
        """Return what is shown to the caller."""
        members = asdict(self)
        del members["is_whole"]
        return members

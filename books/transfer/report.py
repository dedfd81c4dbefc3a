"""The report of an import: counts of rows, and the errors of refused rows."""

from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import RowError

# Errors beyond this number are not listed.
MAXIMUM_ERRORS = 1_000


@dataclass(kw_only=True)
class Report:
    """Rows counted by outcome, and the errors of the refused rows."""

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
        """Count a refused row, and list its errors."""
        self.refused += 1
        room = MAXIMUM_ERRORS - len(self.errors)
        self.errors += errors[:room]
        self.errors_truncated |= len(errors) > room

    def stop(self, error: RowError) -> None:
        """Note why the rest of the file can't be read. This error is always listed."""
        self.is_whole = False
        self.refused += 1
        self.errors_truncated |= len(self.errors) == MAXIMUM_ERRORS
        self.errors = [*self.errors[: MAXIMUM_ERRORS - 1], error]

    def data(self) -> dict[str, Any]:
        """Return the report as JSON members."""
        members = asdict(self)
        del members["is_whole"]
        return members

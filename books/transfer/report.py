"""The report of an import: counts of rows, the errors of refused rows, and what the file had."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import RowError
from .findings import Findings
from .row_checks import Checked

# The counts of rows: each row increases one of them.
COUNTS = ("created", "changed", "unchanged", "refused")

# Errors beyond this number are not listed.
MAXIMUM_ERRORS = 1_000


@dataclass(kw_only=True)
class Report:
    """Rows counted by outcome, the errors of the refused rows, and the columns of the file."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: list[RowError] = field(default_factory=list)
    errors_truncated: bool = False
    # Whether the file could be read to its end.
    is_whole: bool = True
    findings: Findings = field(default_factory=Findings)

    @property
    def rows(self) -> int:
        return self.created + self.changed + self.unchanged + self.refused

    def refuse(self, errors: list[RowError]) -> None:
        """Count a refused row, and list its errors."""
        self.refused += 1
        room = MAXIMUM_ERRORS - len(self.errors)
        self.errors += errors[:room]
        self.errors_truncated |= len(errors) > room

    def end_chunk(self, rows: Sequence[Checked | list[RowError]]) -> None:
        """Called when these rows have been counted, in their order."""

    def stop(self, errors: Sequence[RowError]) -> None:
        """Note why the rest of the file can't be read. These errors are always listed."""
        self.is_whole = False
        self.refused += 1
        listed = [*errors][:MAXIMUM_ERRORS]
        room = MAXIMUM_ERRORS - len(listed)
        self.errors_truncated |= len(self.errors) > room or len(listed) < len(errors)
        self.errors = [*self.errors[:room], *listed]

    def data(self) -> dict[str, Any]:
        """Return the report as JSON members."""
        return {
            **{name: getattr(self, name) for name in COUNTS},
            "errors": [asdict(error) for error in self.errors],
            "errors_truncated": self.errors_truncated,
            **self.findings.data(),
        }

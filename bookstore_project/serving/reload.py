"""Checks the version of the code on disk before a reload."""

import subprocess
import sys

# Timeout of the check, in seconds.
PATIENCE = 60
# The last lines of the check's output that are logged: they name the fault.
LINES = 3


def problem_of_new_version() -> str:
    """Return the fault of the code on disk or its database, or "" if it can be served."""
    command = [sys.executable, sys.argv[0], "serve", "--check"]
    try:
        checked = subprocess.run(  # noqa: S603  # this program itself
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        return f"Its check failed: {error}"
    if checked.returncode == 0:
        return ""
    last = checked.stderr.strip().splitlines()[-LINES:]
    return " ".join(last) or f"Its check ended with status {checked.returncode}."

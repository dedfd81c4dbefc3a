"""Whether the version of the code on disk can be served."""

import subprocess
import sys

# Seconds that the new version may take for its checks.
PATIENCE = 60
# How many lines of what the check printed are logged: its last ones say what is wrong.
LINES = 3


def problem_of_new_version() -> str:
    """Return what is wrong with the code on disk and its database; nothing if it can be served."""
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

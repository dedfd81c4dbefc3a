"""The browser: Debian's Chromium or, without it, Playwright's."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

INSTALL = "apt-get install chromium, or: playwright install chromium"

# Milliseconds until a test gives up. Nothing is shown by them: on a busy machine a page takes long.
PATIENCE = 120_000

# No sandbox, because root can't use it; and no requests of Chromium itself to the internet.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path(playwright: "Playwright") -> str | None:
    """Return the path of the browser's program, or None."""
    bundled = playwright.chromium.executable_path
    return shutil.which("chromium") or (bundled if Path(bundled).exists() else None)


def launch_chromium(playwright: "Playwright") -> "Browser":
    return playwright.chromium.launch(
        executable_path=chromium_path(playwright),
        args=ARGUMENTS,
        headless=True,
        timeout=PATIENCE,
    )

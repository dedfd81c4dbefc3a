"""Take the pictures of README.md again, from a server of its own.

    make screenshots

A title in Chinese or Japanese characters shows only where a font has them
(`apt-get install fonts-droid-fallback`).
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import launch_chromium
from tests.browser.visitor import Visitor, visiting
from tests.live import live_server

PICTURES = Path(__file__).resolve().parent
PAGES = {
    "browsable-api.png": "/api/v1/books",
    "admin.png": "/admin/books/book/",
    "account.png": "/account/",
}
SIZE = {"width": 1280, "height": 800}


def take(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
    visitor.sign_in_as_admin(then="/")
    for picture, path in PAGES.items():
        visitor.open(path)
        visitor.page.wait_for_load_state("networkidle")
        visitor.page.screenshot(path=PICTURES / picture)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as directory,
        live_server(directory=Path(directory)) as server,
        sync_playwright() as playwright,
        visiting(launch_chromium(playwright), server) as visitor,
    ):
        take(visitor)


if __name__ == "__main__":
    main()

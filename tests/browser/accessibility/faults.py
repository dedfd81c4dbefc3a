"""The checks of one page: axe-core's, and ours (checks.js), at two widths and in two schemes."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.live import ROOT
from tests.tools import require_tool

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = ROOT / ".venv-browser" / "node_modules" / "axe-core" / "axe.min.js"
OURS = Path(__file__).with_name("checks.js")

HEIGHT = 700
WIDE, NARROW = 1280, 390
# A window of 1280 px at a zoom of 200 %.
ZOOMED = WIDE // 2

# The rules of axe-core that depend on colours.
COLOURS = ("color-contrast", "link-in-text-block")
# The elements of Swagger UI and ReDoc.
THEIRS = ("#swagger-ui", "redoc")
# Where their scripts write the OpenAPI document.
DOCUMENT = "[data-document]"

Faults = dict[str, list[str]]

RUN_AXE = """
async ({ theirs, ...options }) => {
  const { violations } = await axe.run(
    document,
    { resultTypes: ["violations"], elementRef: true, preload: false, ...options },
  );
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => {
    const root = theirs.find((selector) => node.element.closest(selector)) ?? "";
    return [id, node.target.join(" "), root];
  }));
}
"""


@cache
def _scripts() -> str:
    ours = f"window.checks = window.checks({json.dumps(THEIRS)}); checks.shorten()"
    return f"{AXE.read_text()}\n{OURS.read_text()}\n{ours}"


def require_axe() -> None:
    require_tool(is_there=AXE.exists(), name="axe-core", install="make browser")


class Checker:
    """Collects the faults of the page that a browser shows."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.faults: Faults = {}
        self.width, self.media = 0, ("", "")

    def check(self, *, has_errors: bool = False) -> Faults:
        """Return the faults by rule. The page is at another place afterwards: in its content."""
        self.show(width=WIDE, scheme="light")
        self.prepare()
        if has_errors:
            self.ours("errors")
        self.ours("motion")
        self.ours("still")
        self.axe()
        self.ours("oneOf", "main, [role=main]", rule="one-main")
        self.ours("oneOf", "h1", rule="one-h1")
        self.show(width=WIDE, scheme="dark")
        if self.is_document:
            # Their scripts choose the scheme when the page is loaded.
            self.page.reload()
            self.prepare()
        self.axe(COLOURS)
        self.show(width=NARROW, scheme="dark")
        self.axe()
        self.ours("sideways", rule="sideways-390")
        self.show(width=NARROW, scheme="light")
        if not self.is_document:
            self.axe(COLOURS)
        self.show(width=ZOOMED, scheme="light")
        self.ours("sideways", rule="sideways-zoomed")
        self.show(width=WIDE, scheme="dark", media="print")
        self.ours("print")
        self.show(width=WIDE, scheme="light")
        self.keyboard()
        return self.faults

    def prepare(self) -> None:
        """Wait until the page is there, and bring the checks into it."""
        self.is_document = self.page.locator(DOCUMENT).count() > 0
        if self.is_document:
            self.page.wait_for_load_state("networkidle")
        self.page.evaluate(_scripts())

    def show(self, *, width: int, scheme: Any, media: Any = "screen") -> None:
        # Only what changes: the browser draws the page again after each call.
        if width != self.width:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
        if (media, scheme) != self.media:
            self.page.emulate_media(media=media, color_scheme=scheme, reduced_motion="reduce")
        self.width, self.media = width, (media, scheme)

    def axe(self, rules: Iterable[str] = ()) -> None:
        """Run these rules of axe-core, or all that it runs by default."""
        options = {"theirs": THEIRS, **({"runOnly": [*rules]} if rules else {})}
        for rule, place, root in self.page.evaluate(RUN_AXE, options):
            self.add(rule, place, root)

    def ours(self, check: str, *arguments: Any, rule: str = "") -> None:
        call = f"(arguments) => checks.{check}(...arguments)"
        for root, place in self.page.evaluate(call, arguments):
            self.add(rule or check, place, root)

    def keyboard(self) -> None:
        # A key tells the browser that the focus is to be seen.
        self.page.keyboard.press("Tab")
        self.ours("focus")
        self.ours("skipLink", rule="skip-link")
        if "skip-link" not in self.faults:
            self.page.keyboard.press("Enter")
            self.ours("skipped", rule="skip-link")

    def add(self, rule: str, place: str, root: str = "") -> None:
        """Note a fault, under another name if it is in an element of another program."""
        places = self.faults.setdefault(f"{rule} in {root}" if root else rule, [])
        if place not in places:
            places.append(place)

"""An SVG chart of cost against store size, both on logarithmic scales."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 250, 40, 50
COLOURS = ("#1b6ca8", "#c8553d", "#2e7d32", "#7b4fa3", "#b8860b", "#555555", "#0e8a8a", "#a03060")

Series = Mapping[str, Sequence[tuple[int, float]]]


def write_chart(path: Path, title: str, series: Series) -> None:
    """Draw each series as a line of (books, milliseconds)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(chart(title, series))


def chart(title: str, series: Series) -> str:
    points = [point for line in series.values() for point in line]
    across = _Scale([books for books, _ in points], LEFT, WIDTH - RIGHT)
    up = _Scale([cost for _, cost in points], HEIGHT - BOTTOM, TOP)
    parts = [_text(LEFT, 20, title, weight="bold"), *_grid(across, up)]
    for number, (name, line) in enumerate(series.items()):
        parts += _line(number, name, [(across.place(x), up.place(y)) for x, y in line])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    )
    return "\n".join([head, *parts, "</svg>\n"])


class _Scale:
    """Powers of ten, from one pixel to another."""

    def __init__(self, values: Sequence[float], start: int, end: int) -> None:
        self.low = math.floor(math.log10(max(min(values), 0.01)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.start, self.end = start, end

    def place(self, value: float) -> float:
        share = (math.log10(max(value, 10**self.low)) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def _grid(across: _Scale, up: _Scale) -> list[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for tick in across.ticks():
        x = across.place(tick)
        parts.append(_stroke(f"M{x} {TOP}V{floor}", "#ddd"))
        parts.append(_text(x, floor + 18, f"{tick:,.0f}", anchor="middle"))
    for tick in up.ticks():
        y = up.place(tick)
        parts.append(_stroke(f"M{LEFT} {y}H{right}", "#ddd"))
        parts.append(_text(LEFT - 8, y + 4, f"{tick:g}", anchor="end"))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 10, "books", anchor="middle"))
    parts.append(_text(8, TOP - 8, "ms"))
    return parts


def _line(number: int, name: str, places: Sequence[tuple[float, float]]) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    y = TOP + 10 + 20 * number
    legend = WIDTH - RIGHT + 20
    dots = [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    swatch = _stroke(f"M{legend} {y}h20", colour, 2)
    return [_stroke(path, colour, 2), *dots, swatch, _text(legend + 26, y + 4, name)]


def _stroke(path: str, colour: str, width: int = 1) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    place = f'x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}"'
    return f"<text {place}>{escape(text)}</text>"

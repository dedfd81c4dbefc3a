"""The tables and the chart of a comparison: rates, and ratios to the best peer and to the limit."""

from html import escape
from typing import Any

from .servers import SERVERS

PEERS = [server.name for server in SERVERS if server.is_peer]
OURS, LIMIT, HELLO = "Bookstore", "limit", "hello"
WORKS = ("page", "all", "one", "create", "login", "few", "many", "none")
# The product's targets: against the best peer, and against the limit.
GOALS = {
    "page": (3.0, 0.35),
    "all": (4.0, 0.75),
    "one": (2.5, 0.25),
    "create": (1.5, 0.25),
    "login": (1.0, 0.9),
}
COLOURS = {OURS: "#1b6ca8", LIMIT: "#bbbbbb"}
BAR, GAP, LEFT, WIDTH = 13, 10, 150, 760


def rate(results: dict[str, Any], server: str, work: str) -> float | None:
    """Return the median rate of a server, or None if it was not measured."""
    works = results.get(server, {}).get("works", {})
    return works[work]["rate"] if work in works else None


def best_peer(results: dict[str, Any], work: str) -> tuple[str, float] | None:
    rates = [(found, name) for name in PEERS if (found := rate(results, name, work))]
    return (max(rates)[1], max(rates)[0]) if rates else None


def tables(stores: dict[str, Any]) -> str:
    return "\n".join(f"### {name}\n\n{_table(found)}" for name, found in stores.items())


def _table(results: dict[str, Any]) -> str:
    names = [name for name in results if name != HELLO]
    lines = [["", *names, "to the best peer", "to the limit"], ["---"] * (len(names) + 3)]
    for work in WORKS:
        cells = [_number(rate(results, name, work)) for name in names]
        lines.append([work, *cells, *_ratios(results, work)])
    for text, key in (("p50", "p50_ms"), ("p99", "p99_ms")):
        for work in WORKS:
            times = [results[name]["works"].get(work, {}).get(key) for name in names]
            lines.append([f"{work}, {text} in ms", *map(_number, times), "", ""])
    memory = [_number(results[name]["memory_mib"]) for name in names]
    lines.append(["MiB of a process", *memory, "", ""])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _ratios(results: dict[str, Any], work: str) -> tuple[str, str]:
    own, best = rate(results, OURS, work), best_peer(results, work)
    limit = rate(results, LIMIT, work)
    goals = GOALS.get(work, (None, None))
    to_peer = _ratio(own, best[1] if best else None, goals[0])
    return (f"{to_peer} ({best[0]})" if best else "", _ratio(own, limit, goals[1]))


def _ratio(own: float | None, other: float | None, goal: float | None) -> str:
    if not own or not other:
        return ""
    missed = f", goal {goal}" if goal is not None and own / other < goal else ""
    return f"{own / other:.2f}{missed}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def chart(title: str, results: dict[str, Any]) -> str:
    """Draw the rate of each server as a share of the fastest one, work by work, as SVG."""
    parts: list[str] = []
    y = 40
    for work in WORKS:
        rates = {name: found for name in results if (found := rate(results, name, work))}
        rates.pop(HELLO, None)
        if not rates:
            continue
        parts.append(_text(10, y + BAR, work, weight="bold"))
        for name, found in rates.items():
            parts += _bar(y, name, found, found / max(rates.values()))
            y += BAR + 2
        y += GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 10}" '
        'font-family="sans-serif" font-size="11">'
        f'<rect width="{WIDTH}" height="{y + 10}" fill="white"/>'
    )
    return "\n".join([head, _text(10, 20, title, weight="bold"), *parts, "</svg>\n"])


def _bar(y: int, name: str, found: float, share: float) -> list[str]:
    width = round(share * (WIDTH - LEFT - 100), 1)
    colour = COLOURS.get(name, "#c8a04d")
    return [
        _text(LEFT - 6, y + BAR - 2, name, anchor="end"),
        f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" fill="{colour}"/>',
        _text(LEFT + width + 6, y + BAR - 2, f"{_number(found)}/s"),
    ]


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    place = f'x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}"'
    return f"<text {place}>{escape(text)}</text>"

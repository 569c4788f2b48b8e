"""Rows and in-stock share of the last runs, as the numbers of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 640.0, 160.0, 4.0


@dataclass(frozen=True, slots=True)
class Point:
    """One run: when it came, its rows, and the share of them in stock (0 to 1), where known."""

    at: str
    rows: int
    in_stock: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars for rows, lines for the share; a line is broken where a run does not tell it."""

    width: float
    height: float
    bars: list[Bar]
    lines: list[str]


def plot_of(points: Sequence[Point]) -> Plot:
    """Lay out the points, oldest left. Bars rise from zero, so that half the rows look like half."""
    step = WIDTH / len(points)
    most = max((point.rows for point in points), default=0) or 1
    bars, lines, line = [], [], list[str]()
    for number, point in enumerate(points):
        height = round(point.rows / most * HEIGHT, 1)
        bars.append(Bar(round(number * step + GAP / 2, 1), round(HEIGHT - height, 1), round(step - GAP, 1), height))
        if point.in_stock is not None:
            line.append(f"{(number + 0.5) * step:.1f},{HEIGHT * (1 - point.in_stock):.1f}")
        if line and (point.in_stock is None or number == len(points) - 1):
            lines.append(" ".join(line))
            line = []
    return Plot(WIDTH, HEIGHT, bars, lines)

"""What the cells of a column look like, told by the very functions that will read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.normalize.availability import parse_availability
from ingest.normalize.gtin import SCIENTIFIC, parse_code
from ingest.normalize.price import parse_price
from ingest.normalize.quantity import parse_quantity
from ingest.normalize.time import INSTANT, LOCAL, UNREADABLE, parse_moment
from inventory_api.domain.feed import FeedKind

ENOUGH = 0.8
"""Of a column's cells must read as what it is taken for: trailers and blanks are in every file."""

FEW_ROWS = 20
"""Below this, how often a code repeats says nothing."""

_DECIMALS = re.compile(r"-?[0-9]{1,3}\.[0-9]{3,}")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/[0-9]{4}.*")
_COMMA = re.compile(r".*[0-9],[0-9]{1,2}\D*")
_POINT = re.compile(r".*[0-9]\.[0-9]{1,2}\D*")
_WORD = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of one column that are not blank, and how many rows there were."""

    cells: list[str]
    rows: int

    def share(self, test: Callable[[str], bool]) -> float:
        """How many of the cells pass."""
        return sum(map(test, self.cells)) / len(self.cells) if self.cells else 0.0

    @property
    def distinct(self) -> int:
        """Different cells."""
        return len(set(self.cells))


def columns_of(rows: Sequence[Sequence[str]], width: int) -> list[Column]:
    """The columns of some rows; short rows lack the last."""
    return [Column([row[at] for row in rows if at < len(row) and row[at]], len(rows)) for at in range(width)]


def is_data(cells: Sequence[str]) -> bool:
    """Whether a row is no header: one of its cells is a number, a code or a time."""
    return any(any(char.isdigit() for char in cell) and _reads(cell) for cell in cells)


def guess(columns: Sequence[Column], taken: set[str]) -> dict[int, str]:
    """What columns without a known name may be, surest first; each is given to one.

    Args:
        columns: Those not understood yet may be blank; a position is that of its column here.
        taken: Columns of ours that are known already.
    """
    found: dict[int, str] = {}

    def give(position: int, name: str) -> None:
        found[position] = name
        taken.add(name)

    for name, test in _TESTS.items():
        fitting = [at for at, column in enumerate(columns) if at not in found and column.share(test) >= ENOUGH]
        if fitting and name not in taken:
            # Codes stand left of what is said of them: of two columns of numbers the last is the count.
            give(fitting[-1 if name == "quantity" else 0], name)
    codes = [at for at, column in enumerate(columns) if at not in found and column.cells]
    if "store_code" not in taken and codes:
        many = columns[codes[0]].rows >= FEW_ROWS
        give(min(codes, key=lambda at: columns[at].distinct if many else at), "store_code")
    rest = [at for at in codes if at not in found]
    if "id" not in taken and rest:
        give(max(rest, key=lambda at: (columns[at].distinct, -at)), "id")
    return found


def kind_of(names: set[str]) -> FeedKind:
    """The kind of feed that guessed columns speak for."""
    if {"lat", "lon"} <= names:
        return FeedKind.STORES
    is_list_of_products = "id" in names and not names & {"quantity", "availability"}
    return FeedKind.PRODUCTS if is_list_of_products else FeedKind.INVENTORY


def decimal_of(cells: Sequence[str]) -> str | None:
    """``,`` where numbers show that it is the decimal mark and none speaks against it."""
    commas = sum(1 for cell in cells if _COMMA.fullmatch(cell))
    points = sum(1 for cell in cells if _POINT.fullmatch(cell))
    return "," if commas and not points else None


def date_order_of(cells: Sequence[str]) -> tuple[bool, str | None]:
    """Whether there are slash dates, and the order that days above 12 prove."""
    pairs = [(int(match[1]), int(match[2])) for match in map(_SLASHED.fullmatch, cells) if match]
    if any(first > 12 for first, _ in pairs):
        return True, "dmy"
    if any(second > 12 for _, second in pairs):
        return True, "mdy"
    return bool(pairs), None


def lacks_zone(cells: Sequence[str]) -> bool:
    """Whether some times are on a wall clock."""
    return any(parse_moment(cell, "mdy")[1] == LOCAL for cell in cells)


def _reads(cell: str) -> bool:
    return any(test(cell) for test in _TESTS.values())


def _is_gtin(cell: str) -> bool:
    product, outcome = parse_code(cell, pads=True)
    return product > 0 or outcome == SCIENTIFIC


def _is_time(cell: str) -> bool:
    kind = parse_moment(cell, "mdy")[1]
    dmy = parse_moment(cell, "dmy")[1] if kind == UNREADABLE else kind
    return dmy in (LOCAL, INSTANT)


def _is_availability(cell: str) -> bool:
    return bool(_WORD.search(cell)) and not parse_availability(cell)[1].count("availability_unknown")


def _is_price(cell: str) -> bool:
    price, _ = parse_price(cell, "USD")
    return price is not None and not cell.isdigit()


def _is_quantity(cell: str) -> bool:
    units, _ = parse_quantity(cell)
    padded = len(cell) > 1 and cell.startswith("0")
    return 0 <= units < 1_000_000 and not padded and not _DECIMALS.fullmatch(cell)


def _is_degrees(cell: str) -> bool:
    return bool(_DECIMALS.fullmatch(cell)) and abs(float(cell)) <= 180


_TESTS: dict[str, Callable[[str], bool]] = {
    "gtin": _is_gtin,
    "timestamp": _is_time,
    "availability": _is_availability,
    "lat": _is_degrees,
    "lon": _is_degrees,
    "price": _is_price,
    "quantity": _is_quantity,
}
"""From what only one kind of cell looks like to what many do."""

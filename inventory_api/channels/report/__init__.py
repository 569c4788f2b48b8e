"""A feed run as one page to read, print or send on: for a browser with a key, and for ``feed check --html``.

Rendered when asked, from what the run stored (report, stats): a better page mends the old reports too, and
what feeds wrote is escaped by the program that shows it, not by the one that once kept it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from inventory_api.channels.report.plot import Point, plot_of
from inventory_api.domain.feed import FeedRun

__all__ = ["HISTORY", "MEANING", "PAGE_HEADERS", "Point", "points_of", "report_page"]

HISTORY = 20
"""Runs in the plot."""

MAX_STORES = 500
"""Rows of the table: those in trouble come first."""

_STYLE = (files("inventory_api.channels.report") / "report.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def _(message: str) -> str:
    """Marks a text for the catalogs; this page itself speaks English."""
    return message


MEANING = {
    "queued": _("The file is safely kept and waits for its turn. Shoppers see what they saw before."),
    "running": _("The file is being read. Shoppers see what they saw before, until all of it was checked."),
    "published": _("Shoppers see this feed now."),
    "unchanged": _("Nothing differs from what shoppers see already; where it was published, its age counts from now."),
    "outdated": _("A newer feed is published already. This one was kept and changes nothing."),
    "quarantined": _("It looks wrong as a whole, so it waits for your word. Shoppers see the feed before it."),
    "rejected": _("It was not used. Shoppers see the feed before it, which grows older."),
    "fetch_failed": _("We could not fetch the file. Shoppers see the feed before it, which grows older."),
    "failed": _("A fault of ours, not of your file. It was kept; shoppers see the feed before it."),
    "checked": "A trial: the file was checked, and nothing of it was published.",
    "accepted": "It would be accepted as far as a check without your other data can tell. Nothing was sent.",
}
"""What a status means for shoppers, in English."""


@dataclass(frozen=True, slots=True)
class StoreRow:
    """One store in the table; None where a run's stats do not say. Shares are 0 to 1."""

    code: str
    rows: int | None
    before: int | None
    rejected: int | None
    in_stock: float | None
    in_stock_before: float | None
    held: bool


def report_page(
    report: Mapping[str, Any],
    *,
    stats: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    codes: Mapping[int, str] | None = None,
    held: Collection[str] = (),
    history: Sequence[Point] = (),
) -> str:
    """The page, a whole HTML document.

    Args:
        report: As the API shows it; a check's has no id, times and changes.
        stats: What the run counted: ``stores``, ``stores_in_stock`` and ``stores_rejected`` by store number.
        before: The same of the version before.
        codes: Store codes by store number.
        held: Codes of stores whose rows were held back.
        history: The runs before it and itself, oldest first.
    """
    stores = sorted(
        _stores(stats or {}, before or {}, codes or {}, set(held)),
        key=lambda row: (not row.held, -(row.rejected or 0), row.code),
    )
    return _ENVIRONMENT.get_template("report.html.jinja").render(
        report=report,
        meaning=MEANING.get(report["status"], ""),
        groups=[
            (severity, title, [notice for notice in report["notices"] if notice["severity"] == severity])
            for severity, title in _SEVERITIES
        ],
        stores=stores[:MAX_STORES],
        known={name for row in stores for name in _OPTIONAL if getattr(row, name) is not None},
        stores_left_out=max(0, len(stores) - MAX_STORES),
        plot=plot_of(history) if len(history) > 1 else None,
        points=history,
        style=_STYLE,
        policy=_POLICY,
    )


def points_of(runs: Sequence[FeedRun]) -> list[Point]:
    """Runs, newest first, as the points of the plot, oldest first."""
    return [
        Point(f"{run.received_at.astimezone(dt.UTC):%Y-%m-%d %H:%M}", run.rows.read, _share(run.stats or {}))
        for run in reversed(runs)
    ]


_SEVERITIES = (
    ("error", "Errors: these rows were not accepted"),
    ("warning", "Warnings: accepted, but changed or doubtful"),
    ("info", "Remarks: harmless"),
)


_OPTIONAL = ("rejected", "in_stock", "in_stock_before")
"""Columns that are shown where any store has them."""


def _stores(
    stats: Mapping[str, Any], before: Mapping[str, Any], codes: Mapping[int, str], held: set[str]
) -> Iterator[StoreRow]:
    for number, code in codes.items():
        rows, rows_before = _of(stats, "stores", number), _of(before, "stores", number)
        if rows or rows_before or code in held:
            yield StoreRow(
                code,
                rows,
                rows_before,
                _of(stats, "stores_rejected", number),
                _ratio(_of(stats, "stores_in_stock", number), rows),
                _ratio(_of(before, "stores_in_stock", number), rows_before),
                code in held,
            )


def _of(stats: Mapping[str, Any], name: str, number: int) -> int | None:
    """A store's count; stats of other releases may lack it."""
    counts = stats.get(name)
    return counts[number] if isinstance(counts, list) and number < len(counts) else None


def _ratio(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


def _share(stats: Mapping[str, Any]) -> float | None:
    """The in-stock share of a whole run."""
    return _ratio(stats.get("in_stock"), stats.get("accepted"))


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{100 * share:.1f} %"


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


_ENVIRONMENT = Environment(
    loader=PackageLoader("inventory_api.channels.report", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"percent": _percent, "count": _count}

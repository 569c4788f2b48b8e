"""The rules of a row of a stores feed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.normalize.countries import find_country
from ingest.normalize.hours import read_hours
from ingest.normalize.texts import NormalizedBatch, RowNotes, column_texts, last_wins, shortened
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.store import FROM_FEED, MAX_CODE_CHARS, Precision, StoreFacts

COLUMNS = (
    "store_code",
    "name",
    "street",
    "city",
    "region",
    "postal_code",
    "country",
    "lat",
    "lon",
    "phone",
    "timezone",
    "opening_hours",
    "services",
)
MAX_TEXT = 500
"""Every answer that shows a store repeats its texts."""

MAX_HOURS = 2_000

_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]*)?")


@dataclass(frozen=True, slots=True)
class StoreInput(StoreFacts):
    """What a row says, and where it stands; rows that say the same are equal."""

    line: int = field(default=0, compare=False)


def normalize_stores(batch: RawBatch, context: FeedContext, notices: NoticeBook) -> NormalizedBatch[StoreInput]:
    """Read the rows of a stores feed; those without a code, or that lie nowhere, are rejected."""
    rows: list[StoreInput] = []
    repaired = 0
    texts = [column_texts(batch, name) for name in COLUMNS]
    for line, *cells in zip(batch.line.tolist(), *texts, strict=True):
        notes = RowNotes(notices, line)
        store = _read_store(dict(zip(COLUMNS, cells, strict=True)), context, notes)
        if store is not None:
            rows.append(store)
            repaired += notes.repaired
    return NormalizedBatch(latest_stores(rows, notices), len(batch), len(batch) - len(rows), repaired)


def latest_stores(rows: list[StoreInput], notices: NoticeBook) -> list[StoreInput]:
    """The last row of each store code; what it replaces gets a notice."""
    return last_wins(rows, lambda row: row.store_code, notices, column="store_code")


def _read_store(cells: dict[str, str | None], context: FeedContext, notes: RowNotes) -> StoreInput | None:
    code = cells["store_code"]
    if code is None:
        notes.reject("store_code_missing", "store_code")
        return None
    if len(code) > MAX_CODE_CHARS:
        notes.reject("column_value_too_long", "store_code", code, f"A code has at most {MAX_CODE_CHARS} characters.")
        return None
    located = _locate(cells, context, notes)
    if located is None:
        return None
    latitude, longitude = located
    written = shortened(cells["opening_hours"], "opening_hours", MAX_HOURS, notes)
    return StoreInput(
        store_code=code,
        name=shortened(cells["name"], "name", MAX_TEXT, notes),
        street=shortened(cells["street"], "street", MAX_TEXT, notes),
        city=shortened(cells["city"], "city", MAX_TEXT, notes),
        region=shortened(cells["region"], "region", MAX_TEXT, notes),
        postal_code=shortened(cells["postal_code"], "postal_code", MAX_TEXT, notes),
        country=_country(cells["country"], notes),
        latitude=latitude,
        longitude=longitude,
        position_source=None if latitude is None else FROM_FEED,
        position_precision=None if latitude is None else str(Precision.POINT),
        phone=shortened(cells["phone"], "phone", MAX_TEXT, notes),
        timezone=_timezone(cells["timezone"], notes),
        opening_hours=written,
        hours=_hours(written, notes),
        services=_services(cells["services"]),
        line=notes.line,
    )


def _locate(
    cells: dict[str, str | None], context: FeedContext, notes: RowNotes
) -> tuple[float | None, float | None] | None:
    """The coordinates of a row, (None, None) where it is to be found by its address; None rejects it."""
    nowhere = (None, None)
    if cells["lat"] is None and cells["lon"] is None:
        notes.doubt("coordinates_missing", "lat")
        return nowhere
    written = f"{cells['lat'] or ''}, {cells['lon'] or ''}"
    latitude = _degrees(cells["lat"], 90, context.decimal)
    longitude = _degrees(cells["lon"], 180, context.decimal)
    if latitude is None or longitude is None:
        if not (cells["street"] or cells["city"] or cells["postal_code"]):
            notes.reject("coordinates_invalid", "lat", written)
            return None
        notes.warn("coordinates_invalid", "lat", written, "The coordinates were dropped, the address counts.")
        return nowhere
    if latitude == 0 and longitude == 0:
        notes.warn("coordinates_implausible", "lat", written, "The coordinates lie at 0, 0; they were dropped.")
        return nowhere
    return latitude, longitude


def _degrees(text: str | None, limit: int, decimal: str) -> float | None:
    plain = (text or "").replace(decimal, ".") if decimal == "," else text or ""
    if not _DEGREES.fullmatch(plain):
        return None
    value = float(plain)
    return value if abs(value) <= limit else None


def _country(text: str | None, notes: RowNotes) -> str | None:
    if text is None:
        return None
    code = find_country(text)
    if code is None:
        notes.warn("country_unknown", "country", text)
    return code


def _timezone(text: str | None, notes: RowNotes) -> str | None:
    if text is None or _is_zone(text):
        return text
    notes.warn("timezone_unknown", "timezone", text)
    return None


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A name such as "America" is a directory of the database, "../x" leaves it.
        return False
    return True


def _hours(text: str | None, notes: RowNotes) -> str | None:
    if text is None:
        return None
    hours = read_hours(text)
    if hours is None:
        notes.doubt("hours_invalid", "opening_hours", text)
    return hours or ""


def _services(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(dict.fromkeys(service.strip() for service in re.split(r"[,;|]", text) if service.strip()))

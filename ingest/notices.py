"""Statements about feed content: collected, counted, capped, reported; never raised.

A notice is the feed's fault and tells its sender where and how to mend it. A fault of ours is an
exception. Codes are API: documented in ``docs/notices.md``, changed only with a changelog line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.notice_log import NoticeLog
from inventory_api.domain.feed import FeedRun

MAX_SAMPLES = 20
MAX_LOGGED = 100_000
MAX_VALUE_CHARS = 80


class Severity(StrEnum):
    """``ERROR``: not accepted. ``WARNING``: accepted, changed or doubtful. ``INFO``: harmless."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


HINTS: dict[str, str] = {
    "not_a_feed": "Send the feed itself: this looks like a web page or another kind of file.",
    "empty_feed": "Send at least one data row; an empty file never means that everything is sold out.",
    "archive_bomb": "The file unpacks to far more than its size allows; send it plain or in parts.",
    "archive_member_missing": "Pack one file of data, or say in the profile's member_glob which members are the feed.",
    "archive_unreadable": "Pack the file as an ordinary zip, without a password.",
    "checksum_mismatch": "Send the archive again: a file in it is not the one that its manifest describes.",
    "manifest_mismatch": "Make the archive and its feed_manifest.json agree, and send both again.",
    "sheet_missing": "Name a sheet of the workbook that has rows.",
    "sheet_ignored": "One sheet is read; name another in the profile's sheet, or send it in a file of its own.",
    "cell_error": "Mend the formula; the cell was read as empty.",
    "formula_uncalculated": "Open the workbook in a spreadsheet program, let it calculate, and save it.",
    "truncated": "Send the whole file again: its end is missing.",
    "xml_dtd_forbidden": "Remove the <!DOCTYPE ...> line: a feed needs none, and entities are never expanded.",
    "xml_not_well_formed": "Mend the XML at the line given: often it is an & that must be written &amp;.",
    "record_too_large": "No record may be larger than 2 MiB; this is probably no feed.",
    "encoding_invalid": "Save the file as UTF-8.",
    "encoding_fallback": "Save the file as UTF-8; it was read as Windows-1252.",
    "outdated_feed": "A newer full feed is already published; this one was kept, not applied.",
    "unchanged": "The content equals the last published feed.",
    "control_count": "Send the whole file again: its trailers count more, or less, than is there.",
    "message_skipped": "Only messages that tell stock are read: X12 846 and 852, EDIFACT INVRPT.",
    "json_invalid": "Write one JSON object a line, or one valid JSON document.",
    "document_too_large": "Send one JSON object a line (NDJSON): such a file may be of any size.",
    "more_pages": "Send all pages of the list: in one list, or in one archive; or each page as a delta.",
    "not_store_stock": "Send what each store has; this file does not say which store it speaks of.",
    "record_ignored": "The record says nothing of stock on a shelf and was passed over.",
    "value_nested": "Write a plain text or number here; the value was dropped.",
    "op_invalid": "Use upsert, delete or adjust, the last two in delta feeds only.",
    "delta_invalid": "Write by how many units the stock changed, such as -1.",
    "seq_invalid": "Number the rows of a source 1, 2, 3, ...; an adjustment needs its number.",
    "delta_gap": "Rows of this source are missing; adjustments wait for a full feed of the store that is newer.",
    "delta_repeated": "The adjustment was heard before and was not applied again.",
    "adjust_without_quantity": "Send the quantity first: there is none that an adjustment could change.",
    "row_errors": "Too many rows are in error: mend the first samples, the rest is often the same fault.",
    "header_missing": "Begin the file with a line of column names.",
    "column_missing": "Add the column; the documentation lists names and aliases.",
    "column_duplicate": "Keep one column of this name.",
    "column_unknown": "The column is ignored; check its spelling if it matters.",
    "hint_row_skipped": "Lines beginning with # before the header are skipped.",
    "column_count": "Give every row as many fields as the header; quote a field that contains the delimiter.",
    "trailer_skipped": "A line behind the last row was skipped; leave it out when you next touch the export.",
    "trailer_count": "The line behind the rows counts another number than there are: send the whole file again.",
    "blank_row": "Blank lines are ignored.",
    "duplicate_key": "The same row stands twice; keep one.",
    "duplicate_conflict": "The same store and product stand twice with different values; the last one counts.",
    "store_code_missing": "Give every row the store's code.",
    "store_code_conflict": "The file was sent as one store's; send other stores' rows in a file of their own.",
    "store_code_case": "Write the store code exactly as in the stores feed, letter case included.",
    "store_unknown": "Send the store in a stores feed; the row waits for it.",
    "id_missing": "Give every row an id or a gtin.",
    "gtin_scientific": "Format the column as text before saving: the spreadsheet rounded the code away.",
    "gtin_format": "A GTIN has 8, 12, 13 or 14 digits.",
    "gtin_check_digit": "The last digit does not fit the others: check the code for a typing error.",
    "gtin_zero_padded": "Leading zeros were lost and put back; format the column as text.",
    "gtin_restricted": "Codes beginning with 02, 04 or 20-29 mean something only inside your shops.",
    "gtin_conflict": "The row's gtin differs from the one this id is known by; the known one was kept.",
    "gtin_from_upce": "A UPC-E was expanded to its UPC-A.",
    "gtin_from_isbn": "An ISBN-10 was read as its ISBN-13.",
    "product_unknown": "Send the product in a products feed, or give its gtin, so that shoppers can find it.",
    "quantity_missing": "Give a quantity or an availability.",
    "quantity_not_a_number": "Write the quantity as a whole number.",
    "quantity_not_integer": "Write the quantity as a whole number; it was rounded down.",
    "quantity_negative": "A negative quantity was read as 0.",
    "quantity_overflow": "The quantity is larger than any shop holds and was read as unknown.",
    "quantity_decimal": "Write 12, not 12.0.",
    "quantity_banded": "A band such as 10+ is kept as a band, never shown as an exact count.",
    "availability_unknown": "Use in_stock, out_of_stock, limited_availability or on_display_to_order.",
    "availability_conflict": "Availability and quantity disagree; the lower one counts.",
    "availability_case": "Write in_stock, not In Stock.",
    "availability_alias": "A word of our alias list was read; in_stock or out_of_stock is clearer.",
    "price_invalid": "Write the price as 5.49 USD; the row was kept without its price.",
    "price_zero": "A price of 0 was dropped; the row was kept.",
    "price_overflow": "The price is too large and was dropped; the row was kept.",
    "sale_price_not_lower": "The sale price is not below the price and was dropped.",
    "price_currency": "The store sells in another currency; the price was dropped, the stock kept.",
    "price_currency_missing": "Write the currency: 5.49 USD. The store's was taken.",
    "price_currency_prefix": "Write the currency behind the amount: 5.49 USD.",
    "price_decimal_comma": "Write a decimal point: 5.49 USD.",
    "timestamp_invalid": "Write times as 2026-11-05T06:00:00-05:00.",
    "timestamp_future": "The time lies ahead of now; the time of receipt was taken.",
    "timestamp_no_timezone": "Write the offset or Z; the store's time zone was taken.",
    "coordinates_invalid": "Latitude is -90 to 90, longitude -180 to 180, both as decimal degrees.",
    "coordinates_missing": "Give lat and lon; without them a store is placed by its address, else found by its code.",
    "coordinates_implausible": "Check the coordinates against the address: a typing error, or the two swapped?",
    "coordinates_from_address": "Give lat and lon: the store stands where its address was found to be, roughly.",
    "hours_invalid": "Write Mo-Fr 09:00-18:00; Sa 10:00-14:00; nobody is told whether the store is open.",
    "timezone_unknown": "Use an IANA time zone such as America/New_York.",
    "control_character": "Remove control characters from the field.",
    "store_missing": "A store of yours is not in this full feed; its old rows stay and age.",
    "sdq_odd_pair": "Give every location of an SDQ its quantity, ten pairs at most.",
    "qualifier_unknown": "Use a qualifier that means stock on hand, or declare yours as quantity_qualifiers.",
    "lin01_missing": "Keep the first element of LIN, empty if need be, before the qualifier.",
    "store_shrank": "The store lost half of its rows; its old rows stay. Approve the run if that is right.",
    "feed_shrank": "The feed lost many rows; what was published stays. Approve the run if that is right.",
    "instock_shift": "The share in stock jumped; what was published stays. Approve the run if that is right.",
    "price_shift": "Prices jumped, perhaps by a decimal point; what was published stays. Approve if that is right.",
    "first_version": "The first file of a source that we fetch waits for you: look at its report, then approve it.",
    "withdrawn": "An older version was put in place of this one.",
    "pickup_unknown": "Use buy, reserve, ship to store or not supported, and same day, next day, 2-day to multi-week.",
    "basis_unknown": "Write count where a person counted, pos_event where a till said so, else leave it out.",
    "column_value_too_long": "Shorten the value.",
    "country_unknown": "Write the country as its two-letter ISO 3166 code; the value was dropped.",
    "event_unreadable": "The point of sale sent a message that is not as its platform documents it.",
    "event_relative": "Send the quantity that is there now, not by how much it changed: events may come twice.",
    "event_refused": "A delivery came without the right signature; give this source the secret that its sender uses.",
    "link_invalid": "Write a web address that begins with https:// or http://; it was dropped.",
    "fetch_refused": "Give a public https address; a private one must be allowed by the operator.",
    "fetch_unreachable": "Check host and port, and that the server is up; it is tried again.",
    "fetch_denied": "Give credentials that may read it.",
    "fetch_not_found": "Check the path: nothing is there.",
    "fetch_status": "The server answers with an error of its own; it is tried again.",
    "fetch_incomplete": "The file broke off or changed while it was read; publish it whole, under its name at last.",
    "fetch_too_large": "Send less at once: split the feed, or compress it.",
    "fetch_too_slow": "Serve it from a faster machine, or compress it.",
    "fetch_name": "Name the file as the profile's as_of says, or mend the profile.",
    "host_key_changed": "The server shows another key: if that is meant, put its fingerprint into host_keys.",
    "extra_missing": "The operator installs the extra named in the message.",
    "source_disabled": "It failed for too long and is not fetched any more; mend it and put the source again.",
}
"""Every code with its mend; the fallback text of a notice that gives none of its own."""


@dataclass(slots=True)
class _Entry:
    count: int = 0
    logged: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)


class NoticeBook:
    """Counts every notice exactly, keeps the first few of each (code, severity) as samples, logs the rest.

    Args:
        log: Takes every notice, up to ``max_logged`` of each (code, severity); None keeps samples alone.
        max_logged: Beyond it a fault of every row would fill the disk and tell nobody more.
    """

    def __init__(self, log: NoticeLog | None = None, *, max_logged: int = MAX_LOGGED) -> None:
        self._log = log
        self._max_logged = max_logged
        self._entries: dict[tuple[str, Severity], _Entry] = {}
        self._part: str | None = None

    @contextmanager
    def within(self, part: str | None) -> Iterator[None]:
        """Say of which file of an archive the notices and lines are that come meanwhile; None: of the only one."""
        self._part = part
        try:
            yield
        finally:
            self._part = None

    def add(
        self,
        code: str,
        severity: Severity,
        *,
        line: int | None = None,
        column: str | None = None,
        value: object = None,
        message: str | None = None,
    ) -> None:
        """Record one notice. ``line`` is the physical line of the file, counted from 1."""
        self._record(code, severity, [line], lambda _: value, column, message)

    def add_rows(
        self,
        code: str,
        severity: Severity,
        lines: NDArray[np.int64],
        *,
        column: str | None = None,
        value: Callable[[int], object] | None = None,
        message: str | None = None,
    ) -> None:
        """Record one notice for each of many rows.

        Args:
            value: Called with the position within ``lines`` for those that are kept.
        """
        if len(lines):
            self._record(code, severity, lines, value, column, message)

    def count(self, code: str, severity: Severity | None = None) -> int:
        """How often a code was recorded, at one severity or all."""
        return sum(e.count for (c, s), e in self._entries.items() if c == code and severity in (None, s))

    def report(self) -> list[dict[str, Any]]:
        """The notices as the API shows them: errors first, then by count."""
        order = list(Severity)
        ranked = sorted(self._entries.items(), key=lambda item: (order.index(item[0][1]), -item[1].count, item[0][0]))
        return [
            {
                "code": code,
                "severity": str(severity),
                "count": entry.count,
                "hint": HINTS[code],
                "samples": entry.samples,
            }
            for (code, severity), entry in ranked
        ]

    def keep(self, run: FeedRun) -> None:
        """Put what was noticed so far into the run's record, its log durable: before the save that makes it known."""
        run.notices, run.notice_log = self.report(), self.save_log()

    def save_log(self) -> str | None:
        """Make the log durable; returns its path, None where there is none."""
        return None if self._log is None else self._log.save()

    def _record(
        self,
        code: str,
        severity: Severity,
        lines: Sequence[int | None] | NDArray[np.int64],
        value: Callable[[int], object] | None,
        column: str | None,
        message: str | None,
    ) -> None:
        if code not in HINTS:
            raise KeyError(code)
        entry = self._entries.setdefault((code, severity), _Entry())
        hint, all_ = HINTS[code], len(lines)
        entry.count += all_
        sampled = min(all_, MAX_SAMPLES - len(entry.samples))
        logged = 0 if self._log is None else min(all_, self._max_logged - entry.logged)
        kept = max(sampled, logged)
        if kept == 0:
            return
        places = lines[:kept].tolist() if isinstance(lines, np.ndarray) else lines[:kept]
        words = message or hint
        if self._part is not None:
            words = f"{self._part}: {words}"
        values = [None] * kept if value is None else [_shown(value(position)) for position in range(kept)]
        for place, text in zip(places[:sampled], values, strict=False):
            entry.samples.append({"line": place, "column": column, "value": text, "message": words})
        if self._log is not None and logged:
            said = places[:logged]
            self._log.add(code, str(severity), said, values[:logged], column=column, message=words, hint=hint)
            entry.logged += logged


def _shown(value: object) -> str | None:
    return None if value is None else str(value)[:MAX_VALUE_CHARS]

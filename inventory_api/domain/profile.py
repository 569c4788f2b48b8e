"""A source profile: what a sender's files look like, declared once instead of guessed each time.

Everything is optional: what a profile leaves open is told from the file, or taken from the retailer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FeedFormat(StrEnum):
    """What a file's bytes are. Each is one reader; shapes within a format are told by their content."""

    DELIMITED = "delimited"
    XML = "xml"
    JSON = "json"
    PARQUET = "parquet"
    XLSX = "xlsx"
    X12 = "x12"
    EDIFACT = "edifact"


class Absence(StrEnum):
    """What it means that a full feed leaves a product out of a store that it lists."""

    OUT_OF_STOCK = "out_of_stock"
    UNKNOWN = "unknown"
    RETAIN = "retain"


class QuantityKind(StrEnum):
    """``BANDED``: the sender hides exact counts behind placeholders such as 3 for "3 or more"."""

    EXACT = "exact"
    BANDED = "banded"
    UNKNOWN = "unknown"


class UnknownProducts(StrEnum):
    """What becomes of a row whose article number nobody named and that has no GTIN.

    ``CREATE``: the article gets a number of our own. ``PARK``: the row waits, and counts with the time that
    it spoke of once a feed names the article.
    """

    CREATE = "create"
    PARK = "park"


@dataclass(frozen=True, slots=True)
class FeedProfile:
    """How to read one source's files.

    Attributes:
        version: Counts the changes of a saved profile, from 1.
        format: None: told by the content.
        encoding: Of text that has no BOM and is not UTF-8; None: Windows-1252, with a notice.
        delimiter: One character; None: told by the header.
        skip_rows: Physical lines before the header, or before the first row where ``columns`` stands.
        columns: Names of the fields in order, for files without a header.
        aliases: The sender's column name -> ours, before our own list of aliases.
        constants: Our column name -> the text that every row is taken to hold there.
        decimal: ``.`` or ``,``; None: by the retailer's locale.
        date_order: ``mdy`` or ``dmy`` for dates written with slashes; None refuses them.
        timezone, currency: Instead of the retailer's.
        quantity_kind: How far a quantity may be shown.
        negative_is_normal: A negative quantity is 0 without a warning (Shopify).
        upce: Eight digits beginning with 0 or 1 are a UPC-E.
        absence: What leaving a product out of a full feed means.
        on_unknown_product: What becomes of unknown article numbers.
        member_glob: Which members of an archive are the feed; several are its parts in order of name.
        sheet: Name of a workbook's sheet; None: the first one that holds anything.
        quantity_qualifiers: EDI qualifiers that count as stock, instead of our list.
        locations: The sender's location (a GLN, a location id) -> store code.
        items: The sender's item id -> our id column, where its messages name no article number.
        thresholds: Safety rail -> value, instead of our default.
        as_of: When the files of a pulled source were true: ``received``, or a file name with the codes of strptime
            such as ``stock_%Y%m%d_%H%M.csv``; None: the time that the sender's machine gives the file, else receipt.
        auto_first: Whether the first version is published without approval; None: an upload is, a pull is not.
    """

    version: int = 1
    format: FeedFormat | None = None
    encoding: str | None = None
    delimiter: str | None = None
    skip_rows: int = 0
    columns: tuple[str, ...] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None
    date_order: str | None = None
    timezone: str | None = None
    currency: str | None = None
    quantity_kind: QuantityKind = QuantityKind.EXACT
    negative_is_normal: bool = False
    upce: bool = False
    absence: Absence = Absence.OUT_OF_STOCK
    on_unknown_product: UnknownProducts = UnknownProducts.CREATE
    member_glob: str | None = None
    sheet: str | None = None
    quantity_qualifiers: tuple[str, ...] | None = None
    locations: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    as_of: str | None = None
    auto_first: bool | None = None

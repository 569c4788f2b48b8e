"""The truth about stock: one Parquet file a retailer and version, sorted by product then store.

Columns ``product_id, store, claim, basis, dated, quantity, price, observed, extra``: plain enough for
any engine to read. A row group a bucket (256 by Redis cluster slot), so that memory stays bounded
whatever the file's size. Files are immutable; a version exists once SQL points to it.
"""

from inventory_api.storage.segments.store import Segment, SegmentStore

__all__ = ["Segment", "SegmentStore"]

"""Whether a product exists that no products feed has named."""

from __future__ import annotations

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.domain.ports import IndexReader
from inventory_api.lookup.directory import Directory


async def is_stocked(index: IndexReader, directory: Directory, product_id: int) -> bool:
    """Whether any store ever had a record of it, in stock or not. Reads every tile: not for the hot path.

    Raises:
        IndexUnavailable: Redis is away, or the index is being filled and does not know.
    """
    entry = await index.fetch(product_id, directory.map.tile.tolist())
    if entry.is_empty and not await index.is_complete():
        raise IndexUnavailable("the index is being filled", retry_after_s=5)
    return not entry.is_empty

"""What the form for a file says of it."""

from __future__ import annotations

from collections.abc import Mapping

from inventory_api.channels.upload import kind_of
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.feed import FeedMode
from inventory_api.domain.ports import FeedUpload, KeyHolder

MAX_CHARS = 64
"""Of a field."""


def announced_by(holder: KeyHolder, said: Mapping[str, str]) -> FeedUpload:
    """The upload that the fields of a form announce; empty ones are left out.

    Raises:
        NotFound: No such kind of feed.
        InvalidInput: A field that cannot be read, or does not go with the others.
    """
    for name, text in said.items():
        if len(text) > MAX_CHARS or not text.isprintable():
            raise InvalidInput(f"{name} takes at most {MAX_CHARS} printable characters", parameter=name)
    mode = said.get("mode", FeedMode.FULL)
    if mode not in list(FeedMode):
        raise InvalidInput(f"mode is {' or '.join(FeedMode)}", parameter="mode")
    return FeedUpload(
        retailer_id=holder.retailer_id,
        kind=kind_of(said.get("kind", ""), said.get("store_code")),
        mode=FeedMode(mode),
        store_code=said.get("store_code"),
        dry_run="dry_run" in said,
        source_id=said.get("source"),
    )

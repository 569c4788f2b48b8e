"""What the form for a file says of it."""

from __future__ import annotations

from collections.abc import Mapping

from inventory_api.channels.upload import kind_of
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.ports import FeedUpload, KeyHolder

MAX_CHARS = 64
"""Of a field."""


def announced_by(holder: KeyHolder, said: Mapping[str, str]) -> FeedUpload:
    """The upload that the fields of a form announce; empty ones are left out.

    Raises:
        InvalidInput: A field that cannot be read, or does not go with the others.
    """
    for name, text in said.items():
        if len(text) > MAX_CHARS or not text.isprintable():
            raise InvalidInput(f"{name} takes at most {MAX_CHARS} printable characters", parameter=name)
    said = {"mode": FeedMode.FULL.value, **said}
    for name, words in (("kind", FeedKind), ("mode", FeedMode)):
        if said.get(name) not in list(words):
            raise InvalidInput(f"{name} is {' or '.join(words)}", parameter=name)
    return FeedUpload(
        retailer_id=holder.retailer_id,
        kind=kind_of(said["kind"], said.get("store_code")),
        mode=FeedMode(said["mode"]),
        store_code=said.get("store_code"),
        dry_run="dry_run" in said,
        source_id=said.get("source"),
    )

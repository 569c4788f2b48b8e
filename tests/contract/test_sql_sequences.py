"""How far sources were heard, on both databases."""

from __future__ import annotations

from inventory_api.domain.feed import FeedSequence
from inventory_api.storage.sql.engine import Database


def test_each_source_has_a_sequence_of_its_own(database: Database) -> None:
    with database.write() as tx:
        assert tx.sequences.get("acme", None) == FeedSequence()
        tx.sequences.put("acme", None, FeedSequence())
        tx.sequences.put("acme", "tills", FeedSequence(7, 100))
        tx.sequences.put("acme", "tills", FeedSequence(2**40, 0))

    with database.read() as tx:
        assert tx.sequences.get("acme", "tills") == FeedSequence(2**40)
        assert tx.sequences.get("acme", None) == FeedSequence()

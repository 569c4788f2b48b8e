"""Writes product search: changes onto what serves, or everything anew beside it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

import tantivy
from tantivy import Query

from inventory_api.domain.product import Product
from inventory_api.storage.search.lexicon import lexicon
from inventory_api.storage.search.schema import HEAD, ID, TEXT, head_of, schema, text_of
from inventory_api.storage.search.shelf import Edition, Shelf
from inventory_api.storage.search.vocabulary import Vocabulary

BATCH = 1_000
HEAP_BYTES = 64 << 20
"""Of tantivy's indexing thread: what it collects before it writes a segment."""


class SearchWriter:
    """The writer of one folder. ``revision``, ``apply`` and ``replace`` belong inside ``turn``."""

    def __init__(self, folder: Path) -> None:
        self._shelf = Shelf(folder)

    def turn(self) -> AbstractContextManager[None]:
        """Be the only writer; waits for the one that is."""
        return self._shelf.writing()

    def revision(self) -> int | None:
        """The newest revision that serves; None where nothing does that this version can use."""
        edition = self._shelf.edition()
        return None if edition is None else edition.revision

    def apply(self, changed: Iterable[Product], revision: int) -> int:
        """Take in products that are new or changed; searches see them when this returns.

        Doing it twice changes nothing, so whoever was killed in between may do it again.

        Returns:
            How many there were.
        """
        before = self._shelf.edition()
        assert before is not None, "nothing is there to apply changes to"
        index = tantivy.Index.open(str(self._shelf.index_folder(before)))
        count = _write(index, changed, is_new=False)
        edition = self._shelf.new_edition(revision, index=before.index)
        self._finish(index, edition, Vocabulary.open(self._shelf.words_folder(before)))
        return count

    def replace(self, products: Iterable[Product], revision: int) -> int:
        """Make everything anew; what served goes on serving until this returns.

        Returns:
            How many products there were.
        """
        edition = self._shelf.new_edition(revision)
        folder = self._shelf.index_folder(edition)
        folder.mkdir(parents=True)
        index = tantivy.Index(schema(), str(folder))
        count = _write(index, products, is_new=True)
        self._finish(index, edition, None)
        return count

    def _finish(self, index: tantivy.Index, edition: Edition, before: Vocabulary | None) -> None:
        index.reload()
        words = index.searcher().terms_with_prefix(TEXT, "")
        Vocabulary.build(words, before).save(self._shelf.words_folder(edition))
        self._shelf.put(edition)


def _write(index: tantivy.Index, products: Iterable[Product], *, is_new: bool) -> int:
    writer = index.writer(HEAP_BYTES, 1)
    count = 0
    coming = iter(products)
    while batch := list(islice(coming, BATCH)):
        if not is_new:
            # By query: deleting by a term finds no unsigned numbers (tantivy-py 0.27).
            writer.delete_documents_by_query(Query.term_set_query(index.schema, ID, [product.id for product in batch]))
        for product in batch:
            text = text_of(product)
            if text:
                document = tantivy.Document()
                document.add_unsigned(ID, product.id)
                document.add_text(TEXT, text)
                document.add_text(HEAD, head_of(product, lexicon()))
                writer.add_document(document)
        count += len(batch)
    writer.commit()
    # Its merges run in threads of their own and end with it.
    writer.wait_merging_threads()
    return count
